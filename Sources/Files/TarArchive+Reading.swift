package import Foundation

/// What is wrong with an archive.
package struct TarError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The archive.
  package let source: String
  /// The byte where something is wrong.
  package let offset: Int
  /// What was expected and what was found.
  package let reason: String

  /// The archive, the place and the reason.
  package var description: String { "\(source): at byte \(offset): \(reason)" }
}

extension TarArchive {
  /// The files of an archive, in their order.
  ///
  /// Folders are passed over. Links, devices and extended headers are refused: an archive of data
  /// has none.
  ///
  /// - Parameters:
  ///   - bytes: The whole archive.
  ///   - source: What errors call it.
  /// - Returns: The files.
  /// - Throws: ``TarError`` for anything that is not as the format says.
  package static func entries(of bytes: Data, source: String) throws(TarError) -> [Entry] {
    var reader = TarReader(bytes: bytes, source: source)
    var entries: [Entry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }
}

private struct TarReader {
  let bytes: Data
  let source: String
  var offset = 0

  /// The next file; none at the end.
  mutating func next() throws(TarError) -> TarArchive.Entry? {
    while let header = try header() {
      let size = try number(header[124..<136], "a size")
      let start = offset
      let padded = (size + TarArchive.block - 1) / TarArchive.block * TarArchive.block
      guard padded <= bytes.count - offset else {
        throw error("expected a file of \(size) bytes, found \(bytes.count - offset) to the end")
      }
      offset += padded
      let kind = header[156]
      if kind == UInt8(ascii: "5") { continue }
      guard kind == UInt8(ascii: "0") || kind == 0 else {
        throw error("expected a file or a folder, found an entry of type \(kind)")
      }
      let from = bytes.startIndex + start
      return TarArchive.Entry(name: try name(header), data: bytes[from..<from + size])
    }
    return nil
  }

  /// The next header; none at the two empty blocks of the end.
  private mutating func header() throws(TarError) -> [UInt8]? {
    guard bytes.count - offset >= TarArchive.block else {
      throw error("expected a header of 512 bytes, found \(bytes.count - offset) to the end")
    }
    let from = bytes.startIndex + offset
    let header = [UInt8](bytes[from..<from + TarArchive.block])
    guard header.contains(where: { $0 != 0 }) else { return nil }
    let (stated, found) = (
      try number(header[148..<156], "a checksum"), TarArchive.checksum(header[...])
    )
    guard stated == found else {
      throw error("expected a header whose sum is \(stated), found \(found)")
    }
    offset += TarArchive.block
    return header
  }

  private func number(_ field: ArraySlice<UInt8>, _ what: String) throws(TarError) -> Int {
    let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 >= 48 && $0 < 56 }
    let rest = field[digits.endIndex...]
    guard !digits.isEmpty, rest.allSatisfy({ $0 == 0 || $0 == UInt8(ascii: " ") }) else {
      throw error("expected \(what) in octal digits, found \(Array(field))")
    }
    return digits.reduce(0) { $0 << 3 | Int($1 - 48) }
  }

  private func name(_ header: [UInt8]) throws(TarError) -> String {
    func text(_ range: Range<Int>) -> ArraySlice<UInt8> { header[range].prefix { $0 != 0 } }
    let isPOSIX = header[257..<262].elementsEqual("ustar".utf8)
    let folder = isPOSIX ? Array(text(345..<500)) : []
    let whole = (folder.isEmpty ? [] : folder + [UInt8(ascii: "/")]) + Array(text(0..<100))
    guard let name = String(validating: whole, as: UTF8.self), !name.isEmpty else {
      throw error("expected a name in UTF-8, found \(whole.count) other bytes")
    }
    return name
  }

  private func error(_ reason: String) -> TarError {
    TarError(source: source, offset: offset, reason: reason)
  }
}
