public import Foundation

/// How poses were made: what their files say so that they can be made again.
public struct DockingRecord: MakingRecord, Codable, Sendable, Hashable {
  /// The version of this layout.
  public static let currentVersion = 1
  /// The task that makes poses.
  public static let task = "dock"

  /// The version of the layout.
  public let version: Int
  /// The task that made them.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for.
  public let request: Dock.Request
  /// The SHA-256 of every file of the model, by its path in the model's folder.
  public let files: [String: String]
  /// The SHA-256 of the protein's file.
  public let protein: String
  /// The threads of one operation.
  public let threads: Int

  init(request: Dock.Request, files: [String: String], protein: String, threads: Int) {
    version = Self.currentVersion
    task = Self.task
    program = "inkwell \(Program.version)"
    self.request = request
    self.files = files
    self.protein = protein
    self.threads = threads
  }

  /// Reads the record of a file of poses.
  ///
  /// - Parameter url: An SD file of poses, or a PDB file of a way to a pose, that Inkwell made.
  /// - Throws: ``ProvenanceError`` where it does not say how Inkwell made it, or what is wrong with
  ///   the file.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    self = try decodedRecord(
      moleculeRecord(of: url), of: path, version: Self.currentVersion)
    guard (1...1024).contains(threads), task == Self.task else {
      throw ProvenanceError.malformed(file: path, reason: "expected poses of a task")
    }
  }

  /// The record on one line.
  var line: String { get throws { try recordText(self) } }
}
