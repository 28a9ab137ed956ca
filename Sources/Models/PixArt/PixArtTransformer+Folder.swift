internal import Checkpoints
public import Foundation
package import Layers

extension PixArtTransformer {
  /// Reads a transformer in diffusers' layout.
  ///
  /// - Parameter folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose
  ///   weights, in any dtype, are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    let configuration: PixArtConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    self = try readNetwork(from: folder) { PixArtTransformer($0, configuration) }
  }

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
