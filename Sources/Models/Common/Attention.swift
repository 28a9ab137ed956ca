internal import Compiler
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
  /// The heads of keys and values, each of which as many heads of queries share.
  private let keyHeads: Int

  /// Which of the four linear maps add a constant.
  package struct Biases: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Those of the queries, keys and values.
    package static let inputs = Biases(rawValue: 1)
    /// That of the result.
    package static let output = Biases(rawValue: 2)
  }

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - channels: The channels of the queries and of the result.
  ///   - context: The channels of the keys and values; `channels` if not given.
  ///   - heads: The number of heads.
  ///   - keyHeads: The number of heads of keys and values, which divides that of queries and may be
  ///     less; https://arxiv.org/abs/2305.13245.
  ///   - biases: Which of the linear maps have a bias.
  ///   - initializer: How all weights but the last are drawn.
  ///   - outputInitializer: How the weights of the result are drawn.
  package init(
    _ scope: Scope, channels: Int, context: Int? = nil, heads: Int, keyHeads: Int? = nil,
    biases: Biases = [.inputs, .output], initializer: Initializer? = nil,
    outputInitializer: Initializer? = nil
  ) {
    self.heads = heads
    self.keyHeads = keyHeads ?? heads
    let keyChannels = channels / heads * self.keyHeads
    func input(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
      Linear(
        scope / name, inputs, outputs, bias: biases.contains(.inputs), initializer: initializer)
    }
    query = input("to_q", channels, channels)
    key = input("to_k", context ?? channels, keyChannels)
    value = input("to_v", context ?? channels, keyChannels)
    output = Linear(
      scope / "to_out" / 0, channels, channels, bias: biases.contains(.output),
      initializer: outputInitializer)
  }

  /// What is attended to, projected once for all queries.
  package struct Context: Sendable, TensorStructure {
    let key: Tensor
    let value: Tensor
    let mask: Tensor?

    package func mapTensors(_ body: (Tensor) -> Tensor) -> Context {
      Context(key: body(key), value: body(value), mask: mask.mapTensors(body))
    }

    package var numbers: [Double] { mask.numbers }
  }

  /// - Parameters:
  ///   - context: What is attended to, `[batch, keys, context]`.
  ///   - mask: Added to the scores, broadcast to `[batch, heads, tokens, keys]`.
  /// - Returns: What queries need of it.
  package func context(_ context: Tensor, mask: Tensor? = nil) -> Context {
    Context(key: shared(key(context)), value: shared(value(context)), mask: mask)
  }

  /// Keys or values, `[batch, keys, …]`, with each head as often as heads of queries share it.
  private func shared(_ x: Tensor) -> Tensor {
    guard keyHeads < heads else { return x }
    return x.reshaped(x.shape[0], x.shape[1], keyHeads, -1)
      .repeatInterleaved(heads / keyHeads, dim: 2).reshaped(x.shape[0], x.shape[1], -1)
  }

  /// Attention of the tokens to one another.
  ///
  /// - Parameter x: `[batch, tokens, channels]`.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    guard let parts = joined?(x).chunked(3, dim: -1), parts.count == 3 else {
      return self(x, to: context(x))
    }
    return output(mixed(parts[0], Context(key: parts[1], value: parts[2], mask: nil)))
  }

  /// Attention of the tokens to one another, whose queries and keys are turned by their places.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - rotary: The places' turns.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor, turnedBy rotary: RotaryEmbedding) -> Tensor {
    let keys = shared(rotary(key(x), heads: keyHeads))
    let context = Context(key: keys, value: shared(value(x)), mask: nil)
    return output(mixed(rotary(query(x), heads: heads), context))
  }

  /// Something else that the same queries attend to, and how much they take of it.
  package struct Addition: Sendable {
    /// How much is taken.
    enum Weight: Sendable {
      /// As much everywhere.
      case real(Double)
      /// What each token takes, broadcast to `[batch, tokens, channels]`.
      case places(Tensor)
    }

    let context: Context
    let weight: Weight
  }

  /// Attention of the tokens to something else.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - context: What is attended to.
  ///   - additions: What else is, each by a softmax of its own.
  ///   - observe: Sees how much each query attends to each key, see ``multiHeadAttention``.
  /// - Returns: `[batch, tokens, channels]`.
  package func callAsFunction(
    _ x: Tensor, to context: Context, adding additions: [Addition] = [],
    observe: ((Tensor) -> Void)? = nil
  ) -> Tensor {
    let query = query(x)
    let own = mixed(query, context, observe: observe)
    return output(
      additions.reduce(own) { sum, addition in
        let found = mixed(query, addition.context)
        return switch addition.weight {
        case .real(let scale): sum + found * scale
        case .places(let weights): sum + found * weights
        }
      })
  }

  private func mixed(
    _ query: Tensor, _ context: Context, observe: ((Tensor) -> Void)? = nil
  ) -> Tensor {
    multiHeadAttention(
      query: query, key: context.key, value: context.value, heads: heads, mask: context.mask,
      observe: observe)
  }

  /// The same attention of tokens to one another, faster for so many of them in a batch.
  package func preparedForItself(rows: Int) -> Attention {
    var prepared = prepared(rows: rows)
    prepared.joined = Linear(joining: [query, key, value])?.packed(rows: rows)
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
