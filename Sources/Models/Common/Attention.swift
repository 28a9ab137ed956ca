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

  /// What is attended to, projected once for all queries.
  package struct Context: Sendable {
    let key: Tensor
    let value: Tensor
    let mask: Tensor?
  }

  /// - Parameters:
  ///   - context: What is attended to, `[batch, keys, context]`.
  ///   - mask: Added to the scores, broadcast to `[batch, heads, tokens, keys]`.
  /// - Returns: What queries need of it.
  package func context(_ context: Tensor, mask: Tensor? = nil) -> Context {
    Context(key: key(context), value: value(context), mask: mask)
  }

  /// Attention of the tokens to one another.
  ///
  /// - Parameter x: `[batch, tokens, channels]`.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    self(x, to: context(x))
  }

  /// Attention of the tokens to something else.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - context: What is attended to.
  /// - Returns: `[batch, tokens, channels]`.
  package func callAsFunction(_ x: Tensor, to context: Context) -> Tensor {
    output(
      multiHeadAttention(
        query: query(x), key: context.key, value: context.value, heads: heads,
        mask: context.mask))
  }
}
