/// Reads what stands before the elements of a GGUF file, and holds it against the file.
struct GGUFHeader {
  /// Dimensions that ggml knows.
  static let maximumRank = 4
  /// The longest name of a key or a tensor, in bytes.
  static let maximumName = 65535

  private(set) var version: UInt32 = 0
  private(set) var metadata: [String: GGUFValue] = [:]
  private(set) var entries: [GGUF.Entry] = []

  private var bytes: ByteReader

  /// A tensor's description before its place in the file is known to be right.
  private struct Description {
    let name: String
    let type: GGMLType
    let shape: [Int]
    let offset: UInt64
    let size: Int
  }

  init(_ all: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    bytes = ByteReader(all, file: file, offset: 0)
    try readStart()
    // A tensor's description takes 24 bytes at the least, a key and its value 13.
    let tensors = try bytes.count("the number of tensors", of: 24)
    let keys = try bytes.count("the number of keys", of: 13)
    for _ in 0..<keys { try readPair() }
    let alignment = try alignment()
    var descriptions: [Description] = []
    var names: Set<String> = []
    for _ in 0..<tensors {
      let description = try description()
      guard names.insert(description.name).inserted else {
        throw .repeated(file: file, what: "a tensor", name: description.name)
      }
      descriptions.append(description)
    }
    try place(descriptions, alignment: alignment, end: all.count)
  }

  private mutating func readStart() throws(CheckpointError) {
    let magic = try bytes.take(4, "the magic number")
    guard magic.elementsEqual("GGUF".utf8) else {
      throw .syntax(
        file: bytes.file, offset: 0, expected: "the magic number GGUF", found: "other bytes")
    }
    version = UInt32(truncatingIfNeeded: try bytes.unsigned(4, "the version"))
    guard version == 2 || version == 3 else {
      let isBig = version.byteSwapped == 2 || version.byteSwapped == 3
      throw bytes.syntax(
        "version 2 or 3, little-endian", isBig ? "a big-endian file" : "\(version)")
    }
  }

  private mutating func name(_ part: String) throws(CheckpointError) -> String {
    let name = try bytes.lengthAndText(part)
    guard !name.isEmpty, name.utf8.count <= Self.maximumName, !name.utf8.contains(0) else {
      throw bytes.syntax(
        "\(part) of 1 to \(Self.maximumName) bytes without U+0000", "\(name.utf8.count) bytes")
    }
    return name
  }

  private mutating func readPair() throws(CheckpointError) {
    let key = try name("a key")
    let kind = try bytes.kind()
    guard metadata.updateValue(try bytes.value(kind), forKey: key) == nil else {
      throw .repeated(file: bytes.file, what: "a key", name: key)
    }
  }

  private func alignment() throws(CheckpointError) -> Int {
    guard let value = metadata["general.alignment"] else { return 32 }
    guard case .unsigned(let number) = value, number > 0, number & (number - 1) == 0,
      number <= 1 << 16
    else {
      throw bytes.syntax("general.alignment as a power of two up to 65536", "\(value)")
    }
    return Int(number)
  }

  private mutating func description() throws(CheckpointError) -> Description {
    let name = try name("a tensor's name")
    func malformed(_ expected: String, _ found: String) -> CheckpointError {
      .malformed(file: bytes.file, tensor: name, expected: expected, found: found)
    }
    let rank = try bytes.unsigned(4, "a tensor's rank")
    guard rank <= UInt64(Self.maximumRank) else {
      throw malformed("at most \(Self.maximumRank) dimensions", "\(rank)")
    }
    var shape: [Int] = []
    for _ in 0..<rank {
      let size = try bytes.unsigned(8, "a tensor's size")
      guard let size = Int(exactly: size), size > 0 else {
        throw malformed("sizes from 1 to 2^63 - 1", "\(size)")
      }
      shape.insert(size, at: 0)
    }
    let number = UInt32(truncatingIfNeeded: try bytes.unsigned(4, "a tensor's type"))
    guard let type = GGMLType(rawValue: number) else {
      throw malformed("a type of elements that ggml has", "\(number)")
    }
    guard let size = type.byteCount(shape) else {
      throw malformed(
        "rows of whole blocks of \(type.block.numbers), and fewer than 2^63 bytes",
        "\(type.name) \(shape)")
    }
    let offset = try bytes.unsigned(8, "a tensor's offset")
    return Description(name: name, type: type, shape: shape, offset: offset, size: size)
  }

  /// Gives the tensors their places, one after the other from the first aligned byte on.
  private mutating func place(
    _ descriptions: [Description], alignment: Int, end: Int
  ) throws(CheckpointError) {
    func aligned(_ place: Int) -> Int { (place + alignment - 1) / alignment * alignment }
    let base = aligned(bytes.offset)
    var next = base
    for tensor in descriptions {
      func malformed(_ expected: String, _ found: String) -> CheckpointError {
        .malformed(file: bytes.file, tensor: tensor.name, expected: expected, found: found)
      }
      guard tensor.offset == UInt64(next - base) else {
        throw malformed(
          "an offset of \(next - base), behind the tensor before", "\(tensor.offset)")
      }
      guard next <= end, tensor.size <= end - next else {
        throw malformed("\(tensor.size) bytes of data", "\(max(end - next, 0))")
      }
      entries.append(
        GGUF.Entry(
          name: tensor.name, type: tensor.type, shape: tensor.shape,
          range: next..<next + tensor.size, original: try original(tensor)))
      next = aligned(next + tensor.size)
    }
    guard end <= next else { throw .uncovered(file: bytes.file, offset: next, end: end) }
  }

  /// The shape before ComfyUI-GGUF made rows of 256 of a tensor.
  private func original(_ tensor: Description) throws(CheckpointError) -> [Int]? {
    guard let value = metadata["comfy.gguf.orig_shape.\(tensor.name)"] else { return nil }
    guard case .integers(let sizes) = value, sizes.count <= HeaderParser.maximumRank,
      Self.product(sizes.map { Int($0) }) == Self.product(tensor.shape)
    else {
      throw .malformed(
        file: bytes.file, tensor: tensor.name,
        expected: "an original shape of as many elements as \(tensor.shape)", found: "\(value)")
    }
    return sizes.map { Int($0) }
  }

  private static func product(_ sizes: [Int]) -> Int? {
    var product: Int? = 1
    for size in sizes where product != nil {
      let (next, overflow) = (product ?? 0).multipliedReportingOverflow(by: size)
      product = overflow || size <= 0 ? nil : next
    }
    return product
  }
}
