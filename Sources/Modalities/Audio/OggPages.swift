/// The pages of an Ogg file.
///
/// RFC 3533, https://www.rfc-editor.org/rfc/rfc3533, section 6. libogg passes over a page that is
/// damaged or missing, and a sound would be shorter than it was.
enum OggPages {
  /// Refuses a file of which a page is damaged, cut off, or missing at the end.
  static func check(_ bytes: [UInt8], source: String) throws(SoundError) {
    var place = 0
    var open: Set<[UInt8]> = []
    while place < bytes.count {
      let end = try end(of: bytes, from: place, source: source)
      guard checksum(bytes[place..<end]) == Array(bytes[place + 22..<place + 26]) else {
        throw .library(source: source, reason: "the page at byte \(place) is damaged")
      }
      let stream = Array(bytes[place + 14..<place + 18])
      if bytes[place + 5] & isLast != 0 { open.remove(stream) } else { open.insert(stream) }
      place = end
    }
    guard open.isEmpty else {
      throw .truncated(source: source, reason: "its last page is missing")
    }
  }

  private static let isLast: UInt8 = 4

  /// The place behind the page that begins at another.
  private static func end(
    of bytes: [UInt8], from place: Int, source: String
  ) throws(SoundError) -> Int {
    guard place + 27 <= bytes.count else {
      throw .truncated(source: source, reason: "a page at byte \(place) is not whole")
    }
    guard Array(bytes[place..<place + 4]) == Array("OggS".utf8), bytes[place + 4] == 0 else {
      throw .library(source: source, reason: "expected a page at byte \(place), found other bytes")
    }
    let body = place + 27 + Int(bytes[place + 26])
    guard body <= bytes.count else {
      throw .truncated(source: source, reason: "a page at byte \(place) is not whole")
    }
    let end = bytes[place + 27..<body].reduce(body) { $0 + Int($1) }
    guard end <= bytes.count else {
      throw .truncated(source: source, reason: "a page at byte \(place) is not whole")
    }
    return end
  }

  /// The check of a page, in its order of bytes: that of the page with zeros in its place.
  private static func checksum(_ page: ArraySlice<UInt8>) -> [UInt8] {
    var register: UInt32 = 0
    let own = page.startIndex + 22..<page.startIndex + 26
    for (place, byte) in zip(page.indices, page) {
      let byte = own.contains(place) ? 0 : byte
      register = register << 8 ^ table[Int(UInt8(register >> 24) ^ byte)]
    }
    return withUnsafeBytes(of: register.littleEndian) { Array($0) }
  }

  /// The remainders of a byte by the polynomial 0x04C11DB7.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte) << 24) { value, _ in
      value & 0x8000_0000 != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1
    }
  }
}
