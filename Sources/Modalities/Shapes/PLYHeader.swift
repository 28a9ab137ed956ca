/// What a PLY file says at its beginning: its encoding, and the elements with their properties.
///
/// Turk 1994, "The PLY Polygon File Format".
struct PLYHeader {
  /// How the elements are written.
  enum Encoding: String {
    case ascii
    case littleEndian = "binary_little_endian"
    case bigEndian = "binary_big_endian"
  }

  /// A kind of number.
  enum Kind {
    case int8, uint8, int16, uint16, int32, uint32, float32, float64

    init?(_ name: String) {
      switch name {
      case "char", "int8": self = .int8
      case "uchar", "uint8": self = .uint8
      case "short", "int16": self = .int16
      case "ushort", "uint16": self = .uint16
      case "int", "int32": self = .int32
      case "uint", "uint32": self = .uint32
      case "float", "float32": self = .float32
      case "double", "float64": self = .float64
      default: return nil
      }
    }

    var size: Int {
      switch self {
      case .int8, .uint8: 1
      case .int16, .uint16: 2
      case .int32, .uint32, .float32: 4
      case .float64: 8
      }
    }

    var isFloat: Bool { self == .float32 || self == .float64 }
  }

  /// A number of an element, or a list of numbers with its count before it.
  struct Property {
    let name: String
    let kind: Kind
    let countKind: Kind?
  }

  /// So many things of the same properties.
  struct Element {
    let name: String
    let count: Int
    var properties: [Property] = []

    /// The fewest bytes that one takes.
    func leastSize(_ encoding: Encoding) -> Int {
      // A word of text takes a character and what parts it from the next.
      encoding == .ascii
        ? 2 * properties.count
        : properties.reduce(0) { $0 + ($1.countKind ?? $1.kind).size }
    }
  }

  private(set) var encoding = Encoding.ascii
  private(set) var elements: [Element] = []
  private(set) var comments: [String] = []
  /// The byte after the header.
  private(set) var end = 0
  /// The number of its last line.
  private(set) var lines = 0

  private let source: String

  /// Reads the header of a file.
  init(_ bytes: [UInt8], source: String) throws(ShapeError) {
    self.source = source
    guard bytes.starts(with: "ply".utf8), bytes.count > 3, bytes[3] == 10 || bytes[3] == 13 else {
      throw .malformed(
        source: source, place: "line 1", expected: "ply", found: bytes.prefix(4).excerpt)
    }
    // A header has no more than this, so that no other file is searched to its end.
    var scanner = TextScanner(bytes.prefix(1 << 20))
    _ = scanner.text()
    var format: Encoding?
    while let line = scanner.text() {
      let words = line.split(separator: " ").map(String.init)
      switch words.first {
      case "format":
        format = words.count == 3 && words[2] == "1.0" ? Encoding(rawValue: words[1]) : nil
        guard format != nil else {
          throw fault(scanner, "format ascii or binary_little_endian 1.0", line)
        }
      case "comment": comments.append(String(line.dropFirst("comment ".count)))
      case "obj_info", nil: break
      case "element": try add(element: words, scanner, line)
      case "property": try add(property: words, scanner, line)
      case "end_header":
        guard let format else { throw fault(scanner, "a format before the header's end", line) }
        encoding = format
        (end, lines) = (scanner.offset, scanner.line)
        return
      default: throw fault(scanner, "format, comment, element, property or end_header", line)
      }
    }
    throw .truncated(source: source, expected: "end_header", found: bytes.count)
  }

  private mutating func add(
    element words: [String], _ scanner: TextScanner, _ line: String
  ) throws(ShapeError) {
    guard words.count == 3, let count = Int(words[2]), count >= 0 else {
      throw fault(scanner, "element, a name and a count", line)
    }
    guard !elements.contains(where: { $0.name == words[1] }), elements.count < 64 else {
      throw fault(scanner, "at most 64 elements of different names", line)
    }
    elements.append(Element(name: words[1], count: count))
  }

  private mutating func add(
    property words: [String], _ scanner: TextScanner, _ line: String
  ) throws(ShapeError) {
    guard let last = elements.indices.last else {
      throw fault(scanner, "an element before its properties", line)
    }
    let property: Property
    switch (words.count, words.dropFirst().first) {
    case (5, "list"):
      guard let count = Kind(words[2]), !count.isFloat, let kind = Kind(words[3]) else {
        throw fault(scanner, "a list with a whole count", line)
      }
      property = Property(name: words[4], kind: kind, countKind: count)
    case (3, _):
      guard let kind = Kind(words[1]) else { throw fault(scanner, "a type of number", line) }
      property = Property(name: words[2], kind: kind, countKind: nil)
    default: throw fault(scanner, "property, a type and a name", line)
    }
    let others = elements[last].properties
    guard !others.contains(where: { $0.name == property.name }), others.count < 256 else {
      throw fault(scanner, "at most 256 properties of different names", line)
    }
    elements[last].properties.append(property)
  }

  private func fault(_ scanner: TextScanner, _ expected: String, _ line: String) -> ShapeError {
    .malformed(
      source: source, place: "line \(scanner.line)", expected: expected,
      found: String(line.prefix(60)).debugDescription)
  }
}
