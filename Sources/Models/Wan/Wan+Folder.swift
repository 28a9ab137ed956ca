package import Foundation
package import Layers

extension WanAutoencoder {
  /// The file of the weights of an autoencoder in diffusers' layout.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder) }

  /// Writes an autoencoder in diffusers' layout, with its weights in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: WanAutoencoderConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "AutoencoderKLWan", to: folder)
  }
}

extension WanTransformer {
  /// The weights of a transformer in diffusers' layout, to be trained further.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and the weights.
  ///   - expected: The sizes that the transformer must have.
  /// - Returns: The weights for a network of these sizes.
  /// - Throws: `ConfigurationError` if it has other sizes, or `CheckpointError`.
  package static func weightsToTrain(
    folder: URL, _ expected: WanTransformerConfiguration
  ) throws -> WeightSource {
    try readWeightsToTrain(from: folder, expected)
  }

  /// The file of the weights of a transformer in diffusers' layout.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder) }

  /// Writes a transformer in diffusers' layout, with its weights in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: WanTransformerConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "WanTransformer3DModel", to: folder)
  }
}
