public import Foundation

/// The prompts of a text with one in each line.
public struct PromptLines: Sendable, Hashable {
  /// The lines that are not blank, without the spaces around them.
  public let prompts: [String]

  /// Reads a file.
  ///
  /// - Parameter url: A text in UTF-8.
  /// - Throws: ``PromptLinesError``.
  public init(contentsOf url: URL) throws(PromptLinesError) {
    let path = url.path(percentEncoded: false)
    let bytes: Data
    do {
      bytes = try Data(contentsOf: url)
    } catch {
      throw .unreadable(file: path, reason: error.localizedDescription)
    }
    try self.init(bytes, file: path)
  }

  /// Reads a text.
  ///
  /// - Parameters:
  ///   - bytes: A text in UTF-8.
  ///   - file: What to name in errors.
  /// - Throws: ``PromptLinesError``.
  public init(_ bytes: Data, file: String) throws(PromptLinesError) {
    var prompts: [String] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() {
      guard let line = String(validating: bytes, as: UTF8.self) else {
        throw .notUTF8(file: file, line: index + 1)
      }
      let prompt = line.trimmingCharacters(in: .whitespacesAndNewlines)
      if !prompt.isEmpty { prompts.append(prompt) }
    }
    guard !prompts.isEmpty else { throw .empty(file: file) }
    self.prompts = prompts
  }
}

/// Why a text gives no prompts.
public enum PromptLinesError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// A line is not text.
  case notUTF8(file: String, line: Int)
  /// There is no line that is not blank.
  case empty(file: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): \(reason)"
    case .notUTF8(let file, let line): "\(file):\(line): expected text in UTF-8, found other bytes"
    case .empty(let file): "\(file): expected a prompt in each line, found none"
    }
  }
}
