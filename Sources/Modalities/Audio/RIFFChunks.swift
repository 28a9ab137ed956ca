/// The chunks of a WAV file, every one of which lies wholly in it.
///
/// Microsoft and IBM 1991, "Multimedia Programming Interface and Data Specifications 1.0",
/// chapter 2: four letters, the length in four bytes with the lowest first, the bytes, and a byte
/// more after an odd length.
struct RIFFChunks {
  /// A chunk's letters and the place of its bytes in the file.
  typealias Chunk = (name: String, range: Range<Int>)

  let chunks: [Chunk]

  /// Reads the outline of a file.
  init(_ bytes: [UInt8], source: String) throws(SoundError) {
    guard bytes.count >= 12 else {
      throw .truncated(source: source, reason: "expected 12 bytes or more, found \(bytes.count)")
    }
    let end = 8 + Self.number(bytes, 4)
    guard end >= 12, end <= bytes.count else {
      throw .truncated(
        source: source, reason: "its first bytes say that there are \(end), found \(bytes.count)")
    }
    chunks = try Self.walk(bytes, 12..<end, source: source)
  }

  /// The chunks that lie one after the other in a part of a file.
  static func walk(
    _ bytes: [UInt8], _ part: Range<Int>, source: String
  ) throws(SoundError) -> [Chunk] {
    var chunks: [Chunk] = []
    var place = part.lowerBound
    while place + 8 <= part.upperBound {
      let length = number(bytes, place + 4)
      let name = String(decoding: bytes[place..<place + 4], as: UTF8.self)
      guard length <= part.upperBound - place - 8 else {
        throw .truncated(
          source: source,
          reason: "the chunk \"\(name)\" at byte \(place) has \(length) bytes, found "
            + "\(part.upperBound - place - 8)")
      }
      chunks.append((name, place + 8..<place + 8 + length))
      place += 8 + length + length % 2
    }
    return chunks
  }

  /// A chunk as a file has it.
  static func encoded(_ name: String, _ body: [UInt8]) -> [UInt8] {
    Array(name.utf8) + four(body.count) + body + (body.count.isMultiple(of: 2) ? [] : [0])
  }

  /// A file with a chunk more at its end.
  static func appending(_ chunk: [UInt8], to bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    if !bytes.count.isMultiple(of: 2) { bytes.append(0) }
    bytes += chunk
    bytes.replaceSubrange(4..<8, with: four(bytes.count - 8))
    return bytes
  }

  private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
    bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func four(_ number: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(number).littleEndian) { Array($0) }
  }
}
