internal import Checkpoints
public import Foundation
public import Layers
internal import Torch

extension UniDiffuserTransformer {
  /// Reads a transformer in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose weights, in
  ///     any dtype, are converted to the type to compute in.
  ///   - matrices: How the factors of products are kept, and the type to compute in.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL, matrices: MatrixStorage = .converted) throws {
    let configuration: UniDiffuserConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let weights = WeightSource(try WeightsFile(contentsOf: weightsFile(in: folder)))
    self = try ParameterStore(
      loading: weights.leavingOut(Self.unusedNames), dtype: matrices.dtype, matrices: matrices
    ).network { UniDiffuserTransformer($0, configuration) }
  }
}

extension UniDiffuserTransformer: FolderNetwork {
  package typealias Configuration = UniDiffuserConfiguration
  package static let className = "UniDiffuserModel"
  /// A way in that diffusers has a second time, and never takes.
  package static let unusedNames = [
    "transformer.pos_embed.proj.weight", "transformer.pos_embed.proj.bias",
  ]
}
