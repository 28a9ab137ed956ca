public import Torch

/// An affine map of the last dimension: `y = x Aᵀ + b`.
public struct Linear: Sendable {
  private var weight: Matrix
  private let bias: Tensor?
  private var packedWeight: PackedWeight?
  private var tiles: TileWeight?
  private let addition: LowRank?

  /// A linear layer with the weights `weight`, `[outputs, inputs]`, and `bias`, `[outputs]`.
  public init(
    _ scope: Scope, _ inputs: Int, _ outputs: Int, bias: Bool = true,
    initializer: Initializer? = nil
  ) {
    let standard = Initializer.standard(inputs: inputs)
    weight = scope.matrix("weight", [outputs, inputs], initializer ?? standard)
    self.bias =
      bias
      ? scope.parameter("bias", [outputs], initializer == nil ? standard : .constant(0)) : nil
    tiles = weight.packed(bias: self.bias)
    addition = scope.addition
  }

  /// - Parameter x: `[…, inputs]`.
  /// - Returns: `[…, outputs]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    addition.map { product(x) + $0(x) } ?? product(x)
  }

  private func product(_ x: Tensor) -> Tensor {
    if let tiles { return tiles.linear(x) }
    return packedWeight?.linear(x, bias: bias) ?? x.linear(weight(as: x.dtype), bias: bias)
  }

  /// Several maps of the same inputs as one, whose outputs stand one after the other; nothing if
  /// their weights are in a processor's own order, or something is added to one.
  ///
  /// - Parameter maps: At least one; all of them with a bias, or none.
  package init?(joining maps: [Linear]) {
    guard maps.allSatisfy({ $0.tiles == nil && $0.addition == nil }) else { return nil }
    let biases = maps.compactMap(\.bias)
    precondition(biases.isEmpty || biases.count == maps.count, "maps with a bias and without")
    weight = Matrix(stored: maps.map { $0.weight(as: $0.weight.stored.dtype) }.concatenated())
    bias = biases.isEmpty ? nil : biases.concatenated()
    addition = nil
  }

  /// The same map, faster for inputs of so many rows, at the price of its weight's memory.
  ///
  /// - Parameter rows: The product of all dimensions of the inputs but the last; at least 1.
  /// - Returns: The map with its weight packed, where the library can.
  package func packed(rows: Int) -> Linear {
    guard tiles == nil else { return self }
    var packed = self
    packed.packedWeight = PackedWeight(weight(as: weight.stored.dtype), rows: rows)
    return packed
  }
}

/// A table of vectors by number.
public struct Embedding: Sendable {
  private var weight: Tensor
  private let dtype: DType

  /// A table with the weights `weight`, `[count, channels]`.
  public init(
    _ scope: Scope, _ count: Int, _ channels: Int, initializer: Initializer = .normal(1)
  ) {
    (weight, dtype) = scope.table("weight", [count, channels], initializer)
  }

  /// - Parameter indices: Whole numbers below the count, `[…]`.
  /// - Returns: The vectors, `[…, channels]`.
  public func callAsFunction(_ indices: Tensor) -> Tensor {
    weight.embedding(indices).converted(to: dtype)
  }

  /// How many vectors there are.
  package var count: Int { weight.shape[0] }

  /// The table as a map to numbers: the product of each vector of the table with `x`.
  ///
  /// - Parameter x: `[…, channels]`.
  /// - Returns: `[…, count]`.
  package func products(_ x: Tensor) -> Tensor {
    x.linear(weight.converted(to: x.dtype), bias: nil)
  }

  /// The table with more vectors at its end.
  ///
  /// - Parameter rows: `[rows, channels]`, in the type of what the table gives.
  /// - Returns: The longer table.
  package func appending(_ rows: Tensor) -> Embedding {
    var longer = self
    longer.weight = [weight.converted(to: dtype), rows].concatenated()
    return longer
  }
}
