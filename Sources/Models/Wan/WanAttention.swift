package import Layers
package import Torch

/// Attention whose queries and keys are normalized over all heads together.
///
/// diffusers' `WanAttention`. One that attends to a picture besides has keys and values of its own
/// for it, whose result is added.
package struct WanAttention: Sendable {
  private let query: Linear
  private let keys: Keys
  private let imageKeys: Keys?
  private let output: Linear
  private let queryNorm: RMSNorm
  private let heads: Int

  /// What makes keys and values.
  private struct Keys: Sendable {
    let key: Linear
    let value: Linear
    let norm: RMSNorm
  }

  /// What is attended to, projected once for all queries.
  package struct Context: Sendable {
    fileprivate let keys: [(key: Tensor, value: Tensor)]
  }

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - sizes: The sizes of the transformer.
  ///   - attendsToImage: Whether there are keys and values of a picture.
  package init(_ scope: Scope, _ sizes: WanTransformerConfiguration, attendsToImage: Bool = false) {
    let (channels, eps) = (sizes.channels, sizes.eps)
    query = Linear(scope / "to_q", channels, channels)
    keys = Keys(
      key: Linear(scope / "to_k", channels, channels),
      value: Linear(scope / "to_v", channels, channels),
      norm: RMSNorm(scope / "norm_k", channels, eps: eps))
    imageKeys =
      attendsToImage
      ? Keys(
        key: Linear(scope / "add_k_proj", channels, channels),
        value: Linear(scope / "add_v_proj", channels, channels),
        norm: RMSNorm(scope / "norm_added_k", channels, eps: eps)) : nil
    output = Linear(scope / "to_out" / 0, channels, channels)
    queryNorm = RMSNorm(scope / "norm_q", channels, eps: eps)
    heads = sizes.numAttentionHeads
  }

  /// - Parameters:
  ///   - text: The prompt's states, `[batch, words, channels]`.
  ///   - image: The picture's, `[batch, places, channels]`, if the attention has a place for them.
  /// - Returns: What queries need of them.
  package func context(_ text: Tensor, image: Tensor?) -> Context {
    let parts = [(keys, text)] + (imageKeys.flatMap { keys in image.map { [(keys, $0)] } } ?? [])
    return Context(keys: parts.map { keys, x in (keys.norm(keys.key(x)), keys.value(x)) })
  }

  /// Attention of the tokens to a prompt.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - context: The prompt.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor, to context: Context) -> Tensor {
    let query = queryNorm(query(x))
    let found = context.keys.map {
      multiHeadAttention(query: query, key: $0.key, value: $0.value, heads: heads)
    }
    return output(found.dropFirst().reduce(found[0], +))
  }

  /// Attention of the tokens to one another.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - positions: Where the tokens are.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor, at positions: WanPositions) -> Tensor {
    let found = multiHeadAttention(
      query: positions(queryNorm(query(x)), heads: heads),
      key: positions(keys.norm(keys.key(x)), heads: heads), value: keys.value(x), heads: heads)
    return output(found)
  }
}
