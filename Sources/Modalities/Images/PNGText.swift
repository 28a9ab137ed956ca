public import Foundation

/// A text that a PNG file carries beside its pixels, such as the request that made it.
///
/// PNG (third edition, W3C) section 11.3.3: a `tEXt` chunk where keyword and text are Latin-1, an
/// uncompressed `iTXt` chunk in UTF-8 otherwise, and for XMP always. The chunks are written here
/// and not by libvips, whose compressed chunks hold UTF-8 where the format says Latin-1.
public struct PNGText: Sendable, Hashable {
  /// 1 to 79 printable Latin-1 characters, without spaces at its ends or two in a row.
  public let keyword: String

  /// Any text without U+0000.
  public let text: String

  /// Makes a text.
  /// - Parameters:
  ///   - keyword: 1 to 79 printable Latin-1 characters, without spaces at its ends or two in a row.
  ///   - text: Any text without U+0000.
  /// - Throws: `PNGError.keyword` or `PNGError.text`.
  public init(keyword: String, text: String) throws(PNGError) {
    let scalars = Array(keyword.unicodeScalars.map(\.value))
    let printable = scalars.allSatisfy { (32...126).contains($0) || (161...255).contains($0) }
    guard
      (1...79).contains(scalars.count), printable, scalars.first != 32, scalars.last != 32,
      !keyword.contains("  ")
    else { throw .keyword(keyword) }
    guard !text.unicodeScalars.contains("\0") else { throw .text(keyword: keyword) }
    self.keyword = keyword
    self.text = text
  }

  /// Puts texts into a PNG file, before its pixels, in place of those with the same keywords.
  /// - Parameters:
  ///   - texts: The texts, in the order in which they are to stand.
  ///   - png: A whole PNG file.
  /// - Returns: The file with the texts. Its pixels are untouched.
  /// - Throws: `PNGError` if the file is no well-formed PNG.
  public static func embed(_ texts: [PNGText], in png: Data) throws(PNGError) -> Data {
    let keywords = Set(texts.map(\.keyword))
    var result = Data(PNGChunk.signature)
    for (index, chunk) in try PNGChunk.read(png).enumerated() {
      if chunk.isText, let old = try PNGText(chunk), keywords.contains(old.keyword) { continue }
      result.append(contentsOf: chunk.encoded)
      if index == 0 {
        for text in texts { result.append(contentsOf: try text.chunk().encoded) }
      }
    }
    return result
  }

  /// The texts of a PNG file, in the file's order.
  ///
  /// `tEXt` and uncompressed `iTXt` chunks are read; compressed ones are passed over, so that a
  /// small file cannot become a large text.
  /// - Parameter png: A whole PNG file.
  /// - Returns: The texts.
  /// - Throws: `PNGError` if the file is truncated, a checksum is wrong, or a text is malformed.
  public static func read(from png: Data) throws(PNGError) -> [PNGText] {
    var texts: [PNGText] = []
    for chunk in try PNGChunk.read(png) where chunk.isText {
      if let text = try PNGText(chunk) { texts.append(text) }
    }
    return texts
  }
}

extension PNGText {
  /// Decodes a `tEXt` or `iTXt` chunk; nothing for a compressed one.
  init?(_ chunk: PNGChunk) throws(PNGError) {
    guard let end = chunk.data.firstIndex(of: 0) else {
      throw .malformedText("its keyword has no end")
    }
    let keyword = Self.latin1(chunk.data[..<end])
    var rest = chunk.data[(end + 1)...]
    guard chunk.type == "iTXt" else {
      try self.init(keyword: keyword, text: Self.latin1(rest))
      return
    }
    guard rest.count >= 2 else { throw .malformedText("the compression of \(keyword) is missing") }
    let compressed = rest.removeFirst()
    rest.removeFirst()
    guard compressed == 0 else { return nil }
    for field in ["language", "translated keyword"] {
      guard let end = rest.firstIndex(of: 0) else {
        throw .malformedText("the \(field) of \(keyword) has no end")
      }
      rest = rest[(end + 1)...]
    }
    guard let text = String(validating: rest, as: UTF8.self) else {
      throw .malformedText("the text of \(keyword) is not UTF-8")
    }
    try self.init(keyword: keyword, text: text)
  }

  /// The chunk that holds the text.
  func chunk() throws(PNGError) -> PNGChunk {
    let name = keyword.unicodeScalars.map { UInt8($0.value) }
    let isLatin1 = text.unicodeScalars.allSatisfy {
      $0.value == 10 || (32...126).contains($0.value) || (160...255).contains($0.value)
    }
    // A packet of XMP is UTF-8 whatever it says.
    if isLatin1, keyword != XMP.keyword {
      let latin1 = text.unicodeScalars.map { UInt8($0.value) }
      return try PNGChunk(type: "tEXt", data: name + [0] + latin1)
    }
    // Not compressed, no language, no translated keyword.
    return try PNGChunk(type: "iTXt", data: name + [0, 0, 0, 0, 0] + Array(text.utf8))
  }

  private static func latin1(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(Unicode.Scalar(byte)) }
    return String(text)
  }
}
