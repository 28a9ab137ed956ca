internal import COpenVINO
internal import Torch

/// A type of numbers by the names that OpenVINO has for it.
struct ElementType {
  /// In attributes of layers.
  let name: String
  /// In the ports of layers.
  let precision: String
  /// In the runtime.
  let type: COpenVINOType

  init(_ dtype: DType) throws(CompilerError) {
    (name, precision, type) =
      switch dtype {
      case .bool: ("boolean", "BOOL", COpenVINOBool)
      case .int32: ("i32", "I32", COpenVINOInt32)
      case .int64: ("i64", "I64", COpenVINOInt64)
      case .bfloat16: ("bf16", "BF16", COpenVINOBFloat16)
      case .float16: ("f16", "FP16", COpenVINOFloat16)
      case .float32: ("f32", "FP32", COpenVINOFloat32)
      case .float64: ("f64", "FP64", COpenVINOFloat64)
      default: throw .type(dtype)
      }
  }
}
