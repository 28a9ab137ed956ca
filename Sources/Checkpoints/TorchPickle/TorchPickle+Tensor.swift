package import Torch

extension TorchPickle {
  /// A tensor with a copy of the file's elements, which the format does not align.
  ///
  /// - Parameter name: The name in the file.
  /// - Returns: The tensor, on the CPU, in the dtype and shape of the file.
  /// - Throws: `CheckpointError` if it is not there.
  package func tensor(_ name: String) throws -> Tensor {
    guard let entry = self[name] else {
      throw CheckpointError.missing(file: file.path, tensor: name)
    }
    guard let dtype = DType(entry.dtype) else {
      throw CheckpointError.unsupported(
        file: file.path, tensor: name, dtype: entry.dtype.rawValue)
    }
    return try file.withBytes(entry.range) { bytes in
      if dtype == .bool, let value = bytes.first(where: { $0 > 1 }) {
        throw CheckpointError.malformed(
          file: file.path, tensor: name, expected: "truth values 0 and 1", found: "\(value)")
      }
      return try checked {
        let stored = Tensor(bytes: bytes, shape: entry.order.map { entry.shape[$0] }, dtype: dtype)
        let places = entry.order.indices.sorted { entry.order[$0] < entry.order[$1] }
        return stored.permuted(places).contiguous()
      }
    }
  }
}
