/// The parts of a file in PyTorch's older format.
struct LegacyFile {
  /// The state dict.
  let content: StateDict

  private let file: String
  /// Where the tensors are.
  private(set) var placement: TensorPlacement

  /// The pickle of 0x1950a86a20f9469cfc6c, and that of version 1001.
  private static let magic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    0x80, 0x02, 0x4D, 0xE9, 0x03, 0x2E,
  ]

  /// Reads the pickles and finds the storages.
  init(_ all: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    self.file = file
    placement = TensorPlacement(file: file)
    guard all.starts(with: Self.magic) else {
      throw .syntax(
        file: file, offset: 0, expected: "the magic number of PyTorch's older format",
        found: "other bytes")
    }
    var bytes = ByteReader(all, file: file, offset: Self.magic.count)
    try Self.checkMachine(&bytes)
    var pickle = Unpickler(bytes)
    content = try pickle.stateDict()
    bytes = pickle.bytes
    try findStorages(try pickle.storages(), &bytes, end: all.count)
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

  /// The pickle behind the state dict names the storages, whose elements follow in that order.
  private mutating func findStorages(
    _ known: [String: PickleStorage], _ bytes: inout ByteReader, end: Int
  ) throws(CheckpointError) {
    var pickle = Unpickler(bytes)
    let value = try pickle.run()
    bytes = pickle.bytes
    guard case .list(let keys) = pickle.object(value) else {
      throw pickle.syntax("a list of storages", pickle.describe(value))
    }
    var wanted = known
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
      placement.storages[name] = (storage, bytes.offset)
      _ = try bytes.take(size, "storage \(name)")
    }
    guard bytes.offset == end else {
      throw .uncovered(file: file, offset: bytes.offset, end: end)
    }
  }
}
