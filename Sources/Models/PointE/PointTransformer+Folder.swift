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
    folder: URL, _ expected: PointTransformerConfiguration
  ) throws -> WeightSource {
    var sizes = expected
    let found: PointTransformerConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    sizes.points = found.points
    return try readWeightsToTrain(from: folder, sizes)
  }

  /// The file of the weights in a folder in diffusers' layout.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder) }

  /// Writes a transformer in diffusers' layout, with its weights in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: PointTransformerConfiguration, to folder: URL
  ) throws {
    try writeNetwork(
      weights, configuration, named: "CLIPImageGridPointDiffusionTransformer", to: folder)
  }
}
