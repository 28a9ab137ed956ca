internal import Checkpoints
public import Foundation
public import Modalities

/// A picture that a request asked for, with what is needed to make it again.
public struct MadePicture<Request: PictureRequest>: Sendable {
  /// The place among the pictures of the run, counted from 0.
  public let index: Int
  /// The picture.
  public let image: Image
  /// How it was made.
  public let provenance: PictureProvenance<Request>
  /// The time that it took, in seconds, the model's loading not counted.
  public let seconds: Double

  /// What it was asked to show.
  public var subject: String { provenance.request.subject(of: 0) }

  /// The seed of its noise.
  public var seed: UInt64 { provenance.request.seed }

  /// Writes a PNG file that carries the provenance, and that is whole or not there.
  ///
  /// - Parameter url: The file. What was there is replaced.
  /// - Returns: The file's SHA-256.
  /// - Throws: `ImageError`, `PNGError`, a `FileError` or a `CheckpointError`.
  @discardableResult
  public func save(to url: URL) throws -> String {
    try image.save(to: url, as: .png, text: try provenance.texts(), xmp: provenance.xmp)
    return try FileHash.sha256(of: url)
  }
}

/// A picture that was made of a prompt.
public typealias GeneratedImage = MadePicture<Generate.Request>

extension GeneratedImage {
  /// The prompt.
  public var prompt: String { provenance.request.prompts[0] }
}
