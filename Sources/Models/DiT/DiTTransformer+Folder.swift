public import Foundation
public import Layers
internal import Torch

extension DiTTransformer {
  /// Reads a transformer in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose weights, in
  ///     any dtype, are converted to the type to compute in.
  ///   - matrices: How the factors of products are kept, and the type to compute in.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL, matrices: MatrixStorage = .converted) throws {
    self = try readNetwork(from: folder, matrices: matrices) { DiTTransformer($0, $1) }
  }
}

extension DiTTransformer: FolderNetwork {
  package typealias Configuration = DiTConfiguration
  package static let className = "DiTTransformer2DModel"
}
