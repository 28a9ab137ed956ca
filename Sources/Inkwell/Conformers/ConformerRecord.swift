public import Foundation
internal import Modalities

/// How conformers were made: what each record of their SD file says so that they can be made again.
public struct ConformerRecord: MakingRecord, Codable, Sendable, Hashable {
  /// The version of this layout.
  public static let currentVersion = 1
  /// The task that makes conformers.
  public static let task = "conformers"

  /// The version of the layout.
  public let version: Int
  /// The task that made them.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for.
  public let request: MakeConformers.Request
  /// The SHA-256 of every file of the model, by its path in the model's folder.
  public let files: [String: String]
  /// The threads of one operation.
  public let threads: Int

  init(request: MakeConformers.Request, files: [String: String], threads: Int) {
    version = Self.currentVersion
    task = Self.task
    program = "inkwell \(Program.version)"
    self.request = request
    self.files = files
    self.threads = threads
  }

  /// Reads the record of an SD file.
  ///
  /// - Parameter url: A file that Inkwell made.
  /// - Throws: ``ProvenanceError`` where it does not say how Inkwell made its conformers, or what
  ///   is wrong with the file.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    guard let json = try SDFile(contentsOf: url).records.first?[SDRecord.requestProperty] else {
      throw ProvenanceError.none(file: path)
    }
    self = try decodedRecord(Data(json.utf8), of: path, version: Self.currentVersion)
    guard (1...1024).contains(threads), task == Self.task else {
      throw ProvenanceError.malformed(file: path, reason: "expected conformers of a task")
    }
  }

  /// The record on one line.
  var line: String { get throws { try recordText(self) } }
}
