public import Foundation
internal import Checkpoints
public import Layers
public import Torch

/// A transformer that gives a picture a vector that texts share, and every patch of it a state.
///
/// Radford et al. 2021, section 2.4, https://arxiv.org/abs/2103.00020; equal to transformers'
/// `CLIPVisionModelWithProjection`, whose names the weights have.
public struct CLIPVisionModel: Sendable {
  /// The sizes.
  public let configuration: CLIPVisionConfiguration
  let whole: Tensor
  let patches: Conv2d
  let positions: Embedding
  let preNorm: LayerNorm
  let layers: [CLIPLayer]
  let postNorm: LayerNorm
  let projection: Linear

  /// Names in published checkpoints that this model does without: the numbers 0, 1, 2, ….
  public static let unusedNames = ["vision_model.embeddings.position_ids"]

  /// A model with the weights below `scope`, in `vision_model` and `visual_projection`.
  public init(_ scope: Scope, _ configuration: CLIPVisionConfiguration) {
    self.configuration = configuration
    let (width, eps) = (configuration.hiddenSize, configuration.layerNormEps)
    let drawn = Initializer.normal(configuration.initializerRange)
    let model = scope / "vision_model"
    let embeddings = model / "embeddings"
    whole = embeddings.parameter("class_embedding", [width], drawn)
    patches = Conv2d(
      embeddings / "patch_embedding", configuration.numChannels, width,
      kernel: configuration.patchSize, stride: configuration.patchSize, bias: false,
      initializer: drawn)
    positions = Embedding(
      embeddings / "position_embedding", configuration.patches + 1, width, initializer: drawn)
    // The reference's spelling.
    preNorm = LayerNorm(model / "pre_layrnorm", width, eps: eps)
    layers = (0..<configuration.numHiddenLayers).map {
      CLIPLayer(model / "encoder" / "layers" / $0, configuration)
    }
    postNorm = LayerNorm(model / "post_layernorm", width, eps: eps)
    projection = Linear(
      scope / "visual_projection", width, configuration.projectionDim, bias: false,
      initializer: .normal(1 / Double(width).squareRoot()))
  }

  /// Reads a model in transformers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `model.safetensors` or `pytorch_model.bin`, whose weights,
  ///     in any dtype, are converted to float32.
  ///   - matrices: How the factors of products are kept.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL, matrices: MatrixStorage = .converted) throws {
    let sizes: CLIPVisionConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let file = try WeightsFile(contentsOf: weightsFile(in: folder, named: "model"))
    self = try ParameterStore(
      loading: WeightSource(file).leavingOut(Self.unusedNames), dtype: matrices.dtype,
      matrices: matrices
    ).network { CLIPVisionModel($0, sizes) }
  }

  /// What becomes of pictures.
  public struct Output: Sendable {
    /// The states before the first layer, and behind each: of the whole picture, then of its
    /// patches in rows, `[batch, 1 + patches, hiddenSize]`.
    public let hiddenStates: [Tensor]
    /// What the pictures share with texts, `[batch, projectionDim]`.
    public let embedding: Tensor

    /// The states behind the last layer but one, which IP-Adapter Plus takes.
    public var penultimate: Tensor { hiddenStates[max(hiddenStates.count - 2, 0)] }
  }

  /// - Parameter pixels: Pictures as ``pixels(of:)`` makes them,
  ///   `[batch, 3, imageSize, imageSize]`.
  /// - Returns: The states, and what they are together.
  public func callAsFunction(_ pixels: Tensor) -> Output {
    let (batch, width) = (pixels.shape[0], configuration.hiddenSize)
    let patches = patches(pixels).flattened(from: 2, to: 3).transposed(1, 2)
    let whole = whole.reshaped(1, 1, width).expanded(batch, 1, width)
    let tokens =
      concatenate(whole, patches, dim: 1) + positions(Tensor.range(to: configuration.patches + 1))
    var states = [preNorm(tokens)]
    for layer in layers { states.append(layer(states[states.count - 1])) }
    let pooled = states[states.count - 1].selected(dim: 1, index: 0)
    return Output(hiddenStates: states, embedding: projection(postNorm(pooled)))
  }
}
