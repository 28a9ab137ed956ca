internal import Checkpoints
internal import Foundation

/// A request for pictures of prompts, with or without a picture to begin with.
protocol PromptedRequest: PictureRequest {
  /// What to draw, and how.
  var drawing: Generate.Request { get }

  /// The paths of the files that a picture depends on beside the model's, by what they are for.
  var inputs: [String: String] { get throws }

  /// Reads what the run begins with; nothing for noise alone.
  func start() throws -> RedrawStart?

  /// The same request for another drawing.
  func drawing(_ other: Generate.Request) throws -> Self
}

extension Generate.Request: PromptedRequest {
  var drawing: Generate.Request { self }

  var inputs: [String: String] { get throws { try options.inputs } }

  func start() -> RedrawStart? { nil }

  func drawing(_ other: Generate.Request) -> Generate.Request { other }
}

extension PromptedRequest {
  /// The SHA-256 of the files beside the model's, by what they are for.
  func inputHashes() throws -> [String: String] {
    try inputs.mapValues { try FileHash.sha256(of: URL(filePath: $0)) }
  }
}
