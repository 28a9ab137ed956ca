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

  init(stored: Tensor, change: WeightChange? = nil) {
    self.stored = stored
    self.change = change
  }

  /// The numbers that features are multiplied with.
  ///
  /// - Parameter dtype: The type of the features.
  /// - Returns: The numbers with their change, in that type if it is float32 or wider.
  package func callAsFunction(as dtype: DType) -> Tensor {
    let isWider = stored.dtype.byteCount < dtype.byteCount && dtype.byteCount >= 4
    let wide = isWider ? stored.converted(to: dtype) : stored
    return change.map { $0(wide) } ?? wide
  }
}
