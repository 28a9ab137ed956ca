internal import Checkpoints
public import Foundation
package import Layers

extension AutoencoderKL {
  /// Reads an autoencoder in diffusers' layout.
  ///
  /// - Parameter folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose
  ///   weights, in any dtype, are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    let configuration: AutoencoderKLConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    self = try readNetwork(from: folder) { AutoencoderKL($0, configuration) }
  }

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
    _ weights: WeightSource, _ configuration: AutoencoderKLConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "AutoencoderKL", to: folder)
  }
}
