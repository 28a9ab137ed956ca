/// Words and lines of a file of text, from its bytes.
struct TextScanner {
  private let bytes: ArraySlice<UInt8>
  private var place: Int
  /// The number of the line that was read last, from 1.
  private(set) var line: Int

  /// Reads from a part of a file, whose first line has a number.
  init(_ bytes: ArraySlice<UInt8>, line: Int = 0) {
    self.bytes = bytes
    self.place = bytes.startIndex
    self.line = line
  }

  /// The byte after the last line that was read.
  var offset: Int { place }

  /// The words of the next line; none at the end.
  ///
  /// Spaces, tabs and a carriage return part words.
  mutating func words() -> [ArraySlice<UInt8>]? {
    guard place < bytes.endIndex else { return nil }
    line += 1
    let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    defer { place = min(end + 1, bytes.endIndex) }
    return bytes[place..<end].split { $0 == 32 || $0 == 9 || $0 == 13 }
  }

  /// The next line as text; none at the end.
  mutating func text() -> String? {
    guard place < bytes.endIndex else { return nil }
    line += 1
    let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    defer { place = min(end + 1, bytes.endIndex) }
    let line = bytes[place..<end]
    return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
  }
}

extension ArraySlice<UInt8> {
  /// The bytes as text.
  var text: String { String(decoding: self, as: UTF8.self) }

  /// At most 40 characters of the bytes, for errors.
  var excerpt: String { String(prefix(40).text).debugDescription }

  /// The number that all of the bytes say in decimal, if they say one.
  var number: Double? { count <= 64 ? Double(text) : nil }

  /// The whole number that all of the bytes say, if they say one.
  var integer: Int? { count <= 20 ? Int(text) : nil }
}
