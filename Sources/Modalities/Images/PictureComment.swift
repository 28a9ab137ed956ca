public import Foundation

/// The comment of a user in a picture's EXIF record, where AUTOMATIC1111's program keeps its
/// settings of JPEG and WebP files.
///
/// EXIF 2.3 section 4.6.5, tag `UserComment` (0x9286): eight bytes name the encoding, the text
/// follows. What the file says of places and lengths is checked before it is read.
public enum PictureComment {
  /// Reads the comment of a file's bytes.
  ///
  /// - Parameter bytes: A whole JPEG or WebP file.
  /// - Returns: The comment; none where the file has none or is of another format.
  /// - Throws: `PictureCommentError` if the record is there and is not laid out as the standard
  ///   says.
  public static func read(from bytes: Data) throws(PictureCommentError) -> String? {
    let bytes = [UInt8](bytes)
    guard let record = try record(of: bytes) else { return nil }
    return try TIFFDirectory(record).comment()
  }

  /// The EXIF record of a JPEG or WebP file, from its byte order on.
  private static func record(of bytes: [UInt8]) throws(PictureCommentError) -> ArraySlice<UInt8>? {
    if bytes.starts(with: [0xFF, 0xD8]) { return try segment(of: bytes) }
    guard bytes.starts(with: Array("RIFF".utf8)), bytes.count >= 12,
      Array(bytes[8..<12]) == Array("WEBP".utf8)
    else { return nil }
    var offset = 12
    while offset + 8 <= bytes.count {
      let length = bytes[offset + 4..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - offset - 8 else {
        throw PictureCommentError("a chunk of \(length) bytes reaches beyond the file")
      }
      let data = bytes[offset + 8..<offset + 8 + length]
      if Array(bytes[offset..<offset + 4]) == Array("EXIF".utf8) {
        return data.starts(with: mark) ? data.dropFirst(mark.count) : data
      }
      offset += 8 + length + length % 2
    }
    return nil
  }

  private static let mark = Array("Exif\0\0".utf8)

  /// The first APP1 segment of a JPEG file that holds EXIF, if it stands before the pixels.
  private static func segment(of bytes: [UInt8]) throws(PictureCommentError) -> ArraySlice<UInt8>? {
    var offset = 2
    while offset + 4 <= bytes.count, bytes[offset] == 0xFF {
      let marker = bytes[offset + 1]
      // The pixels or the end.
      if marker == 0xDA || marker == 0xD9 { return nil }
      let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
      guard length >= 2, length <= bytes.count - offset - 2 else {
        throw PictureCommentError("a segment of \(length) bytes reaches beyond the file")
      }
      let data = bytes[offset + 4..<offset + 2 + length]
      if marker == 0xE1, data.starts(with: mark) { return data.dropFirst(mark.count) }
      offset += 2 + length
    }
    return nil
  }
}

/// What is wrong with a picture's EXIF record.
public struct PictureCommentError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was found.
  public let reason: String

  init(_ reason: String) { self.reason = reason }

  /// What was found, and where.
  public var description: String { "its EXIF record is damaged: \(reason)" }
}

/// The directories of a TIFF header, which EXIF is laid out in.
private struct TIFFDirectory {
  let bytes: [UInt8]
  let isLittleEndian: Bool

  init(_ record: ArraySlice<UInt8>) throws(PictureCommentError) {
    bytes = Array(record)
    let order = bytes.prefix(2)
    guard order == [0x49, 0x49] || order == [0x4D, 0x4D] else {
      throw PictureCommentError("expected its byte order, found \(Array(order))")
    }
    isLittleEndian = order == [0x49, 0x49]
    guard try number(2, 2) == 42 else {
      throw PictureCommentError("expected the number 42 at byte 2, found \(try number(2, 2))")
    }
  }

  /// The user's comment: in the directory to which one of the first directory points.
  func comment() throws(PictureCommentError) -> String? {
    guard let exif = try entry(0x8769, at: try number(4, 4)),
      let comment = try entry(0x9286, at: try number(exif + 8, 4))
    else { return nil }
    let count = try number(comment + 4, 4)
    let start = count <= 4 ? comment + 8 : try number(comment + 8, 4)
    guard start <= bytes.count, count <= bytes.count - start else {
      throw PictureCommentError("a comment of \(count) bytes reaches beyond the record")
    }
    return try text(bytes[start..<start + count])
  }

  /// The place of a tag's entry in a directory.
  private func entry(_ tag: Int, at directory: Int) throws(PictureCommentError) -> Int? {
    for index in 0..<(try number(directory, 2)) {
      let place = directory + 2 + 12 * index
      if try number(place, 2) == tag { return place }
    }
    return nil
  }

  private func text(_ comment: ArraySlice<UInt8>) throws(PictureCommentError) -> String? {
    let (code, text) = (Array(comment.prefix(8)), comment.dropFirst(8))
    let found: String?
    switch code {
    case Array("UNICODE\0".utf8): found = utf16(Array(text))
    case Array("ASCII\0\0\0".utf8), Array(repeating: 0, count: 8):
      found = String(validating: text, as: UTF8.self)
    default: throw PictureCommentError("expected the comment's encoding, found \(code)")
    }
    guard let found else { throw PictureCommentError("the comment is not of its encoding") }
    let trimmed = found.trimmingCharacters(in: CharacterSet(charactersIn: "\0"))
    return trimmed.isEmpty ? nil : trimmed
  }

  /// UTF-16, whose byte order the standard leaves open: as a mark says, or else big-endian as
  /// piexif writes it, unless it is Latin text with its zeros on the other side.
  private func utf16(_ text: [UInt8]) -> String? {
    guard text.count.isMultiple(of: 2) else { return nil }
    let zeros = (0..<2).map { side in
      stride(from: side, to: text.count, by: 2).count { text[$0] == 0 }
    }
    var isLittle = zeros[1] > zeros[0]
    if text.starts(with: [0xFF, 0xFE]) { isLittle = true }
    if text.starts(with: [0xFE, 0xFF]) { isLittle = false }
    let units = stride(from: 0, to: text.count, by: 2).map { place in
      let (first, second) = (UInt16(text[place]), UInt16(text[place + 1]))
      return isLittle ? second << 8 | first : first << 8 | second
    }
    return String(
      validating: units.first == 0xFEFF ? units.dropFirst() : units[...], as: UTF16.self)
  }

  private func number(_ place: Int, _ length: Int) throws(PictureCommentError) -> Int {
    guard place >= 0, place <= bytes.count - length else {
      throw PictureCommentError("byte \(place) is beyond its end")
    }
    let part = bytes[place..<place + length]
    return isLittleEndian
      ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
  }
}
