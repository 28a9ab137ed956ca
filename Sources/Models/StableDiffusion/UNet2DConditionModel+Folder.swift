public import Foundation
public import Layers

extension UNet2DConditionModel {
  /// Reads a U-Net in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose weights, in
  ///     any dtype, are converted to the type to compute in.
  ///   - matrices: How the factors of products are kept, and the type to compute in.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL, matrices: MatrixStorage = .converted) throws {
    self = try readNetwork(from: folder, matrices: matrices) { UNet2DConditionModel($0, $1) }
  }

  /// Writes a U-Net in diffusers' layout, with its weights in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: UNet2DConditionConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "UNet2DConditionModel", to: folder)
  }
}
