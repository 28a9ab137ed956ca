internal import Checkpoints
public import Foundation
public import Modalities

/// What happens while a clip is made.
public enum VideoEvent<Request: ClipRequest>: Sendable {
  /// The model is being read.
  case loading(model: String)
  /// A step was made.
  case step(VideoStep)
  /// The clip is ready.
  case clip(MadeClip<Request>)
}

/// How far a run is.
public struct VideoStep: Sendable, Hashable {
  /// The step that was made, from 1 to ``count``.
  public let index: Int
  /// The number of steps of the run.
  public let count: Int
}

/// A clip that a request asked for, with what is needed to make it again.
public struct MadeClip<Request: ClipRequest>: Sendable {
  /// The clip.
  public let clip: Clip
  /// How it was made.
  public let provenance: ClipProvenance<Request>
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
public struct ClipProvenance<Request: ClipRequest>: Codable, Sendable, Hashable {
  /// The version of this layout.
  public static var currentVersion: Int { 1 }

  /// The version of the layout.
  public let version: Int
  /// The task that made it.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for, with nothing left to the model.
  public let request: Request
  /// The SHA-256 of every file of the model, by its path in the model's folder.
  public let files: [String: String]
  /// The SHA-256 of the pictures or the clip that it was made of, by their paths.
  public let inputs: [String: String]
  /// The threads of one operation.
  public let threads: Int

  init(
    request: Request, files: [String: String], inputs: [String: String],
    threads: Int
  ) {
    version = Self.currentVersion
    task = Request.task
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
    self = try Self.decode(try clipProvenanceText(of: url, file: path, reading), file: path)
  }

  private static func decode(_ json: Data, file: String) throws(ProvenanceError) -> Self {
    let head = try ClipProvenanceHead(json, file: file)
    guard head.version == currentVersion else {
      throw .version(file: file, expected: currentVersion, found: head.version)
    }
    guard head.task == Request.task else {
      throw .malformed(file: file, reason: "expected a clip of the task \(Request.task)")
    }
    let found = Result { try JSONDecoder().decode(Self.self, from: json) }
    switch found {
    case .failure(let error): throw .malformed(file: file, reason: "\(error)")
    case .success(let provenance):
      guard (1...1024).contains(provenance.threads) else {
        throw .malformed(
          file: file, reason: "expected 1 to 1024 threads, found \(provenance.threads)")
      }
      return provenance
    }
  }

  /// What the file carries.
  func text() throws -> String { try recordText(self) }
}

/// The task that made a clip.
///
/// - Parameters:
///   - url: A file of a clip.
///   - reading: Where it is decoded, and within which limits.
/// - Returns: The task's name.
/// - Throws: ``ProvenanceError`` where it is not a file of Inkwell's, or a `ClipError`.
public func clipTask(of url: URL, reading: ClipReading = ClipReading()) throws -> String {
  let path = url.path(percentEncoded: false)
  let text = try clipProvenanceText(of: url, file: path, reading)
  return try ClipProvenanceHead(text, file: path).task
}

/// The JSON that a clip's file carries.
private func clipProvenanceText(
  of url: URL, file: String, _ reading: ClipReading
) throws -> Data {
  guard let text = try ClipFile(contentsOf: url, reading: reading).comment,
    text.contains("\"program\":\"inkwell ")
  else { throw ProvenanceError.none(file: file) }
  return Data(text.utf8)
}

/// What is read of a clip's file before the rest.
private struct ClipProvenanceHead: Decodable {
  let version: Int
  let task: String

  init(_ json: Data, file: String) throws(ProvenanceError) {
    let found = Result { try JSONDecoder().decode(Self.self, from: json) }
    switch found {
    case .failure(let error): throw .malformed(file: file, reason: "\(error)")
    case .success(let head): self = head
    }
  }
}
