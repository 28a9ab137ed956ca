public import Foundation
public import Layers
internal import Torch

extension PixArtTransformer {
  /// Reads a transformer in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose weights, in
  ///     any dtype, are converted to the type to compute in.
  ///   - matrices: How the factors of products are kept, and the type to compute in.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL, matrices: MatrixStorage = .converted) throws {
    self = try readNetwork(from: folder, matrices: matrices) { PixArtTransformer($0, $1) }
  }

  /// The weights of a transformer in diffusers' layout, to be trained further.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and the weights.
  ///   - expected: The sizes that the transformer must have.
  /// - Returns: The weights for a network of these sizes.
  /// - Throws: `ConfigurationError` if it has other sizes, or `CheckpointError`.
  package static func weightsToTrain(
    folder: URL, _ expected: PixArtConfiguration
  ) throws -> WeightSource {
    try readWeightsToTrain(from: folder, expected)
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
    _ weights: WeightSource, _ configuration: PixArtConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "PixArtTransformer2DModel", to: folder)
  }
}
