public import Torch

/// How a network keeps the factors of its products, which are nearly all of its weights, and in
/// which type it computes with them.
public struct MatrixStorage: Sendable, Hashable {
  /// Whether they are in two bytes a number, which a layer converts each time that it runs.
  ///
  /// As they are stored if that is so, or else in float16, unless a number is beyond its range.
  public var areHalved: Bool

  /// Whether what a source changes of its weights, as LoRAs do, is computed each time that a layer
  /// runs, and no changed copy is held.
  public var areChangedInUse: Bool

  /// The type that the network computes in, and all its weights are converted to: float32, or
  /// bfloat16, of two bytes, for which ``areHalved`` says nothing.
  public var dtype: DType

  /// Whether factors are rounded to 8 bits where the processor multiplies such numbers, and the
  /// features with them; for networks in bfloat16.
  public var areQuantized: Bool

  /// A way to keep them.
  public init(
    areHalved: Bool = false, areChangedInUse: Bool = false, dtype: DType = .float32,
    areQuantized: Bool = false
  ) {
    self.areHalved = areHalved && dtype == .float32
    self.areChangedInUse = areChangedInUse
    self.dtype = dtype
    self.areQuantized = areQuantized && dtype == .bfloat16
  }

  /// In the type that the network runs in, changed while they are read.
  public static let converted = MatrixStorage()
  /// In two bytes a number, changed while they are read.
  public static let half = MatrixStorage(areHalved: true)
}

extension Tensor {
  /// The numbers in two bytes each, if they fit.
  var halved: Tensor {
    guard dtype.byteCount > 2 else { return self }
    let half = converted(to: .float16)
    return half.isFinite().all().item() == 1 ? half : self
  }
}
