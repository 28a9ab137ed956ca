internal import CTorch

extension Tensor {
  /// A tensor whose memory holds whatever it held before.
  public static func empty(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    withInts(shape) {
      result(
        ct_empty(
          $0.baseAddress, Int64($0.count), dtype.rawValue, device.kind.rawValue,
          Int32(device.index)))
    }
  }

  /// A tensor with one value everywhere.
  public static func full(
    _ shape: [Int], _ value: Scalar, dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    withInts(shape) {
      result(
        ct_full(
          $0.baseAddress, Int64($0.count), value.c, dtype.rawValue, device.kind.rawValue,
          Int32(device.index)))
    }
  }

  /// A tensor of zeros.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    full(shape, 0, dtype: dtype, device: device)
  }

  /// A tensor of ones.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    full(shape, 1, dtype: dtype, device: device)
  }

  /// The whole numbers from `start` up to but not including `end`, `[count]`.
  public static func range(
    from start: Int = 0, to end: Int, by step: Int = 1, dtype: DType = .int64
  ) -> Tensor {
    result(
      ct_arange(
        Scalar.integer(start).c, Scalar.integer(end).c, Scalar.integer(step).c, dtype.rawValue))
  }

  /// `count` numbers from `start` to `end` at equal distances, both ends included, `[count]`.
  public static func linspace(
    from start: Double, to end: Double, count: Int, dtype: DType = .float32
  ) -> Tensor {
    result(ct_linspace(start, end, Int64(count), dtype.rawValue))
  }

  /// A tensor of the given elements in row-major order.
  ///
  /// - Parameters:
  ///   - values: The elements; as many as `shape` holds.
  ///   - shape: The sizes; `[values.count]` if not given.
  public init<Element: TensorScalar>(_ values: [Element], shape: [Int]? = nil) {
    let shape = shape ?? [values.count]
    precondition(
      shape.reduce(1, *) == values.count, "\(values.count) values do not fill shape \(shape)")
    self = values.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: Element.dtype) }
  }

  /// A tensor of rank zero.
  public init<Element: TensorScalar>(_ value: Element) {
    self.init([value], shape: [])
  }

  /// A tensor with a copy of raw elements in row-major order.
  ///
  /// - Parameters:
  ///   - bytes: The elements in the machine's byte order; exactly as many as `shape` holds.
  ///   - shape: The sizes.
  ///   - dtype: The elements' type.
  public init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
    precondition(
      bytes.count == shape.reduce(1, *) * dtype.byteCount,
      "\(bytes.count) bytes do not fill \(dtype)\(shape)")
    self = withInts(shape) {
      result(ct_from_bytes(bytes.baseAddress, $0.baseAddress, Int64($0.count), dtype.rawValue))
    }
  }

  /// A tensor over memory that belongs to another object and is not copied.
  ///
  /// The memory must not change, and nothing may be written to the tensor if the memory is
  /// read-only.
  ///
  /// - Parameters:
  ///   - bytes: The elements, aligned to their size; at least as many as `shape` holds.
  ///   - shape: The sizes.
  ///   - dtype: The elements' type.
  ///   - owner: The object that keeps the memory; released with the last view of it.
  public init(
    mapping bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType, owner: AnyObject
  ) {
    precondition(
      bytes.count >= shape.reduce(1, *) * dtype.byteCount,
      "\(bytes.count) bytes do not fill \(dtype)\(shape)")
    let retained = Unmanaged.passRetained(owner)
    let tensor = withInts(shape) {
      ct_from_memory(
        UnsafeMutableRawPointer(mutating: bytes.baseAddress), $0.baseAddress, Int64($0.count),
        dtype.rawValue, retained.toOpaque()
      ) { owner in
        guard let owner else { return }
        Unmanaged<AnyObject>.fromOpaque(owner).release()
      }
    }
    if tensor == nil { retained.release() }
    self = result(tensor)
  }

  /// The same numbers on another device.
  public func moved(to device: Device) -> Tensor {
    result(ct_to_device(pointer, device.kind.rawValue, Int32(device.index)))
  }
}
