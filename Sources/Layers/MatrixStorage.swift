internal import Torch

/// How a network keeps the factors of its products, which are nearly all of its weights.
public struct MatrixStorage: Sendable, Hashable {
  /// Whether they are in two bytes a number, which a layer converts each time that it runs.
  ///
  /// As they are stored if that is so, or else in float16, unless a number is beyond its range.
  public var areHalved: Bool

  /// Whether what a source changes of its weights, as LoRAs do, is computed each time that a layer
  /// runs, and no changed copy is held.
  public var areChangedInUse: Bool

  /// A way to keep them.
  public init(areHalved: Bool = false, areChangedInUse: Bool = false) {
    self.areHalved = areHalved
    self.areChangedInUse = areChangedInUse
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
