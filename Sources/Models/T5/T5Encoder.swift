internal import Checkpoints
public import Foundation
public import Layers
public import Torch

/// A transformer that gives every token of a text a state which depends on the whole text.
///
/// Raffel et al. 2020, https://arxiv.org/abs/1910.10683; equal to transformers' `T5EncoderModel`,
/// whose names the weights have.
public struct T5Encoder: Sendable {
  /// The sizes.
  public let configuration: T5Configuration
  let embedding: Embedding
  let positions: T5PositionBias
  let blocks: [T5Block]
  let finalNorm: RMSNorm

  /// The second name that some files give the table of tokens.
  package static let unusedNames = ["encoder.embed_tokens.weight"]

  /// An encoder with the weights below `scope`, in `shared` and `encoder`.
  public init(_ scope: Scope, _ configuration: T5Configuration) {
    self.configuration = configuration
    let encoder = scope / "encoder"
    embedding = Embedding(scope / "shared", configuration.vocabSize, configuration.dModel)
    // Published files have it in the first layer's part, and all layers use it.
    positions = T5PositionBias(
      encoder / "block" / 0 / "layer" / 0 / "SelfAttention" / "relative_attention_bias",
      configuration)
    blocks = (0..<configuration.numLayers).map {
      T5Block(encoder / "block" / $0, configuration)
    }
    finalNorm = RMSNorm(
      encoder / "final_layer_norm", configuration.dModel, eps: configuration.layerNormEpsilon)
  }

  /// Reads an encoder in the layout of Hugging Face.
  ///
  /// - Parameter folder: Holds `config.json` and `model.safetensors`, whose weights, in any dtype,
  ///   are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    let configuration: T5Configuration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let file = try WeightsFile(contentsOf: weightsFile(in: folder, named: "model"))
    let weights = WeightSource(file).leavingOut(Self.unusedNames)
    self = try ParameterStore(loading: weights, dtype: .float32)
      .network { T5Encoder($0, configuration) }
  }

  /// - Parameters:
  ///   - ids: Numbers of tokens, `[batch, tokens]`, `int64`.
  ///   - mask: 1 for a token that may be attended to and 0 for padding, `[batch, tokens]`; all may
  ///     be if it is not given.
  /// - Returns: The states, `[batch, tokens, dModel]`.
  public func callAsFunction(_ ids: Tensor, mask: Tensor? = nil) -> Tensor {
    var h = embedding(ids)
    var bias = positions(length: ids.shape[1])
    if let mask {
      let hidden = mask.equal(to: .real(0)).unsqueezed(1, 1)
      bias = bias + Tensor.zeros(hidden.shape.sizes).maskedFill(hidden, with: .real(-1e30))
    }
    for block in blocks { h = block(h, bias: bias.converted(to: h.dtype)) }
    return finalNorm(h)
  }
}
