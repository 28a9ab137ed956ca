public import Foundation
public import Layers
internal import Torch

extension PointTransformer {
  /// Reads a transformer in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose weights, in
  ///     any dtype, are converted to the type to compute in.
  ///   - matrices: How the factors of products are kept, and the type to compute in.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL, matrices: MatrixStorage = .converted) throws {
    self = try readNetwork(from: folder, matrices: matrices) { PointTransformer($0, $1) }
  }

  /// The weights of a transformer, to be trained further.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and the weights.
  ///   - expected: The sizes that the transformer must have, but for the number of points.
  /// - Returns: The weights for a network of these sizes.
  /// - Throws: `ConfigurationError` if it has other sizes, or `CheckpointError`.
  package static func weightsToTrain(
    folder: URL, ofAnyPoints expected: PointTransformerConfiguration
  ) throws -> WeightSource {
    var sizes = expected
    let found: PointTransformerConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    sizes.points = found.points
    return try weightsToTrain(folder: folder, sizes)
  }
}

extension PointTransformer: FolderNetwork {
  package typealias Configuration = PointTransformerConfiguration
  package static let className = "CLIPImageGridPointDiffusionTransformer"
}
