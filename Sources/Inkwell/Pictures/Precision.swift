internal import Torch

/// The type of the numbers that denoisers, autoencoders and ControlNets compute with.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// The reference, of 24 significant bits.
  case float32
  /// 8 significant bits, in two bytes: half the memory of weights, and several times the speed
  /// where the processor multiplies such numbers. Pictures differ a little from those of
  /// ``float32``.
  case bfloat16
  /// Whole numbers of 8 bits in products whose channels are a multiple of 64, and ``bfloat16`` in
  /// what is left: each output of a weight, and each row of features or convolved picture, by a
  /// scale of its own. A quarter of the memory of weights; for processors with AMX.
  case int8

  /// Those that this processor multiplies faster in than in ``float32``.
  static var fasterHere: [Precision] {
    (Machine.hasFastBFloat16 ? [.bfloat16] : []) + (TileWeight.isHere ? [.int8] : [])
  }

  /// The type of features.
  var dtype: DType { self == .float32 ? .float32 : .bfloat16 }

  /// Whether this machine computes with it, on an engine.
  ///
  /// - Throws: ``GenerateError`` if not.
  func check(_ engine: Engine) throws(GenerateError) {
    if engine == .compiled, self != .float32 {
      throw .unknownSetting(rawValue, of: "compiled networks")
    }
    guard self == .int8, engine == .eager || !TileWeight.isHere else { return }
    throw .value(
      "precision", expected: "float32 or bfloat16, on a processor without AMX or by LibTorch alone",
      found: rawValue)
  }
}
