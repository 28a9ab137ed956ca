internal import CTorch

extension Tensor {
  /// The elements in row-major order, converted to `Element`.
  public func values<Element: TensorScalar>(as type: Element.Type) -> [Element] {
    withUnsafeBytes(as: Element.dtype) { bytes in
      [Element](unsafeUninitializedCapacity: bytes.count / MemoryLayout<Element>.stride) {
        buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        initialized = bytes.count / MemoryLayout<Element>.stride
      }
    }
  }

  /// Calls `body` with the elements' bytes in row-major order, after a conversion if need be.
  ///
  /// - Parameters:
  ///   - dtype: The type of the elements in the buffer; the tensor's own if not given.
  ///   - body: What reads the bytes; they are valid only inside it.
  /// - Returns: What `body` returns.
  public func withUnsafeBytes<Result>(
    as dtype: DType? = nil, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let source = detached().moved(to: .cpu).converted(to: dtype ?? self.dtype).contiguous()
    guard let pointer = source.pointer else {
      return try body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
    return try withExtendedLifetime(source) {
      let bytes = source.count * source.dtype.byteCount
      return try body(UnsafeRawBufferPointer(start: ct_data(pointer), count: bytes))
    }
  }

  /// The only element of a tensor that has one; not a number where an earlier operation failed.
  public func item() -> Double {
    let elements = values(as: Double.self)
    guard let first = elements.first, elements.count == 1 else {
      if pointer != nil {
        record(TorchError("item() needs one element; the tensor's shape is \(shape)"))
      }
      return .nan
    }
    return first
  }
}

extension Tensor {
  /// The bytes of all elements.
  package var byteCount: Int { count * dtype.byteCount }

  /// Calls `body` with the address of the first element, which is valid only inside it.
  ///
  /// What it writes there is seen by all views of the memory.
  package func withUnsafeMemory<Result>(
    _ body: (UnsafeMutableRawPointer?) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(storage) { try body(pointer.flatMap { ct_data($0) }) }
  }
}
