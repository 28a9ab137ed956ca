package import Layers
package import Torch

/// A transformer that reads a picture's features beside a text, and says which token stands at
/// each place of the text.
///
/// Li et al. 2019, https://arxiv.org/abs/1908.03557; equal to the prediction of tokens by
/// transformers' `VisualBertForPreTraining`, whose names the weights have, without its pooler and
/// its second task.
package struct VisualBERT: Sendable {
  /// The sizes.
  package let configuration: VisualBERTConfiguration
  private let text: BERTEmbeddings
  private let projection: Linear
  private let visualKinds: Embedding
  private let visualPlaces: Embedding
  private let layers: [BERTLayer]
  private let transform: Linear
  private let norm: LayerNorm
  private let bias: Tensor

  /// Names in published checkpoints that this network does without: numbers 0, 1, 2, …, the pooler,
  /// the second task, and what is tied to another weight.
  package static let unusedNames = [
    "visual_bert.embeddings.position_ids", "visual_bert.pooler.dense.weight",
    "visual_bert.pooler.dense.bias", "cls.seq_relationship.weight", "cls.seq_relationship.bias",
    "cls.predictions.decoder.weight", "cls.predictions.decoder.bias",
  ]

  /// A network with the weights below `scope`.
  package init(_ scope: Scope, _ configuration: VisualBERTConfiguration) {
    self.configuration = configuration
    let sizes = configuration.text
    let (channels, drawn) = (sizes.hiddenSize, Initializer.normal(sizes.initializerRange))
    let trunk = scope / "visual_bert"
    let embeddings = trunk / "embeddings"
    text = BERTEmbeddings(embeddings, sizes)
    projection = Linear(
      embeddings / "visual_projection", configuration.visualEmbeddingDim, channels,
      initializer: drawn)
    visualKinds = Embedding(
      embeddings / "visual_token_type_embeddings", sizes.typeVocabSize, channels,
      initializer: drawn)
    visualPlaces = Embedding(
      embeddings / "visual_position_embeddings", sizes.maxPositionEmbeddings, channels,
      initializer: drawn)
    layers = (0..<sizes.numHiddenLayers).map {
      BERTLayer(trunk / "encoder" / "layer" / $0, sizes)
    }
    let head = scope / "cls" / "predictions"
    transform = Linear(head / "transform" / "dense", channels, channels, initializer: drawn)
    norm = LayerNorm(head / "transform" / "LayerNorm", channels, eps: sizes.layerNormEps)
    bias = head.parameter("bias", [sizes.vocabSize], .constant(0))
  }

  /// - Parameters:
  ///   - ids: Numbers of tokens, `[batch, tokens]`, `int64`.
  ///   - features: A picture's features, `[batch, places, visualEmbeddingDim]`. Where a place lies
  ///     is known only from its features.
  ///   - isPadding: Which of the tokens are not read, `[batch, tokens]`, `bool`; what is said of
  ///     them means nothing. If not given, all are read.
  /// - Returns: How likely each token of the vocabulary is at each place of the text, as logits,
  ///   `[batch, tokens, vocabSize]`.
  package func callAsFunction(
    _ ids: Tensor, features: Tensor, isPadding: Tensor? = nil
  ) -> Tensor {
    let first = Tensor.zeros([1], dtype: .int64)
    // A picture is the second kind of sentence.
    let seen = projection(features) + visualKinds(first + 1) + visualPlaces(first)
    let start = text.norm([text.summed(ids), seen].concatenated(dim: 1))
    let mask = isPadding.map { isPadding in
      paddingBias(
        [isPadding, .zeros([ids.shape[0], seen.shape[1]], dtype: .bool)].concatenated(dim: 1))
    }
    let states = layers.reduce(start) { $1($0, mask: mask) }
      .narrowed(dim: 1, start: 0, length: ids.shape[1])
    return text.words.products(norm(transform(states).gelu())) + bias
  }
}
