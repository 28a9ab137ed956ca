internal import CTorch

/// A number that goes with a tensor: whole, real or a truth value, as LibTorch tells them apart.
public enum Scalar: Sendable, Hashable {
  case integer(Int)
  case real(Double)
  case bool(Bool)
}

extension Scalar: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(value) }

  /// A real number.
  public init(floatLiteral value: Double) { self = .real(value) }

  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  /// The number that `value` is.
  public init(_ value: some TensorScalar) { self = value.scalar }
}

extension Scalar {
  var c: CScalar {
    switch self {
    case .integer(let value): CScalar(kind: CScalarInt, integer: Int64(value), real: 0)
    case .real(let value): CScalar(kind: CScalarDouble, integer: 0, real: value)
    case .bool(let value): CScalar(kind: CScalarBool, integer: value ? 1 : 0, real: 0)
    }
  }
}

extension CScalar {
  init(_ value: Scalar?) {
    self = value?.c ?? CScalar(kind: CScalarNone, integer: 0, real: 0)
  }
}

extension COptionalInt {
  init(_ value: Int?) {
    self.init(hasValue: value != nil, value: Int64(value ?? 0))
  }
}

extension COptionalDouble {
  init(_ value: Double?) {
    self.init(hasValue: value != nil, value: value ?? 0)
  }
}

/// A Swift number that a tensor's element can be.
public protocol TensorScalar: BitwiseCopyable, Sendable {
  /// The dtype with this layout in memory.
  static var dtype: DType { get }

  /// The value as a ``Scalar``.
  var scalar: Scalar { get }
}

extension TensorScalar where Self: BinaryInteger {
  /// The whole number.
  public var scalar: Scalar { .integer(Int(self)) }
}

extension TensorScalar where Self: BinaryFloatingPoint {
  /// The real number.
  public var scalar: Scalar { .real(Double(self)) }
}

extension Int: TensorScalar {
  /// A 64-bit whole number.
  public static var dtype: DType { .int64 }
}

extension Int64: TensorScalar {
  /// A 64-bit whole number.
  public static var dtype: DType { .int64 }
}

extension Int32: TensorScalar {
  /// A 32-bit whole number.
  public static var dtype: DType { .int32 }
}

extension Int16: TensorScalar {
  /// A 16-bit whole number.
  public static var dtype: DType { .int16 }
}

extension Int8: TensorScalar {
  /// An 8-bit whole number.
  public static var dtype: DType { .int8 }
}

extension UInt8: TensorScalar {
  /// A byte.
  public static var dtype: DType { .uint8 }
}

extension Float: TensorScalar {
  /// Single precision.
  public static var dtype: DType { .float32 }
}

extension Double: TensorScalar {
  /// Double precision.
  public static var dtype: DType { .float64 }
}

extension Bool: TensorScalar {
  /// A truth value, a byte.
  public static var dtype: DType { .bool }

  /// The truth value.
  public var scalar: Scalar { .bool(self) }
}
