/// Arithmetic, element by element; shapes broadcast as PyTorch's do.
extension Tensor {
  /// The sums.
  public static func + (a: Tensor, b: Tensor) -> Tensor { a.adding(b) }
  /// The differences.
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.subtracting(b) }
  /// The products.
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.multiplied(by: b) }
  /// The quotients.
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.divided(by: b) }
  /// The elements with the other sign.
  public static prefix func - (a: Tensor) -> Tensor { a.negated() }
}

/// Arithmetic with one number for all elements.
extension Tensor {
  /// The sums.
  public static func + (a: Tensor, b: some TensorScalar) -> Tensor { a.adding(b.scalar) }
  /// The differences.
  public static func - (a: Tensor, b: some TensorScalar) -> Tensor { a.subtracting(b.scalar) }
  /// The products.
  public static func * (a: Tensor, b: some TensorScalar) -> Tensor { a.multiplied(by: b.scalar) }
  /// The quotients.
  public static func / (a: Tensor, b: some TensorScalar) -> Tensor { a.divided(by: b.scalar) }
  /// The sums.
  public static func + (a: some TensorScalar, b: Tensor) -> Tensor { b.adding(a.scalar) }
  /// The differences.
  public static func - (a: some TensorScalar, b: Tensor) -> Tensor { b.subtracted(from: a.scalar) }
  /// The products.
  public static func * (a: some TensorScalar, b: Tensor) -> Tensor { b.multiplied(by: a.scalar) }
  /// The quotients.
  public static func / (a: some TensorScalar, b: Tensor) -> Tensor {
    b.reciprocal().multiplied(by: a.scalar)
  }
}
