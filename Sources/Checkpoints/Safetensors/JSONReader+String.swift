extension JSONReader {
  /// A string, its escapes undone.
  mutating func string() throws(CheckpointError) -> String {
    try expect("\"")
    let start = position
    try skipPlainText()
    let end = position
    let escaped = peek() == UInt8(ascii: "\\") ? try unescaped(from: start) : nil
    guard peek() == UInt8(ascii: "\"") else { throw error("the end of a string") }
    position += 1
    let plain = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    guard let string = escaped.map(Self.decoded) ?? Self.decoded(plain) else {
      throw error("text in UTF-8", at: start)
    }
    return string
  }

  /// The text that the bytes are, if they are UTF-8.
  ///
  /// Decoding replaces what is not, and so changes the bytes. That is compared, and not validated,
  /// because the standard library's validating initializer is slow for short texts.
  private static func decoded(_ bytes: some Collection<UInt8>) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.utf8.elementsEqual(bytes) ? text : nil
  }

  /// The text of a string that has escapes, up to its closing quote.
  private mutating func unescaped(from start: Int) throws(CheckpointError) -> [UInt8] {
    var text = Array(bytes[start..<position])
    while peek() == UInt8(ascii: "\\") {
      position += 1
      text += UTF8.encode(try escape()).map(Array.init) ?? []
      let plain = position
      try skipPlainText()
      text += bytes[plain..<position]
    }
    return text
  }

  private mutating func skipPlainText() throws(CheckpointError) {
    while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      guard byte >= 0x20 else { throw error("no control character in a string") }
      position += 1
    }
  }

  private mutating func escape() throws(CheckpointError) -> Unicode.Scalar {
    let start = position
    guard let byte = peek() else { throw error("an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw error("an escape", at: start)
    }
    let unit = try hexadecimal()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    return try surrogatePair(unit, start: start)
  }

  /// The character of two halves, of which the second is still to be read.
  private mutating func surrogatePair(
    _ high: UInt32, start: Int
  ) throws(CheckpointError) -> Unicode.Scalar {
    let expected = "a whole surrogate pair"
    guard 0xD800..<0xDC00 ~= high, peek() == UInt8(ascii: "\\") else {
      throw error(expected, at: start)
    }
    position += 1
    guard peek() == UInt8(ascii: "u") else { throw error(expected, at: start) }
    position += 1
    let low = try hexadecimal()
    guard 0xDC00..<0xE000 ~= low,
      let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    else { throw error(expected, at: start) }
    return scalar
  }

  private mutating func hexadecimal() throws(CheckpointError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
