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
  ///   - expected: The sizes that the transformer must have, but for the number of points. It may
  ///     not see pictures yet.
  ///   - seed: The seed of the weights that are new.
  /// - Returns: The weights for a network of these sizes.
  /// - Throws: `ConfigurationError` if it has other sizes, or `CheckpointError`.
  package static func weightsToTrain(
    folder: URL, ofAnyPoints expected: PointTransformerConfiguration, seed: UInt64 = 0
  ) throws -> WeightSource {
    var sizes = expected
    let found: PointTransformerConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    sizes.points = found.points
    guard found.pictureChannels == nil, expected.pictureChannels != nil else {
      return try weightsToTrain(folder: folder, sizes)
    }
    sizes.pictureChannels = nil
    let known = try weightsToTrain(folder: folder, sizes)
    let drawn = ParameterStore(initializing: Generator(seed: seed))
    _ = try drawn.network { PointTransformer($0, expected) }
    return WeightSource(
      try drawn.parameters.reduce(into: [:]) { weights, parameter in
        let name = parameter.name
        weights[name] =
          known.contains(name) ? try known.tensor(name) : parameter.tensor.detached()
      })
  }
}

extension PointTransformer: FolderNetwork {
  package typealias Configuration = PointTransformerConfiguration
  package static let className = "CLIPImageGridPointDiffusionTransformer"
}
