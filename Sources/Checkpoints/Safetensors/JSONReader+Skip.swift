extension JSONReader {
  /// Passes over any value.
  mutating func skip(depth: Int = 0) throws(CheckpointError) {
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer(depth: depth + 1)
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try skipWord("true")
    case UInt8(ascii: "f"): try skipWord("false")
    case UInt8(ascii: "n"): try skipWord("null")
    default: try skipNumber()
    }
  }

  private mutating func skipContainer(depth: Int) throws(CheckpointError) {
    guard depth <= Self.maximumDepth else {
      throw error("values nested at most \(Self.maximumDepth) deep")
    }
    let isObject = peek() == UInt8(ascii: "{")
    var container = isObject ? try object() : try array()
    while try hasNext(&container) {
      if isObject { _ = try name() }
      try skip(depth: depth)
    }
  }

  private mutating func skipWord(_ word: String) throws(CheckpointError) {
    for character in word.utf8 {
      guard peek() == character else { throw error("'\(word)'") }
      position += 1
    }
  }

  private mutating func skipNumber() throws(CheckpointError) {
    if peek() == UInt8(ascii: "-") { position += 1 }
    if digit() == 0 {
      position += 1
      guard digit() == nil else { throw error("no digit after a leading zero") }
    } else {
      try skipDigits()
    }
    if peek() == UInt8(ascii: ".") {
      position += 1
      try skipDigits()
    }
    guard peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") else { return }
    position += 1
    if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
    try skipDigits()
  }

  private mutating func skipDigits() throws(CheckpointError) {
    guard digit() != nil else { throw error("a value") }
    while digit() != nil { position += 1 }
  }
}
