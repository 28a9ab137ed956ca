internal import Layers
internal import Torch

/// What a token is, at which place, as a vector.
struct CLIPTextEmbeddings: Sendable {
  private(set) var tokens: Embedding
  let positions: Embedding

  init(_ scope: Scope, _ configuration: CLIPTextConfiguration) {
    let drawn = Initializer.normal(configuration.initializerRange)
    tokens = Embedding(
      scope / "token_embedding", configuration.vocabSize, configuration.hiddenSize,
      initializer: drawn)
    positions = Embedding(
      scope / "position_embedding", configuration.maxPositionEmbeddings, configuration.hiddenSize,
      initializer: drawn)
  }

  /// The vectors with more tokens behind those that there are, `[tokens, hiddenSize]`.
  func appending(_ vectors: Tensor) -> CLIPTextEmbeddings {
    var more = self
    more.tokens = tokens.appending(vectors)
    return more
  }

  /// - Parameter ids: `[batch, tokens]`.
  /// - Returns: `[batch, tokens, hiddenSize]`.
  func callAsFunction(_ ids: Tensor) -> Tensor {
    tokens(ids) + positions(Tensor.range(to: ids.shape[1]))
  }
}
