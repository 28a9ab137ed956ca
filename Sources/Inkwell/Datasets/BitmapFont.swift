internal import Foundation

/// A font of PNG bitmaps: OpenType with the tables `CBDT` and `CBLC`, as Noto Color Emoji is.
///
/// Reads what that font uses: `cmap` format 12, ligatures of `GSUB` (lookup type 4, format 1) and
/// bitmap images of format 17 under an index of format 1; the rest is passed over. A sequence
/// without a glyph has no picture, so nothing is drawn as a box.
struct BitmapFont {
  private let bytes: FontBytes
  private let glyphs: [UInt32: Int]
  private let ligatures: [[Int]: Int]
  private let bitmaps: [Int: Range<Int>]

  /// Opens a font.
  /// - Parameters:
  ///   - data: The whole font file.
  ///   - file: What to name in errors.
  /// - Throws: `DatasetError.malformedFont`.
  init(_ data: Data, file: String) throws(DatasetError) {
    bytes = FontBytes(data, file: file)
    let tables = try Self.tables(bytes)
    func table(_ tag: String) throws(DatasetError) -> Int {
      guard let offset = tables[tag] else {
        throw .malformedFont(file: file, reason: "it has no table \(tag)")
      }
      return offset
    }
    glyphs = try Self.characterMap(bytes, at: table("cmap"))
    ligatures = try Self.ligatures(bytes, at: table("GSUB"))
    bitmaps = try Self.bitmaps(bytes, index: table("CBLC"), data: table("CBDT"))
  }

  /// The PNG file of a character sequence, if the font has one glyph for all of it.
  func png(_ codePoints: [UInt32]) throws(DatasetError) -> Data? {
    for sequence in [codePoints.filter { $0 != 0xFE0F }, codePoints] {
      let parts = sequence.compactMap { glyphs[$0] }
      guard parts.count == sequence.count else { continue }
      guard let glyph = parts.count == 1 ? parts.first : ligatures[parts] else { continue }
      guard let range = bitmaps[glyph] else { continue }
      return try bytes.data(range)
    }
    return nil
  }

  private static func tables(_ bytes: FontBytes) throws(DatasetError) -> [String: Int] {
    var tables: [String: Int] = [:]
    for index in 0..<(try bytes.u16(4)) {
      let record = 12 + 16 * index
      let tag = String(decoding: try bytes.data(record..<record + 4), as: UTF8.self)
      tables[tag] = try bytes.u32(record + 8)
    }
    return tables
  }

  /// OpenType `cmap`, format 12: groups of characters with consecutive glyphs.
  private static func characterMap(
    _ bytes: FontBytes, at table: Int
  ) throws(DatasetError) -> [UInt32: Int] {
    var glyphs: [UInt32: Int] = [:]
    for index in 0..<(try bytes.u16(table + 2)) {
      let subtable = table + (try bytes.u32(table + 8 + 8 * index))
      guard try bytes.u16(subtable) == 12 else { continue }
      for group in 0..<(try bytes.u32(subtable + 12)) {
        let record = subtable + 16 + 12 * group
        let (first, last) = (try bytes.u32(record), try bytes.u32(record + 4))
        let glyph = try bytes.u32(record + 8)
        guard first <= last, last <= 0x10FFFF else {
          throw bytes.malformed("a character group of cmap ends before it begins")
        }
        for character in first...last { glyphs[UInt32(character)] = glyph + character - first }
      }
    }
    return glyphs
  }

  /// OpenType `GSUB`, lookup type 4: glyph sequences that become one glyph.
  private static func ligatures(
    _ bytes: FontBytes, at table: Int
  ) throws(DatasetError) -> [[Int]: Int] {
    var ligatures: [[Int]: Int] = [:]
    let list = table + (try bytes.u16(table + 8))
    for index in 0..<(try bytes.u16(list)) {
      let lookup = list + (try bytes.u16(list + 2 + 2 * index))
      guard try bytes.u16(lookup) == 4 else { continue }
      for subtable in 0..<(try bytes.u16(lookup + 4)) {
        let start = lookup + (try bytes.u16(lookup + 6 + 2 * subtable))
        try readLigatures(bytes, at: start, into: &ligatures)
      }
    }
    return ligatures
  }

