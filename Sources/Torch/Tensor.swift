internal import CTorch

/// A multidimensional array of numbers: a value that shares its memory with its copies.
///
/// The memory is freed as soon as the last reference goes, temporaries of an expression included.
/// Operators do not throw: inside ``checked(_:)`` the first failure is kept and thrown at the end,
/// and what follows it is computed on tensors without a value.
public struct Tensor: Sendable {
  let storage: Storage

  /// The address of LibTorch's object, or none where an earlier operation failed.
  var pointer: OpaquePointer? { storage.pointer }

  init(owning pointer: OpaquePointer?) {
    storage = Storage(pointer)
  }

  /// One reference to a LibTorch tensor.
  ///
  /// It is safe to share between threads: the reference is immutable, LibTorch counts atomically,
  /// and what changes a tensor in place is named so.
  final class Storage: @unchecked Sendable {
    let pointer: OpaquePointer?

    init(_ pointer: OpaquePointer?) {
      self.pointer = pointer
    }

    deinit {
      if let pointer { ct_release(pointer) }
    }
  }
}

extension Tensor {
  /// The size of every dimension.
  public var shape: Shape {
    guard let pointer else { return [] }
    let sizes = UnsafeBufferPointer(start: ct_sizes(pointer), count: Int(ct_rank(pointer)))
    return withExtendedLifetime(storage) { Shape(sizes.map { Int($0) }) }
  }

  /// The number of dimensions.
  public var rank: Int { pointer.map { Int(ct_rank($0)) } ?? 0 }

  /// The number of elements.
  public var count: Int { shape.elementCount }

  /// The type of the elements.
  public var dtype: DType {
    pointer.flatMap { DType(rawValue: ct_dtype($0)) } ?? .float32
  }

  /// Where the memory is.
  public var device: Device {
    var kind: Int32 = 0
    var index: Int32 = 0
    guard let pointer else { return .cpu }
    check(ct_device(pointer, &kind, &index))
    return Device(kind: Device.Kind(rawValue: kind) ?? .cpu, index: Int(max(index, 0)))
  }

  /// The step in memory, in elements, along every dimension.
  public var strides: [Int] {
    guard let pointer else { return [] }
    var strides = [Int64](repeating: 0, count: rank)
    check(ct_strides(pointer, &strides))
    return strides.map { Int($0) }
  }

  /// Whether the elements lie in memory in the order of `format`.
  public func isContiguous(_ format: MemoryFormat = .contiguous) -> Bool {
    pointer.map { ct_is_contiguous($0, format.rawValue) } ?? true
  }

  /// Whether both are views of one LibTorch tensor object.
  public func isIdentical(to other: Tensor) -> Bool { pointer == other.pointer }
}

extension Tensor: CustomStringConvertible {
  /// The dtype, shape and, for up to 16 elements, the values.
  public var description: String {
    let head = "\(dtype)\(shape)"
    return count <= 16 ? "\(head) \(values(as: Double.self))" : head
  }
}
