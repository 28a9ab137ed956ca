/// Reads the header of a safetensors file: what it says, before anyone believes it.
///
/// As strict as the reference (the Rust crate at 0.8.0), and stricter where two readers could
/// understand different things: a name or a field that stands twice, U+0000 in a name, more than 64
/// dimensions, an entry or a dtype in another shape than an object's, `null` for the metadata.
/// Names that Unicode holds equivalent count as the same.
struct HeaderParser {
  /// What a header says of a tensor; `start` and `end` count from the end of the header.
  struct Entry {
    let name: String
    let dtype: SafetensorsDType
    let shape: [Int]
    let start: UInt64
    let end: UInt64
  }

  /// The longest header that the format allows, in bytes.
  static let limit = 100_000_000
  /// LibTorch refuses more dimensions in many operations.
  static let maximumRank = 64

  private(set) var metadata: [String: String] = [:]
  /// The tensors in the order of the header.
  private(set) var entries: [Entry] = []
  /// Where each name stands among them.
  private(set) var indices: [String: Int] = [:]
  private var reader: JSONReader

  init(_ header: [UInt8], file: String, base: Int) throws(CheckpointError) {
    reader = JSONReader(header, file: file, base: base)
    var hasMetadata = false
    var fields = try reader.object()
    while try reader.hasNext(&fields) {
      let name = try checked(try reader.name())
      let isMetadata = name == "__metadata__"
      let isNew =
        isMetadata ? !hasMetadata : indices.updateValue(entries.count, forKey: name) == nil
      guard isNew else { throw .repeated(file: file, what: "a tensor", name: name) }
      if isMetadata {
        hasMetadata = true
        try readMetadata()
      } else {
        entries.append(try entry(name))
      }
    }
    try reader.end()
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
        throw .repeated(file: reader.file, what: "a key of the metadata", name: name)
      }
    }
  }

  private mutating func entry(_ tensor: String) throws(CheckpointError) -> Entry {
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
          file: reader.file, what: "in the entry of \(tensor.debugDescription)", name: name)
      default: try reader.skip()
      }
    }
    guard let dtype, let shape, let offsets else {
      let fields = [
        ("dtype", dtype == nil), ("shape", shape == nil), ("data_offsets", offsets == nil),
      ]
      throw .malformed(
        file: reader.file, tensor: tensor, expected: "dtype, shape and data_offsets",
        found: "no \(fields.filter(\.1).map(\.0).joined(separator: ", no "))")
    }
    return Entry(name: tensor, dtype: dtype, shape: shape, start: offsets.start, end: offsets.end)
  }

  private mutating func readDType(_ tensor: String) throws(CheckpointError) -> SafetensorsDType {
    let name = try reader.string()
    guard let dtype = SafetensorsDType(rawValue: name) else {
      throw .malformed(
        file: reader.file, tensor: tensor, expected: "a dtype of the format",
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
          file: reader.file, tensor: tensor, expected: "at most \(Self.maximumRank) dimensions",
          found: "more")
      }
      let dimension = try reader.unsigned()
      guard let dimension = Int(exactly: dimension) else {
        throw .malformed(
          file: reader.file, tensor: tensor, expected: "dimensions below 2^63",
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
