internal import Torch

/// The type of the numbers that denoisers, autoencoders and ControlNets compute with.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// The reference, of 24 significant bits.
  case float32
  /// 8 significant bits, in two bytes: half the memory of weights, and several times the speed where
  /// the processor multiplies such numbers. Pictures differ a little from those of ``float32``.
  case bfloat16

  /// The type.
  var dtype: DType { self == .bfloat16 ? .bfloat16 : .float32 }
}
