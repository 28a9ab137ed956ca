package import Layers
package import Torch

/// A transformer that gives every token of a text a state which depends on the whole text.
///
/// Devlin et al. 2018, https://arxiv.org/abs/1810.04805, with the normalization after each part;
/// equal to transformers' `BertModel` without its pooler, whose names the weights have.
package struct BERTEncoder: Sendable {
  /// The sizes.
  package let configuration: BERTConfiguration
  let embeddings: BERTEmbeddings
  let layers: [BERTLayer]

  /// Names in published checkpoints that this encoder does without.
  ///
  /// They are the numbers 0, 1, 2, …, and the pooler, a map of the first token's state that is
  /// trained for another task.
  package static let unusedNames = [
    "embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias",
  ]

  /// An encoder with the weights below `scope`.
  package init(_ scope: Scope, _ configuration: BERTConfiguration) {
    self.configuration = configuration
    embeddings = BERTEmbeddings(scope / "embeddings", configuration)
    layers = (0..<configuration.numHiddenLayers).map {
      BERTLayer(scope / "encoder" / "layer" / $0, configuration)
    }
  }

  /// - Parameters:
  ///   - ids: Numbers of tokens, `[batch, tokens]`, `int64`.
  ///   - mask: 1 for a token of the text and 0 for padding, `[batch, tokens]`; at least one 1 a
  ///     row.
  /// - Returns: States, `[batch, tokens, hiddenSize]`; those of padding mean nothing.
  package func callAsFunction(_ ids: Tensor, mask: Tensor) -> Tensor {
    let bias = paddingBias(mask.equal(to: 0))
    return layers.reduce(embeddings(ids)) { $1($0, mask: bias) }
  }
}

/// What keeps attention from padding, added to its scores.
///
/// - Parameter isPadding: `[batch, tokens]`, `bool`.
/// - Returns: `[batch, 1, 1, tokens]`, zeros and minus infinity.
func paddingBias(_ isPadding: Tensor) -> Tensor {
  let isPadding = isPadding.unsqueezed(1, 1)
  return Tensor.zeros(isPadding.shape.sizes).maskedFill(isPadding, with: .real(-.infinity))
}

/// What a token is, at which place, as a vector.
struct BERTEmbeddings: Sendable {
  let words: Embedding
  let positions: Embedding
  let kinds: Embedding
  let norm: LayerNorm

  init(_ scope: Scope, _ configuration: BERTConfiguration) {
    let channels = configuration.hiddenSize
    let drawn = Initializer.normal(configuration.initializerRange)
    func table(_ name: String, _ count: Int) -> Embedding {
      Embedding(scope / name, count, channels, initializer: drawn)
    }
    words = table("word_embeddings", configuration.vocabSize)
    positions = table("position_embeddings", configuration.maxPositionEmbeddings)
    kinds = table("token_type_embeddings", configuration.typeVocabSize)
    norm = LayerNorm(scope / "LayerNorm", channels, eps: configuration.layerNormEps)
  }

  /// - Parameter ids: `[batch, tokens]`, each text one sentence.
  /// - Returns: `[batch, tokens, hiddenSize]`.
  func callAsFunction(_ ids: Tensor) -> Tensor { norm(summed(ids)) }

  /// What is normalized.
  func summed(_ ids: Tensor) -> Tensor {
    let places = Tensor.range(to: ids.shape[1])
    return words(ids) + kinds(Tensor.zeros([1], dtype: .int64)) + positions(places)
  }
}

/// Attention among the tokens, then a network for each token, each added and then normalized.
struct BERTLayer: Sendable {
  let query: Linear
  let key: Linear
  let value: Linear
  let attentionOutput: Linear
  let attentionNorm: LayerNorm
  let intermediate: Linear
  let output: Linear
  let norm: LayerNorm
  let heads: Int

  init(_ scope: Scope, _ configuration: BERTConfiguration) {
    let channels = configuration.hiddenSize
    let inner = configuration.intermediateSize
    let drawn = Initializer.normal(configuration.initializerRange)
    func linear(_ scope: Scope, _ inputs: Int, _ outputs: Int) -> Linear {
      Linear(scope, inputs, outputs, initializer: drawn)
    }
    let attention = scope / "attention"
    query = linear(attention / "self" / "query", channels, channels)
    key = linear(attention / "self" / "key", channels, channels)
    value = linear(attention / "self" / "value", channels, channels)
    attentionOutput = linear(attention / "output" / "dense", channels, channels)
    attentionNorm = LayerNorm(
      attention / "output" / "LayerNorm", channels, eps: configuration.layerNormEps)
    intermediate = linear(scope / "intermediate" / "dense", channels, inner)
    output = linear(scope / "output" / "dense", inner, channels)
    norm = LayerNorm(scope / "output" / "LayerNorm", channels, eps: configuration.layerNormEps)
    heads = configuration.numAttentionHeads
  }

  /// - Parameters:
  ///   - x: States, `[batch, tokens, hiddenSize]`.
  ///   - mask: Added to the scores, `[batch, 1, 1, tokens]`, if some tokens are padding.
  /// - Returns: `[batch, tokens, hiddenSize]`.
  func callAsFunction(_ x: Tensor, mask: Tensor? = nil) -> Tensor {
    let mixed = multiHeadAttention(
      query: query(x), key: key(x), value: value(x), heads: heads, mask: mask)
    let h = attentionNorm(attentionOutput(mixed) + x)
    return norm(output(intermediate(h).gelu()) + h)
  }
}
