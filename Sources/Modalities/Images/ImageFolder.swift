public import Foundation

/// A folder of pictures with captions, as Hugging Face's imagefolder has it.
///
/// Beside the pictures stands `metadata.jsonl`, a JSON object on each line with `file_name`, a
/// path inside the folder, and `text`, the caption. More fields are read if they are there, and
/// others are passed over. Pictures are read when they are asked for.
public struct ImageFolder: Sendable {
  /// A line of `metadata.jsonl`.
  public struct Record: Codable, Equatable, Sendable {
    /// The picture's path inside the folder.
    public let fileName: String
    /// The path of a picture inside the folder, of what is no picture itself.
    public let picture: String?
    /// The path of a sound of the same melody inside the folder, of a sound.
    public let melody: String?
    /// The caption.
    public let text: String
    /// Captions to choose from in training, if there are several.
    public let captions: [String]?
    /// How often to draw the picture in training, relative to the others; 1 if it is not said.
    public let weight: Double?
    /// What the picture is for, such as "train"; "train" if it is not said.
    public let split: String?
    /// What is shown, in a word or two.
    public let name: String?
    /// The kind of thing that is shown.
    public let group: String?
    /// The style of the drawing.
    public let style: String?
    /// The number of the class that the picture is of, at least 0, if it is of one.
    public let label: Int?
    /// What is done, of a clip.
    public let action: String?
    /// What the picture is a variant of.
    public let base: String?
    /// The licence's SPDX identifier.
    public let license: String?

    enum CodingKeys: String, CodingKey {
      case fileName = "file_name"
      case picture, melody, text, captions, weight, split, name, group, style, label, action, base
      case license
    }
  }

  /// A picture that cannot be read.
  public struct Broken: Equatable, Sendable, CustomStringConvertible {
    /// The picture's path inside the folder.
    public let fileName: String
    /// Why it cannot be read.
    public let reason: String

    /// The picture and the reason in a sentence.
    public var description: String { "\(fileName) is skipped: \(reason)" }
  }

  /// A picture with its line.
  public struct Picture: Equatable, Sendable {
    /// The line.
    public let record: Record
    /// The picture.
    public let image: Image
  }

  /// The folder.
  public let folder: URL

  /// The lines of `metadata.jsonl`, in order.
  public let records: [Record]

  /// Reads a folder's `metadata.jsonl`.
  /// - Parameter folder: The folder.
  /// - Throws: `ImageFolderError`, which names the file and the line.
  public init(contentsOf folder: URL) throws(ImageFolderError) {
    let file = folder.appending(path: "metadata.jsonl")
    let path = file.path(percentEncoded: false)
    let bytes: Data
    do {
      bytes = try Data(contentsOf: file)
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    self.folder = folder
    records = try Self.parse(bytes, path: path)
  }

  /// Reads a picture.
  /// - Parameter record: One of `records`.
  /// - Returns: The picture.
  /// - Throws: `ImageError`.
  public func image(_ record: Record) throws(ImageError) -> Image {
    try Image(contentsOf: folder.appending(path: record.fileName))
  }

  /// Reads pictures; one that is broken is named and skipped.
  /// - Parameters:
  ///   - isIncluded: Which lines to read.
  ///   - broken: Is told of each picture that cannot be read.
  ///   - body: Is given each picture in order.
  /// - Throws: What `body` throws.
  public func forEachPicture(
    where isIncluded: (Record) -> Bool = { _ in true }, broken: (Broken) -> Void,
    _ body: (Picture) throws -> Void
  ) rethrows {
    for record in records where isIncluded(record) {
      let image: Image
      do {
        image = try self.image(record)
      } catch {
        broken(Broken(fileName: record.fileName, reason: error.description))
        continue
      }
      try body(Picture(record: record, image: image))
    }
  }
}

extension ImageFolder {
  /// Reads the lines; the last one may end in a line feed or not.
  private static func parse(_ bytes: Data, path: String) throws(ImageFolderError) -> [Record] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let decoder = JSONDecoder()
    var records: [Record] = []
    var firstLines: [String: Int] = [:]
    for (index, line) in lines.enumerated() {
      let number = index + 1
      let record: Record
      do {
        record = try decoder.decode(Record.self, from: line)
      } catch {
        throw .malformedLine(path: path, line: number, reason: reason(error))
      }
      if let problem = problem(record) {
        throw .malformedLine(path: path, line: number, reason: problem)
      }
      if let first = firstLines.updateValue(number, forKey: record.fileName) {
        throw .malformedLine(
          path: path, line: number, reason: "\(record.fileName) is on line \(first) already")
      }
      records.append(record)
    }
    guard !records.isEmpty else { throw .empty(path: path) }
    return records
  }

  /// What is wrong with a line that decodes.
  private static func problem(_ record: Record) -> String? {
    for (key, path) in [
      ("file_name", record.fileName), ("picture", record.picture ?? "none"),
      ("melody", record.melody ?? "none"),
    ] {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      if path.contains("\0") || parts.contains(where: { ["", ".", ".."].contains($0) }) {
        return "\(key): expected a path inside the folder, found \(path.debugDescription)"
      }
    }
    if let weight = record.weight, !(weight >= 0 && weight.isFinite) {
      return "weight: expected a number of at least 0, found \(weight)"
    }
    if let label = record.label, label < 0 {
      return "label: expected a number of at least 0, found \(label)"
    }
    if record.captions?.isEmpty == true { return "captions: expected at least one, found none" }
    return nil
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return error.localizedDescription }
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty ? "" : path.map(\.stringValue).joined(separator: ".") + ": "
    }
    return switch error {
    case .keyNotFound(let key, _): "it has no \(key.stringValue)"
    case .typeMismatch(let type, let context): "\(place(context.codingPath))expected \(type)"
    case .valueNotFound(let type, let context):
      "\(place(context.codingPath))expected \(type), found null"
    case .dataCorrupted(let context): "\(place(context.codingPath))it is not valid JSON"
    @unknown default: "\(error)"
    }
  }
}

/// Why a folder of pictures cannot be used.
public enum ImageFolderError: Error, Equatable, CustomStringConvertible {
  /// `metadata.jsonl` is not there or cannot be read.
  case unreadable(path: String, reason: String)
  /// A line does not say what it should.
  case malformedLine(path: String, line: Int, reason: String)
  /// There is no line.
  case empty(path: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "cannot read \(path): \(reason) A folder of pictures has a file metadata.jsonl with a line "
        + #"{"file_name": "picture.png", "text": "its caption"} for each picture."#
    case .malformedLine(let path, let line, let reason): "\(path):\(line): \(reason)"
    case .empty(let path): "\(path) is empty: expected a line for each picture"
    }
  }
}
