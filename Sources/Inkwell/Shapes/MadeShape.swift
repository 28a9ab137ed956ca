internal import Checkpoints
public import Foundation
public import Modalities

/// A shape that a request asked for, with what is needed to make it again.
public struct MadeShape: Sendable {
  /// The place among the shapes of the run, counted from 0.
  public let index: Int
  /// The points, or their surface.
  public let shape: Shape
  /// How it was made.
  public let provenance: ShapeProvenance
  /// The time that it took, in seconds, the model's loading not counted.
  public let seconds: Double

  /// What it was asked to be.
  public var prompt: String { provenance.request.subject(of: 0) }

  /// The seed of its noise.
  public var seed: UInt64 { provenance.request.seed }

  /// Writes a file that carries the provenance, and that is whole or not there.
  ///
  /// - Parameter url: The file, whose name's extension decides the format. What was there is
  ///   replaced.
  /// - Returns: The file's SHA-256.
  /// - Throws: `ShapeError`, a `FileError` or a `CheckpointError`.
  @discardableResult
  public func save(to url: URL) throws -> String {
    try ShapeFile(shape, record: recordText(provenance)).save(to: url)
    return try FileHash.sha256(of: url)
  }
}

/// How a shape was made: what its file carries so that it can be made again.
public struct ShapeProvenance: MakingRecord, Codable, Sendable, Hashable {
  /// The version of this layout.
  public static let currentVersion = 1
  /// The task that makes shapes.
  public static let task = "shape"

  /// The version of the layout.
  public let version: Int
  /// The task that made it.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for: one shape, and nothing left to the model.
  public let request: MakeShapes.Request
  /// The SHA-256 of every file on which the shape depends, by its path in the model's folder.
  public let files: [String: String]
  /// The SHA-256 of the picture that it was made of, if there was one.
  public let picture: String?
  /// The threads of one operation.
  public let threads: Int

  init(
    request: MakeShapes.Request, files: [String: String], picture: String?, threads: Int
  ) {
    version = Self.currentVersion
    task = Self.task
    program = "inkwell \(Program.version)"
    self.request = request
    self.files = files
    self.picture = picture
    self.threads = threads
  }

  /// Reads what a shape's file carries.
  ///
  /// - Parameter url: A file whose name ends in `.obj`, `.ply` or `.glb`.
  /// - Throws: ``ProvenanceError`` where it does not say how Inkwell made it, or `ShapeError`.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    guard let record = try ShapeFile(contentsOf: url).record else {
      throw ProvenanceError.none(file: path)
    }
    self = try decodedRecord(Data(record.utf8), of: path, version: Self.currentVersion)
    guard (1...1024).contains(threads), request.total == 1, task == Self.task else {
      throw ProvenanceError.malformed(file: path, reason: "expected one shape of a task")
    }
  }
}
