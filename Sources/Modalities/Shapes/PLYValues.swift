/// The numbers of a PLY file one after the other, as text or binary.
struct PLYValues {
  private let bytes: [UInt8]
  private let source: String
  private let encoding: PLYHeader.Encoding
  private var scanner: TextScanner
  private var words: ArraySlice<ArraySlice<UInt8>> = []
  private var place: Int

  init(_ bytes: [UInt8], after header: PLYHeader, source: String) {
    self.bytes = bytes
    self.source = source
    encoding = header.encoding
    place = header.end
    scanner = TextScanner(bytes[header.end...], line: header.lines)
  }

  /// The bytes that were not read yet; for text, those after the current line.
  var rest: Int { bytes.count - (encoding == .ascii ? scanner.offset : place) }

  /// What errors call the current place.
  var position: String { encoding == .ascii ? "line \(scanner.line)" : "byte \(place)" }

  /// The next number.
  mutating func next(_ kind: PLYHeader.Kind) throws(ShapeError) -> Double {
    guard encoding == .ascii else { return try binary(kind) }
    while words.isEmpty {
      guard let line = scanner.words() else {
        throw .truncated(source: source, expected: "more numbers", found: bytes.count)
      }
      words = line[...]
    }
    let word = words.removeFirst()
    guard let number = word.number else {
      throw .malformed(
        source: source, place: position, expected: "a number", found: word.excerpt)
    }
    return number
  }

  private mutating func binary(_ kind: PLYHeader.Kind) throws(ShapeError) -> Double {
    guard rest >= kind.size else {
      throw .truncated(
        source: source, expected: "a number of \(kind.size) bytes at byte \(place)",
        found: bytes.count)
    }
    var bits: UInt64 = 0
    for index in 0..<kind.size {
      let shift = encoding == .bigEndian ? kind.size - 1 - index : index
      bits |= UInt64(bytes[place + index]) << (8 * UInt64(shift))
    }
    place += kind.size
    return switch kind {
    case .int8: Double(Int8(truncatingIfNeeded: bits))
    case .uint8, .uint16, .uint32: Double(bits)
    case .int16: Double(Int16(truncatingIfNeeded: bits))
    case .int32: Double(Int32(truncatingIfNeeded: bits))
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float64: Double(bitPattern: bits)
    }
  }
}
