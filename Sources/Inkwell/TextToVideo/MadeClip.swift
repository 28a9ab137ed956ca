internal import Checkpoints
public import Foundation
public import Modalities

/// What happens while a clip is made.
public enum VideoEvent: Sendable {
  /// The model is being read.
  case loading(model: String)
  /// A step was made.
  case step(VideoStep)
  /// The clip is ready.
  case clip(MadeClip)
}

/// How far a run is.
public struct VideoStep: Sendable, Hashable {
  /// The step that was made, from 1 to ``count``.
  public let index: Int
  /// The number of steps of the run.
  public let count: Int
}

/// A clip that a request asked for, with what is needed to make it again.
public struct MadeClip: Sendable {
  /// The clip.
  public let clip: Clip
  /// How it was made.
  public let provenance: ClipProvenance
  /// The time that it took, in seconds, the model's loading counted.
  public let seconds: Double

  /// Writes a file that carries the provenance, and that is whole or not there.
  ///
  /// - Parameter url: The file, whose name tells its format. What was there is replaced.
  /// - Returns: The file's SHA-256.
  /// - Throws: `ClipError`, an `ImageError`, a `FileError` or a `CheckpointError`.
  @discardableResult
  public func save(to url: URL) throws -> String {
    try clip.save(to: url, comment: try provenance.text())
    return try FileHash.sha256(of: url)
  }
}

/// How a clip was made: what its file carries so that it can be made again.
public struct ClipProvenance: Codable, Sendable, Hashable {
  /// The version of this layout.
  public static let currentVersion = 1
  /// The task.
  public static let task = "video"

  /// The version of the layout.
  public let version: Int
  /// The task that made it.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for, with nothing left to the model.
  public let request: GenerateVideo.Request
  /// The SHA-256 of every file of the model, by its path in the model's folder.
  public let files: [String: String]
  /// The SHA-256 of the pictures or the clip that it was made of, by their paths.
  public let inputs: [String: String]
  /// The threads of one operation.
  public let threads: Int

  init(
    request: GenerateVideo.Request, files: [String: String], inputs: [String: String],
    threads: Int
  ) {
    version = Self.currentVersion
    task = Self.task
    program = "inkwell \(Program.version)"
    self.request = request
    self.files = files
    self.inputs = inputs
    self.threads = threads
  }

  /// Reads what a clip's file carries.
  ///
  /// - Parameters:
  ///   - url: A file of a clip.
  ///   - reading: Where it is decoded, and within which limits.
  /// - Throws: ``ProvenanceError`` where it is not a file of Inkwell's, or a `ClipError`.
  public init(contentsOf url: URL, reading: ClipReading = ClipReading()) throws {
    let path = url.path(percentEncoded: false)
    guard let text = try ClipFile(contentsOf: url, reading: reading).comment,
      text.contains("\"program\":\"inkwell ")
    else { throw ProvenanceError.none(file: path) }
    self = try Self.decode(Data(text.utf8), file: path)
  }

  private static func decode(_ json: Data, file: String) throws(ProvenanceError) -> Self {
    let found = Result { try JSONDecoder().decode(Self.self, from: json) }
    switch found {
    case .failure(let error): throw .malformed(file: file, reason: "\(error)")
    case .success(let provenance):
      guard provenance.version == currentVersion else {
        throw .version(file: file, expected: currentVersion, found: provenance.version)
      }
      guard provenance.task == task, (1...1024).contains(provenance.threads) else {
        throw .malformed(file: file, reason: "expected a clip of the task \(task)")
      }
      return provenance
    }
  }

  /// What the file carries.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
