package import Torch

extension GGUF {
  /// A tensor: plain numbers over the file's own pages, blocks as float32.
  ///
  /// - Parameter name: The name in the file.
  /// - Returns: The tensor, on the CPU, in its logical shape; integers and plain numbers in the
  ///   file's type.
  /// - Throws: `CheckpointError` if it is not there or in a format that is not read.
  package func tensor(_ name: String) throws -> Tensor {
    guard let entry = self[name] else {
      throw CheckpointError.missing(file: file.path, tensor: name)
    }
    return try file.withBytes(entry.range) { bytes in
      if let format = entry.type.blocks {
        let tensor = try checked {
          Tensor(blocks: bytes, shape: entry.shape, format: format).reshaped(entry.logicalShape)
        }
        file.release(entry.range)
        return tensor
      }
      guard let dtype = entry.type.plain else {
        throw CheckpointError.unsupported(
          file: file.path, tensor: name, dtype: entry.type.name)
      }
      let shape = entry.logicalShape
      guard UInt(bitPattern: bytes.baseAddress).isMultiple(of: UInt(dtype.byteCount)) else {
        return try checked { Tensor(bytes: bytes, shape: shape, dtype: dtype) }
      }
      return try checked { Tensor(mapping: bytes, shape: shape, dtype: dtype, owner: file) }
    }
  }
}
