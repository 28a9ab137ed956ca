package import Torch

/// What is made of a weight each time that it is used: given and returned in the same type.
package typealias WeightChange = @Sendable (Tensor) -> Tensor

/// A weight as it is stored, and what changes it.
package struct ChangingWeight {
  package let tensor: Tensor
  package let change: WeightChange

  package init(tensor: Tensor, change: @escaping WeightChange) {
    self.tensor = tensor
    self.change = change
  }
}

/// A factor of products as a layer keeps it: perhaps in few bytes, perhaps to be changed in use.
package struct Matrix: Sendable {
  /// The numbers as they are kept.
  let stored: Tensor
  private let change: WeightChange?
  /// Whether the matrix unit is to have the numbers in 8 bits.
  private let isQuantized: Bool
  /// Whether the numbers are here, and not in another order alone.
  private var isPlain = true

  init(stored: Tensor, change: WeightChange? = nil, quantized: Bool = false) {
    self.stored = stored
    self.change = change
    isQuantized = quantized
  }

  /// Gives the numbers away to the processor's matrix unit, if they are to be multiplied in
  /// bfloat16 and the unit can take them.
  ///
  /// - Parameter bias: What is added to the products.
  /// - Returns: The numbers in the unit's order; nothing if they stay.
  package mutating func packed(bias: Tensor?) -> TileWeight? {
    guard stored.dtype == .bfloat16, change == nil, !stored.requiresGradient,
      let tiles = TileWeight(stored, bias: bias, quantized: isQuantized)
    else { return nil }
    self = Matrix(stored: Tensor.zeros([]).expanded(stored.shape.sizes))
    isPlain = false
    return tiles
  }

  /// The numbers that features are multiplied with.
  ///
  /// - Parameter dtype: The type of the features.
  /// - Returns: The numbers with their change, in that type if it is float32 or wider.
  package func callAsFunction(as dtype: DType) -> Tensor {
    precondition(isPlain, "a packed weight is asked for its numbers")
    let isWider = stored.dtype.byteCount < dtype.byteCount && dtype.byteCount >= 4
    let wide = isWider ? stored.converted(to: dtype) : stored
    return change.map { $0(wide) } ?? wide
  }
}
