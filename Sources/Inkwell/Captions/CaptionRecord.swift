internal import Files
public import Foundation
internal import Models

/// How captions were made: what a file beside them says so that they can be made again.
public struct CaptionRecord: MakingRecord, Codable, Sendable, Hashable {
  /// The version of this layout.
  public static let currentVersion = 1
  /// The task that makes captions.
  public static let task = "caption"

  /// The version of the layout.
  public let version: Int
  /// The task that made them.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for.
  public let request: CaptionPictures.Request
  /// The SHA-256 of every file of the model, by its path in the model's folder.
  public let files: [String: String]
  /// What was said.
  public let captions: [PictureCaption]
  /// The threads of one operation.
  public let threads: Int

  init(
    request: CaptionPictures.Request, files: [String: String], captions: [PictureCaption],
    threads: Int
  ) {
    version = Self.currentVersion
    task = Self.task
    program = "inkwell \(Program.version)"
    self.request = request
    self.files = files
    self.captions = captions
    self.threads = threads
  }

  /// Reads a record.
  ///
  /// - Parameter url: A file that ``write(to:)`` wrote.
  /// - Throws: ``ProvenanceError`` where it does not say how Inkwell made captions, or what reading
  ///   the file throws.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    self = try decodedRecord(try Data(contentsOf: url), of: path, version: Self.currentVersion)
    guard (1...1024).contains(threads), task == Self.task else {
      throw ProvenanceError.malformed(file: path, reason: "expected captions of a task")
    }
  }

  /// Writes the record as a file of JSON, which is whole or not there.
  ///
  /// - Throws: A `FileError`.
  public func write(to url: URL) throws {
    try AtomicFile.write(try configurationData(self), to: url)
  }

  /// Writes the captions as a folder's `metadata.jsonl`, which training reads.
  ///
  /// - Parameters:
  ///   - folder: A folder that was described; pictures elsewhere have no line.
  ///   - unsure: Whether pictures that the model is not sure of have a line as well.
  /// - Returns: How many lines there are.
  /// - Throws: A `FileError`.
  @discardableResult
  public func writeMetadata(of folder: URL, unsure: Bool) throws -> Int {
    struct Line: Encodable {
      let fileName: String
      let text: String
      let agreement: Double
      enum CodingKeys: String, CodingKey {
        case fileName = "file_name"
        case text, agreement
      }
    }
    let inside = Self.components(folder)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let lines = try captions.filter { unsure || $0.isSure }.compactMap { caption -> String? in
      let file = Self.components(URL(filePath: caption.file))
      guard file.starts(with: inside) else { return nil }
      let name = file.dropFirst(inside.count).joined(separator: "/")
      let line = Line(fileName: name, text: caption.text, agreement: caption.agreement)
      return String(decoding: try encoder.encode(line), as: UTF8.self)
    }
    try AtomicFile.write(
      Data(lines.map { "\($0)\n" }.joined().utf8), to: Self.metadata(of: folder))
    return lines.count
  }

  /// The file of a folder's captions.
  public static func metadata(of folder: URL) -> URL {
    folder.appending(path: "metadata.jsonl")
  }

  /// The file that says how a folder's captions were made.
  public static func record(of folder: URL) -> URL { folder.appending(path: "captions.json") }

  private static func components(_ url: URL) -> [String] {
    url.standardizedFileURL.pathComponents.filter { $0 != "/" }
  }
}
