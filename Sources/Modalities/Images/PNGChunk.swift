internal import Foundation

/// What is wrong with a PNG file or a text for it.
public enum PNGError: Error, Equatable, CustomStringConvertible {
  /// The file does not begin with PNG's eight bytes.
  case signature
  /// The file ends in the middle of a chunk or before its last one.
  case truncated(offset: Int)
  /// A chunk says that it is longer than the format or the file allows.
  case length(UInt32, type: String, offset: Int)
  /// A chunk's type is not four letters.
  case type(offset: Int)
  /// A chunk's checksum does not fit its bytes.
  case checksum(type: String, offset: Int)
  /// The first chunk is not `IHDR`.
  case order(found: String)
  /// Bytes follow the last chunk.
  case trailing(count: Int)
  /// A text chunk is not laid out as the format says.
  case malformedText(String)
  /// A keyword that PNG does not allow.
  case keyword(String)
  /// A text that PNG cannot hold, because it contains U+0000.
  case text(keyword: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .signature: "not a PNG file: expected its eight-byte signature at the start"
    case .truncated(let offset): "the PNG file is cut off in the chunk at byte \(offset)"
    case .length(let length, let type, let offset):
      "the PNG chunk \(type) at byte \(offset) claims \(length) bytes, more than there are"
    case .type(let offset): "the PNG chunk at byte \(offset) has a type that is not four letters"
    case .checksum(let type, let offset):
      "the PNG chunk \(type) at byte \(offset) is damaged: its checksum is wrong"
    case .order(let found): "expected IHDR as the first PNG chunk, found \(found)"
    case .trailing(let count): "\(count) bytes follow the end of the PNG file"
    case .malformedText(let reason): "a PNG text chunk is malformed: \(reason)"
    case .keyword(let keyword):
      "expected a keyword of 1 to 79 printable Latin-1 characters, found \(keyword.debugDescription)"
    case .text(let keyword): "the text for \(keyword) contains U+0000, which PNG cannot hold"
    }
  }
}

/// A chunk of a PNG file: PNG (third edition, W3C) section 5.3.
struct PNGChunk: Equatable {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Four letters, such as `IDAT`.
  let type: String
  let data: [UInt8]

  var isText: Bool { type == "tEXt" || type == "iTXt" }

  init(type: String, data: [UInt8]) throws(PNGError) {
    guard data.count <= Int(Int32.max) else {
      throw .length(UInt32(clamping: data.count), type: type, offset: 0)
    }
    self.type = type
    self.data = data
  }

  /// The chunk as it stands in a file: length, type, data, checksum.
  var encoded: [UInt8] {
    let body = Array(type.utf8) + data
    return Self.bigEndian(UInt32(data.count)) + body + Self.bigEndian(Self.crc(body))
  }

  /// All chunks of a file, each checked.
  static func read(_ png: Data) throws(PNGError) -> [PNGChunk] {
    let bytes = [UInt8](png)
    guard bytes.starts(with: signature) else { throw .signature }
    var chunks: [PNGChunk] = []
    var offset = signature.count
    while chunks.last?.type != "IEND" {
      let chunk = try read(bytes, at: offset)
      if chunks.isEmpty && chunk.type != "IHDR" { throw .order(found: chunk.type) }
      chunks.append(chunk)
      offset += 12 + chunk.data.count
    }
    guard offset == bytes.count else { throw .trailing(count: bytes.count - offset) }
    return chunks
  }

  private static func read(_ bytes: [UInt8], at offset: Int) throws(PNGError) -> PNGChunk {
    guard bytes.count - offset >= 12 else { throw .truncated(offset: offset) }
    let length = number(bytes, at: offset)
    let name = bytes[offset + 4..<offset + 8]
    let isLetters = name.allSatisfy { (65...90).contains($0) || (97...122).contains($0) }
    guard isLetters else { throw .type(offset: offset) }
    let type = String(decoding: name, as: UTF8.self)
    guard length <= UInt32(Int32.max), Int(length) <= bytes.count - offset - 12 else {
      throw .length(length, type: type, offset: offset)
    }
    let end = offset + 8 + Int(length)
    guard crc(bytes[offset + 4..<end]) == number(bytes, at: end) else {
      throw .checksum(type: type, offset: offset)
    }
    return try PNGChunk(type: type, data: Array(bytes[offset + 8..<end]))
  }

  private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// CRC-32 as in PNG annex D, reflected polynomial 0xEDB88320.
  private static func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in table[Int((crc ^ UInt32(byte)) & 255)] ^ crc >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
  }
}
