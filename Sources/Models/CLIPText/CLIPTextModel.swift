package import Layers
package import Torch

/// A transformer that gives every token of a text a state which depends on the text up to it.
///
/// Radford et al. 2021, section 2.4, https://arxiv.org/abs/2103.00020; equal to transformers'
/// `CLIPTextModel`, or to `CLIPTextModelWithProjection` if it projects, whose names the weights
/// have.
package struct CLIPTextModel: Sendable {
  /// The sizes.
  package let configuration: CLIPTextConfiguration
  private(set) var embeddings: CLIPTextEmbeddings
  let layers: [CLIPLayer]
  let finalNorm: LayerNorm
  let projection: Linear?

  /// Names in published checkpoints that this model does without: the numbers 0, 1, 2, ….
  package static let unusedNames = ["text_model.embeddings.position_ids"]

  /// A model with the weights below `scope`, in `text_model` and `text_projection`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - configuration: The sizes.
  ///   - projects: Whether there is a `text_projection`.
  package init(_ scope: Scope, _ configuration: CLIPTextConfiguration, projects: Bool) {
    self.configuration = configuration
    let model = scope / "text_model"
    embeddings = CLIPTextEmbeddings(model / "embeddings", configuration)
    layers = (0..<configuration.numHiddenLayers).map {
      CLIPLayer(model / "encoder" / "layers" / $0, configuration)
    }
    finalNorm = LayerNorm(
      model / "final_layer_norm", configuration.hiddenSize, eps: configuration.layerNormEps)
    projection =
      projects
      ? Linear(
        scope / "text_projection", configuration.hiddenSize, configuration.projectionDim,
        bias: false,
        initializer: .normal(1 / Double(configuration.hiddenSize).squareRoot())) : nil
  }

  /// What becomes of texts.
  package struct Output: Sendable {
    /// The states before the first layer, and behind each, `[batch, tokens, hiddenSize]`.
    package let hiddenStates: [Tensor]
    /// The states behind the last layer, normalized, `[batch, tokens, hiddenSize]`.
    package let last: Tensor
    /// The state, of ``last``, of the first mark of a text's end, `[batch, hiddenSize]`.
    package let pooled: Tensor
    /// ``pooled`` projected to what texts share with pictures, `[batch, projectionDim]`.
    package let projected: Tensor?
  }

  /// - Parameters:
  ///   - ids: Numbers of tokens, `[batch, tokens]`, `int64`; at most `maxPositionEmbeddings`
  ///     tokens.
  ///   - mask: 1 for a token that may be attended to and 0 for another, `[batch, tokens]`; the
  ///     first
  ///     of a text must be 1. All are 1 if it is not given: Stable Diffusion attends to padding.
  /// - Returns: The states.
  package func callAsFunction(_ ids: Tensor, mask: Tensor? = nil) -> Output {
    var states = [embeddings(ids)]
    let bias = bias(tokens: ids.shape[1], mask: mask).converted(to: states[0].dtype)
    for layer in layers { states.append(layer(states[states.count - 1], mask: bias)) }
    let last = finalNorm(states[states.count - 1])
    let pooled = pooled(last, ids)
    return Output(
      hiddenStates: states, last: last, pooled: pooled, projected: projection?(pooled))
  }

  /// The model with more tokens behind those that there are, `[tokens, hiddenSize]`.
  func appending(_ vectors: Tensor) -> CLIPTextModel {
    var more = self
    more.embeddings = embeddings.appending(vectors)
    return more
  }

  /// States behind an earlier layer, as "clip skip" asks for them.
  ///
  /// - Parameters:
  ///   - output: What became of texts.
  ///   - skipped: How many of the last layers are left out; 0 … `numHiddenLayers`.
  ///   - isNormalized: Whether the final normalization is applied to them, as Stable Diffusion 1
  ///     and 2
  ///     do, and SDXL does not.
  /// - Returns: `[batch, tokens, hiddenSize]`.
  package func states(_ output: Output, skipping skipped: Int, isNormalized: Bool) -> Tensor {
    let states = output.hiddenStates[output.hiddenStates.count - 1 - skipped]
    return isNormalized ? finalNorm(states) : states
  }

  /// Minus infinity for what is behind a token or masked, `[batch or 1, 1, tokens, tokens]`.
  private func bias(tokens: Int, mask: Tensor?) -> Tensor {
    let isBefore = Tensor.ones([1, 1, tokens, tokens]).lowerTriangle().greater(than: 0)
    let isSeen = mask.map { isBefore.and($0.greater(than: 0).unsqueezed(1, 1)) } ?? isBefore
    return Tensor.zeros(isSeen.shape.sizes).maskedFill(isSeen.logicalNot(), with: .real(-.infinity))
  }

  /// The states at the first place of the token of the end; of the first token where there is none.
  private func pooled(_ states: Tensor, _ ids: Tensor) -> Tensor {
    let tokens = ids.shape[1]
    let numbers = ids.values(as: Int.self)
    let places = (0..<ids.shape[0]).map { row in
      let text = numbers[row * tokens..<(row + 1) * tokens]
      let end =
        configuration.eosTokenId == 2
        ? text.filter { $0 < configuration.vocabSize }.max() : configuration.eosTokenId
      let place = end.flatMap { text.firstIndex(of: $0) } ?? text.startIndex
      return place
    }
    return states.reshaped(-1, states.shape[2]).indexSelected(dim: 0, Tensor(places))
  }
}
