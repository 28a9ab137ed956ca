package import Torch

extension Checkpoint {
  /// A tensor over the file's own pages.
  ///
  /// The pages stay mapped as long as any tensor over them lives. Elements that are not aligned in
  /// the file, which the format allows, are copied.
  ///
  /// - Parameter name: The name in the file.
  /// - Returns: The tensor, on the CPU, in the dtype and shape of the file.
  /// - Throws: `CheckpointError` if it is not there or LibTorch has no such elements.
  package func tensor(_ name: String) throws -> Tensor {
    let (file, entry) = try located(name)
    return try file.tensor(entry)
  }
}

extension MappedFile {
  /// A tensor over the file's own pages, or a copy where they do not align it.
  ///
  /// - Parameter entry: A tensor whose bytes are as many as its dtype and shape need.
  /// - Returns: The tensor, on the CPU.
  /// - Throws: `CheckpointError` if LibTorch has no such elements.
  func tensor(_ entry: Safetensors.Entry) throws -> Tensor {
    guard let dtype = DType(entry.dtype) else {
      throw CheckpointError.unsupported(
        file: path, tensor: entry.name, dtype: entry.dtype.rawValue)
    }
    guard !entry.range.isEmpty else {
      return try checked { Tensor.empty(entry.shape, dtype: dtype) }
    }
    return try withBytes(entry.range) { bytes in
      if dtype == .bool, let value = bytes.first(where: { $0 > 1 }) {
        throw CheckpointError.malformed(
          file: path, tensor: entry.name, expected: "truth values 0 and 1", found: "\(value)")
      }
      let address = start + entry.range.lowerBound
      guard UInt(bitPattern: address).isMultiple(of: UInt(dtype.byteCount)) else {
        return try checked { Tensor(bytes: bytes, shape: entry.shape, dtype: dtype) }
      }
      return try checked {
        Tensor(mapping: bytes, shape: entry.shape, dtype: dtype, owner: self)
      }
    }
  }
}

extension Safetensors.Draft {
  /// A tensor to write under a name, as it is when its turn comes.
  package init(_ name: String, _ tensor: Tensor) {
    self.init(name, dtype: SafetensorsDType(tensor.dtype), shape: tensor.shape.sizes) { take in
      try tensor.withUnsafeBytes(take)
    }
  }
}

extension DType {
  /// LibTorch's type for elements of a file, if it has one.
  init?(_ dtype: SafetensorsDType) {
    guard let found = Self.allCases.first(where: { SafetensorsDType($0) == dtype }) else {
      return nil
    }
    self = found
  }
}

extension SafetensorsDType {
  /// The format's name for LibTorch's elements.
  init(_ dtype: DType) {
    self =
      switch dtype {
      case .uint8: .uint8
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .float16: .float16
      case .float32: .float32
      case .float64: .float64
      case .bool: .bool
      case .bfloat16: .bfloat16
      case .float8e5m2: .float8E5M2
      case .float8e4m3: .float8E4M3
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      }
  }
}
