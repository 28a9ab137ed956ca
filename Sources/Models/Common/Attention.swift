package import Layers
package import Torch

/// Attention of several heads from one set of tokens to another, or to itself.
///
/// Named as in diffusers: `to_q`, `to_k`, `to_v`, `to_out.0`.
package struct Attention: Sendable {
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let heads: Int

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - channels: The channels of the queries and of the result.
  ///   - context: The channels of the keys and values; `channels` if not given.
  ///   - heads: The number of heads.
  ///   - initializer: How all weights but the last are drawn.
  ///   - outputInitializer: How the weights of the result are drawn.
  package init(
    _ scope: Scope, channels: Int, context: Int? = nil, heads: Int,
    initializer: Initializer? = nil, outputInitializer: Initializer? = nil
  ) {
    let context = context ?? channels
    query = Linear(scope / "to_q", channels, channels, initializer: initializer)
    key = Linear(scope / "to_k", context, channels, initializer: initializer)
    value = Linear(scope / "to_v", context, channels, initializer: initializer)
    output = Linear(scope / "to_out" / 0, channels, channels, initializer: outputInitializer)
    self.heads = heads
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - context: What is attended to, `[batch, keys, context]`; `x` if not given.
  ///   - mask: Added to the scores, broadcast to `[batch, heads, tokens, keys]`.
  /// - Returns: `[batch, tokens, channels]`.
  package func callAsFunction(_ x: Tensor, context: Tensor? = nil, mask: Tensor? = nil) -> Tensor {
    let context = context ?? x
    return output(
      multiHeadAttention(
        query: query(x), key: key(context), value: value(context), heads: heads, mask: mask))
  }
}
