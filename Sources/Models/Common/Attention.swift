package import Layers
package import Torch

/// Attention of several heads from one set of tokens to another, or to itself.
///
/// Named as in diffusers: `to_q`, `to_k`, `to_v`, `to_out.0`.
package struct Attention: Sendable {
  private var query: Linear
  private let key: Linear
  private let value: Linear
  private var output: Linear
  /// All three projections of the tokens at once, where that was prepared.
  private var joined: Linear?
  private let heads: Int

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
    guard let parts = joined?(x).chunked(3, dim: -1), parts.count == 3 else {
      return self(x, to: context(x))
    }
    return attended(parts[0], to: Context(key: parts[1], value: parts[2], mask: nil))
  }

  /// Attention of the tokens to something else.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - context: What is attended to.
  /// - Returns: `[batch, tokens, channels]`.
  package func callAsFunction(_ x: Tensor, to context: Context) -> Tensor {
    attended(query(x), to: context)
  }

  private func attended(_ query: Tensor, to context: Context) -> Tensor {
    output(
      multiHeadAttention(
        query: query, key: context.key, value: context.value, heads: heads, mask: context.mask))
  }

  /// The same attention of tokens to one another, faster for so many of them in a batch.
  package func preparedForItself(rows: Int) -> Attention {
    var prepared = prepared(rows: rows)
    prepared.joined = Linear(joining: [query, key, value]).packed(rows: rows)
    return prepared
  }

  /// The same attention, faster for so many tokens in a batch.
  package func prepared(rows: Int) -> Attention {
    var prepared = self
    prepared.query = query.packed(rows: rows)
    prepared.output = output.packed(rows: rows)
    return prepared
  }
}
