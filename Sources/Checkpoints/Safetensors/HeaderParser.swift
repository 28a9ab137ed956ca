/// Reads the header of a safetensors file, and holds what it says of each tensor against the file.
///
/// As strict as the reference (the Rust crate at 0.8.0), and stricter where two readers could
/// understand different things: a name or a field that stands twice, U+0000 in a name, more than 64
/// dimensions, an entry or a dtype in another shape than an object's, `null` for the metadata.
/// Names that Unicode holds equivalent count as the same.
struct HeaderParser {
  /// The longest header that the format allows, in bytes.
  static let limit = 100_000_000
  /// LibTorch refuses more dimensions in many operations.
  static let maximumRank = 64

  private(set) var metadata: [String: String] = [:]
  /// The tensors in the order of the header.
  private(set) var tensors = TensorTable()
  private let file: MappedFile
  private var reader: JSONReader
  /// The bytes of the file that hold elements.
  private let data: Range<Int>
  /// Where the part of the file begins whose memory was not given back yet.
  private var released = 0

  /// Reads a header.
  ///
  /// - Parameters:
  ///   - header: The bytes of the file that are its text.
  ///   - file: The file.
  /// - Throws: `CheckpointError`, the first rule that the header breaks.
  init(_ header: Range<Int>, of file: MappedFile) throws(CheckpointError) {
    self.file = file
    reader = JSONReader(
      UnsafeRawBufferPointer(start: file.start + header.lowerBound, count: header.count),
      file: file.path, base: header.lowerBound)
    data = header.upperBound..<file.count
    var hasMetadata = false
    var fields = try reader.object()
    while try reader.hasNext(&fields) {
      let name = try checked(try reader.name())
      let isNew: Bool
      if name == "__metadata__" {
        isNew = !hasMetadata
        hasMetadata = true
        try readMetadata()
      } else {
        isNew = tensors.append(try entry(name))
      }
      guard isNew else { throw .repeated(file: file.path, what: "a tensor", name: name) }
      releaseRead()
    }
    try reader.end()
  }

  /// Gives back the memory of the text that is read, which may be 100 MB in all.
  private mutating func releaseRead() {
    let read = reader.base + reader.position
    guard read - released >= 1 << 22 else { return }
    file.release(released..<read)
    released = read
  }

  private func checked(_ name: String) throws(CheckpointError) -> String {
    guard name.utf8.contains(0) else { return name }
    throw reader.error("a name without U+0000 before this place")
  }

  private mutating func readMetadata() throws(CheckpointError) {
    var fields = try reader.object()
    while try reader.hasNext(&fields) {
      let name = try checked(try reader.name())
      let value = try reader.string()
      guard metadata.updateValue(value, forKey: name) == nil else {
        throw .repeated(file: file.path, what: "a key of the metadata", name: name)
      }
    }
  }

  private mutating func entry(
    _ tensor: String
  ) throws(CheckpointError) -> Safetensors.Entry {
    var dtype: SafetensorsDType?
    var shape: [Int]?
    var offsets: (start: UInt64, end: UInt64)?
    var fields = try reader.object()
    while try reader.hasNext(&fields) {
      let name = try reader.name()
      switch name {
      case "dtype" where dtype == nil: dtype = try readDType(tensor)
      case "shape" where shape == nil: shape = try readShape(tensor)
      case "data_offsets" where offsets == nil: offsets = try readOffsets()
      case "dtype", "shape", "data_offsets":
        throw .repeated(
          file: file.path, what: "in the entry of \(tensor.debugDescription)", name: name)
      default: try reader.skip()
      }
    }
    guard let dtype, let shape, let offsets else {
      let fields = [
        ("dtype", dtype == nil), ("shape", shape == nil), ("data_offsets", offsets == nil),
      ]
      throw .malformed(
        file: file.path, tensor: tensor, expected: "dtype, shape and data_offsets",
        found: "no \(fields.filter(\.1).map(\.0).joined(separator: ", no "))")
    }
    return Safetensors.Entry(
      name: tensor, dtype: dtype, shape: shape,
      range: try range(of: tensor, dtype, shape, offsets))
  }

  /// The bytes of a tensor, which must be in the file and as many as its shape needs.
  private func range(
    of tensor: String, _ dtype: SafetensorsDType, _ shape: [Int],
    _ offsets: (start: UInt64, end: UInt64)
  ) throws(CheckpointError) -> Range<Int> {
    guard offsets.start <= offsets.end, offsets.end <= data.count else {
      throw .malformed(
        file: file.path, tensor: tensor,
        expected: "data_offsets in order and within the \(data.count) bytes of data",
        found: "[\(offsets.start), \(offsets.end)]")
    }
    let found = Int(offsets.end - offsets.start)
    guard let expected = dtype.byteCount(shape), expected == found else {
      let expected = dtype.byteCount(shape).map { "\($0)" } ?? "a whole number of"
      throw .malformed(
        file: file.path, tensor: tensor,
        expected: "\(expected) bytes for \(dtype.rawValue) \(shape)", found: "\(found)")
    }
    return data.lowerBound + Int(offsets.start)..<data.lowerBound + Int(offsets.end)
  }

  private mutating func readDType(_ tensor: String) throws(CheckpointError) -> SafetensorsDType {
    let name = try reader.string()
    guard let dtype = SafetensorsDType(rawValue: name) else {
      throw .malformed(
        file: file.path, tensor: tensor, expected: "a dtype of the format",
        found: String(name.prefix(32)).debugDescription)
    }
    return dtype
  }

  private mutating func readShape(_ tensor: String) throws(CheckpointError) -> [Int] {
    var shape: [Int] = []
    var elements = try reader.array()
    while try reader.hasNext(&elements) {
      guard shape.count < Self.maximumRank else {
        throw .malformed(
          file: file.path, tensor: tensor, expected: "at most \(Self.maximumRank) dimensions",
          found: "more")
      }
      let dimension = try reader.unsigned()
      guard let dimension = Int(exactly: dimension) else {
        throw .malformed(
          file: file.path, tensor: tensor, expected: "dimensions below 2^63",
          found: "\(dimension)")
      }
      shape.append(dimension)
    }
    return shape
  }

  private mutating func readOffsets() throws(CheckpointError) -> (start: UInt64, end: UInt64) {
    var offsets: [UInt64] = []
    var elements = try reader.array()
    while offsets.count < 2, try reader.hasNext(&elements) {
      offsets.append(try reader.unsigned())
    }
    let hasMore = offsets.count == 2 ? try reader.hasNext(&elements) : false
    guard offsets.count == 2, !hasMore else { throw reader.error("two offsets before this place") }
    return (offsets[0], offsets[1])
  }
}