  private static func readLigatures(
    _ bytes: FontBytes, at start: Int, into ligatures: inout [[Int]: Int]
  ) throws(DatasetError) {
    let firsts = try coverage(bytes, at: start + (try bytes.u16(start + 2)))
    guard firsts.count == (try bytes.u16(start + 4)) else {
      throw bytes.malformed("a ligature table of GSUB covers another number of glyphs than it has")
    }
    for (index, first) in firsts.enumerated() {
      let set = start + (try bytes.u16(start + 6 + 2 * index))
      for entry in 0..<(try bytes.u16(set)) {
        let ligature = set + (try bytes.u16(set + 2 + 2 * entry))
        var parts = [first]
        for part in 0..<max(0, try bytes.u16(ligature + 2) - 1) {
          parts.append(try bytes.u16(ligature + 4 + 2 * part))
        }
        ligatures[parts] = try bytes.u16(ligature)
      }
    }
  }

  private static func coverage(_ bytes: FontBytes, at start: Int) throws(DatasetError) -> [Int] {
    let count = try bytes.u16(start + 2)
    var glyphs: [Int] = []
    if try bytes.u16(start) == 1 {
      for index in 0..<count { glyphs.append(try bytes.u16(start + 4 + 2 * index)) }
      return glyphs
    }
    for index in 0..<count {
      let (first, last) = (
        try bytes.u16(start + 4 + 6 * index), try bytes.u16(start + 6 + 6 * index)
      )
      guard first <= last else { throw bytes.malformed("a coverage range ends before it begins") }
      glyphs.append(contentsOf: first...last)
    }
    return glyphs
  }

  /// The PNG bytes of each glyph in the font's first strike.
  private static func bitmaps(
    _ bytes: FontBytes, index table: Int, data: Int
  ) throws(DatasetError) -> [Int: Range<Int>] {
    var bitmaps: [Int: Range<Int>] = [:]
    let array = table + (try bytes.u32(table + 8))
    for index in 0..<(try bytes.u32(table + 16)) {
      let record = array + 8 * index
      let (first, last) = (try bytes.u16(record), try bytes.u16(record + 2))
      let subtable = array + (try bytes.u32(record + 4))
      guard try bytes.u16(subtable) == 1, try bytes.u16(subtable + 2) == 17, first <= last else {
        throw bytes.malformed("expected bitmaps of format 17 under an index of format 1")
      }
      let images = data + (try bytes.u32(subtable + 4))
      for glyph in first...last {
        let slot = subtable + 8 + 4 * (glyph - first)
        let start = images + (try bytes.u32(slot))
        // Five bytes of metrics, four of length, then the PNG file. Equal offsets: no bitmap.
        guard try bytes.u32(slot) < bytes.u32(slot + 4) else { continue }
        bitmaps[glyph] = start + 9..<start + 9 + (try bytes.u32(start + 5))
      }
    }
    return bitmaps
  }
}

/// Big-endian numbers in a font file; a read outside it is an error.
struct FontBytes {
  private let bytes: [UInt8]
  private let file: String

  init(_ data: Data, file: String) {
    bytes = [UInt8](data)
    self.file = file
  }

  func u16(_ offset: Int) throws(DatasetError) -> Int { try number(offset, count: 2) }

  func u32(_ offset: Int) throws(DatasetError) -> Int { try number(offset, count: 4) }

  func data(_ range: Range<Int>) throws(DatasetError) -> Data {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      throw malformed("bytes \(range) are outside the file of \(bytes.count)")
    }
    return Data(bytes[range])
  }

  func malformed(_ reason: String) -> DatasetError { .malformedFont(file: file, reason: reason) }

  private func number(_ offset: Int, count: Int) throws(DatasetError) -> Int {
    guard offset >= 0, offset + count <= bytes.count else {
      throw malformed("byte \(offset) is outside the file of \(bytes.count)")
    }
    return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
  }
}
