/// The parts of a file in PyTorch's older format.
struct LegacyFile {
  /// The state dict, in order.
  private(set) var tensors: [(name: String, tensor: PickleTensor)] = []

  private let file: String
  private var storages: [String: (storage: PickleStorage, start: Int)] = [:]

  /// The pickle of 0x1950a86a20f9469cfc6c, and that of version 1001.
  private static let magic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    0x80, 0x02, 0x4D, 0xE9, 0x03, 0x2E,
  ]

  /// Reads the pickles and finds the storages.
  init(_ all: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    self.file = file
    guard all.starts(with: Self.magic) else {
      throw .syntax(
        file: file, offset: 0, expected: "the magic number of PyTorch's older format",
        found: all.starts(with: "PK".utf8) ? "a ZIP archive" : "other bytes")
    }
    var bytes = ByteReader(all, file: file, offset: Self.magic.count)
    try Self.checkMachine(&bytes)
    tensors = try Self.stateDict(&bytes)
    try findStorages(&bytes, end: all.count)
  }

  /// Where the elements of a tensor are.
  func entry(
    _ name: String, _ tensor: PickleTensor
  ) throws(CheckpointError) -> TorchPickle.Entry {
    func malformed(_ expected: String, _ found: String) -> CheckpointError {
      .malformed(file: file, tensor: name, expected: expected, found: found)
    }
    guard let (storage, start) = storages[tensor.storage.key], storage == tensor.storage else {
      throw malformed("its storage in the file", "none of that name, type and size")
    }
    let (shape, dtype) = (tensor.shape, storage.dtype)
    guard shape.count <= HeaderParser.maximumRank, shape.allSatisfy({ $0 >= 0 }),
      let count = dtype.byteCount(shape)
    else {
      throw malformed("at most \(HeaderParser.maximumRank) sizes from 0", "\(shape)")
    }
    guard let order = Self.memoryOrder(of: tensor) else {
      throw malformed("elements without gaps", "strides \(tensor.strides) of \(shape)")
    }
    let width = dtype.bits / 8
    guard tensor.offset >= 0, tensor.offset <= storage.count,
      count <= (storage.count - tensor.offset) * width
    else {
      throw malformed(
        "elements within the \(storage.count) of the storage",
        "\(shape) from element \(tensor.offset)")
    }
    let first = start + tensor.offset * width
    return TorchPickle.Entry(
      name: name, dtype: dtype, shape: shape, order: order, range: first..<first + count)
  }

  /// The dimensions, outermost first, if the elements lie side by side in some order of them.
  private static func memoryOrder(of tensor: PickleTensor) -> [Int]? {
    let dimensions = Array(tensor.shape.indices)
    if tensor.shape.contains(0) { return dimensions }
    // Dimensions of one element can have any stride; they may stand anywhere.
    let order = dimensions.sorted {
      (tensor.strides[$1], tensor.shape[$1], $0) < (tensor.strides[$0], tensor.shape[$0], $1)
    }
    var expected = 1
    for dimension in order.reversed() where tensor.shape[dimension] != 1 {
      guard tensor.strides[dimension] == expected else { return nil }
      let (product, overflow) = expected.multipliedReportingOverflow(by: tensor.shape[dimension])
      guard !overflow else { return nil }
      expected = product
    }
    return order
  }

  /// The third pickle says how the writer's machine orders bytes.
  private static func checkMachine(_ bytes: inout ByteReader) throws(CheckpointError) {
    var machine = Unpickler(bytes)
    let value = try machine.run()
    bytes = machine.bytes
    let little = PicklePair(key: .string("little_endian"), value: .bool(true))
    guard case .dictionary(let items) = machine.object(value), items.contains(little) else {
      throw machine.syntax("a dictionary with little_endian True", machine.describe(value))
    }
  }

  /// The fourth pickle is the state dict.
  private static func stateDict(
    _ bytes: inout ByteReader
  ) throws(CheckpointError) -> [(name: String, tensor: PickleTensor)] {
    var pickle = Unpickler(bytes)
    let value = try pickle.run()
    bytes = pickle.bytes
    guard case .dictionary(let items) = pickle.object(value) else {
      throw pickle.syntax("a dictionary of tensors", pickle.describe(value))
    }
    var tensors: [(name: String, tensor: PickleTensor)] = []
    for item in items {
      guard case .string(let name) = item.key, case .tensor(let tensor) = pickle.object(item.value)
      else {
        throw pickle.syntax(
          "names and tensors",
          "\(pickle.describe(item.key)) and \(pickle.describe(item.value))")
      }
      tensors.append((name, tensor))
    }
    return tensors
  }

  /// The fifth pickle names the storages, whose elements follow in that order.
  private mutating func findStorages(
    _ bytes: inout ByteReader, end: Int
  ) throws(CheckpointError) {
    var pickle = Unpickler(bytes)
    let value = try pickle.run()
    bytes = pickle.bytes
    guard case .list(let keys) = pickle.object(value) else {
      throw pickle.syntax("a list of storages", pickle.describe(value))
    }
    var wanted: [String: PickleStorage] = [:]
    for (_, tensor) in tensors { wanted[tensor.storage.key] = tensor.storage }
    for key in keys {
      guard case .string(let name) = key, let storage = wanted.removeValue(forKey: name) else {
        throw bytes.syntax("the name of a storage, once", pickle.describe(key))
      }
      let count = try bytes.signed(8, "the size of storage \(name)")
      guard count == storage.count else {
        throw bytes.syntax("\(storage.count) elements in storage \(name)", "\(count)")
      }
      guard let size = storage.dtype.byteCount([count]) else {
        throw bytes.syntax("a size that can be counted", "\(count) elements")
      }
      storages[name] = (storage, bytes.offset)
      _ = try bytes.take(size, "storage \(name)")
    }
    guard bytes.offset == end else {
      throw .uncovered(file: file, offset: bytes.offset, end: end)
    }
  }
}
