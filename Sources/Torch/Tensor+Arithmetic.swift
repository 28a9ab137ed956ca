extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor { a.adding(b) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.subtracting(b) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.multiplied(by: b) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.divided(by: b) }
  public static prefix func - (a: Tensor) -> Tensor { a.negated() }

  public static func + (a: Tensor, b: some TensorScalar) -> Tensor { a.adding(b.scalar) }
  public static func - (a: Tensor, b: some TensorScalar) -> Tensor { a.subtracting(b.scalar) }
  public static func * (a: Tensor, b: some TensorScalar) -> Tensor { a.multiplied(by: b.scalar) }
  public static func / (a: Tensor, b: some TensorScalar) -> Tensor { a.divided(by: b.scalar) }

  public static func + (a: some TensorScalar, b: Tensor) -> Tensor { b.adding(a.scalar) }
  public static func - (a: some TensorScalar, b: Tensor) -> Tensor { b.subtracted(from: a.scalar) }
  public static func * (a: some TensorScalar, b: Tensor) -> Tensor { b.multiplied(by: a.scalar) }
  public static func / (a: some TensorScalar, b: Tensor) -> Tensor {
    b.reciprocal().multiplied(by: a.scalar)
  }
}
