internal import Foundation

/// The two chunks of a binary glTF file: JSON, and the bytes that it speaks of.
///
/// The Khronos Group, "glTF 2.0 Specification", section 4.4.
struct GLBContainer {
  private static let magic: UInt32 = 0x4654_6C67
  private static let json: UInt32 = 0x4E4F_534A
  private static let binary: UInt32 = 0x004E_4942

  let json: Data
  let binary: [UInt8]

  init(json: Data, binary: [UInt8]) {
    self.json = json
    self.binary = binary
  }

  /// Takes a file apart.
  init(_ bytes: [UInt8], source: String) throws(ShapeError) {
    func word(_ place: Int) -> UInt32 {
      bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard bytes.count >= 12 else {
      throw .truncated(source: source, expected: "a header of 12 bytes", found: bytes.count)
    }
    guard word(0) == Self.magic, word(4) == 2 else {
      throw .malformed(
        source: source, place: "byte 0", expected: "glTF of version 2",
        found: Array(bytes.prefix(8)).description)
    }
    guard Int(word(8)) <= bytes.count else {
      throw .truncated(source: source, expected: "\(word(8)) bytes", found: bytes.count)
    }
    var chunks: [(kind: UInt32, range: Range<Int>)] = []
    var place = 12
    while place + 8 <= Int(word(8)), chunks.count < 16 {
      let size = Int(word(place))
      guard size <= Int(word(8)) - place - 8 else {
        throw .truncated(
          source: source, expected: "a chunk of \(size) bytes at byte \(place)",
          found: bytes.count)
      }
      chunks.append((word(place + 4), place + 8..<place + 8 + size))
      place += 8 + size
    }
    guard let first = chunks.first, first.kind == Self.json else {
      throw .malformed(
        source: source, place: "byte 12", expected: "a chunk of JSON",
        found: chunks.first.map { "\($0.kind)" } ?? "none")
    }
    json = Data(bytes[first.range])
    binary =
      chunks.count > 1 && chunks[1].kind == Self.binary ? Array(bytes[chunks[1].range]) : []
  }

  /// The whole file.
  ///
  /// Chunks end on a multiple of four bytes.
  var encoded: Data {
    let text = json + Data(repeating: 32, count: (4 - json.count % 4) % 4)
    let bytes = binary + Array(repeating: 0, count: (4 - binary.count % 4) % 4)
    var data = Data()
    for number in [
      Self.magic, 2, UInt32(12 + 8 + text.count + 8 + bytes.count), UInt32(text.count), Self.json,
    ] { data.append(number) }
    data.append(text)
    data.append(UInt32(bytes.count))
    data.append(Self.binary)
    data.append(contentsOf: bytes)
    return data
  }
}
