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
}

extension UNet2DConditionModel: FolderNetwork {
  package typealias Configuration = UNet2DConditionConfiguration
  package static let className = "UNet2DConditionModel"
}
