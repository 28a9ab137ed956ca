/// The entries of a ZIP archive that are stored as they are.
///
/// The part of the format that PyTorch writes: no compression, no encryption, one disk, sizes of
/// 64 bits where 32 are too few. Nothing may stand before the first entry or behind the last
/// record, and no entry inside another, so that all readers see the same archive.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
struct ZipDirectory {
  /// The bytes of the file that hold an entry's data, by its name.
  private(set) var entries: [String: Range<Int>] = [:]

  private let all: UnsafeRawBufferPointer
  private let file: String

  /// Reads the directory at an archive's end.
  init(_ all: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    self.all = all
    self.file = file
    let (count, directory) = try findDirectory()
    var bytes = ByteReader(all, file: file, offset: directory.lowerBound)
    var places: [Range<Int>] = []
    for _ in 0..<count {
      let (name, header, size) = try readEntry(&bytes)
      let data = try findData(name, header: header, size: size, end: directory.lowerBound)
      guard entries.updateValue(data, forKey: name) == nil else {
        throw .repeated(file: file, what: "an entry", name: name)
      }
      places.append(header..<data.upperBound)
    }
    guard bytes.offset == directory.upperBound else {
      throw bytes.syntax("\(count) entries in the directory's bytes", "others")
    }
    try checkPlaces(places)
  }

  /// Entries must begin at the file's first byte and not overlap.
  private func checkPlaces(_ places: [Range<Int>]) throws(CheckpointError) {
    var end = 0
    for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard end > 0 || place.lowerBound == 0, place.lowerBound >= end else {
        throw .syntax(
          file: file, offset: place.lowerBound, expected: "entries one behind the other from 0 on",
          found: "an entry inside another, or bytes before the first")
      }
      end = place.upperBound
    }
  }

  /// The count of the entries, and the bytes of their directory.
  private func findDirectory() throws(CheckpointError) -> (count: Int, bytes: Range<Int>) {
    // PyTorch writes no comment, so the last record stands at the very end.
    let place = all.count - 22
    guard place >= 0, all[place...].starts(with: [0x50, 0x4B, 5, 6]) else {
      throw .syntax(
        file: file, offset: max(place, 0), expected: "the end of a ZIP archive, without a comment",
        found: "other bytes")
    }
    var bytes = ByteReader(all, file: file, offset: place + 8)
    let here = try bytes.unsigned(2, "the count of entries")
    var count = try bytes.unsigned(2, "the count of entries")
    var size = try bytes.unsigned(4, "the size of the directory")
    var start = try bytes.unsigned(4, "the place of the directory")
    let comment = try bytes.unsigned(2, "the length of the comment")
    guard here == count, comment == 0 else {
      throw bytes.syntax("one disk and no comment", "another")
    }
    var end = place
    if place >= 20, all[(place - 20)...].starts(with: [0x50, 0x4B, 6, 7]) {
      var locator = ByteReader(all, file: file, offset: place - 12)
      let record = try locator.unsigned(8, "the place of the end record")
      guard let place = Int(exactly: record), place <= all.count - 56,
        all[place...].starts(with: [0x50, 0x4B, 6, 6])
      else { throw locator.syntax("the place of the end record", "\(record)") }
      var wide = ByteReader(all, file: file, offset: place + 32)
      count = try wide.unsigned(8, "the count of entries")
      size = try wide.unsigned(8, "the size of the directory")
      start = try wide.unsigned(8, "the place of the directory")
      end = place
    }
    // An entry of the directory takes 46 bytes at the least.
    guard start <= UInt64(end), size == UInt64(end) - start, count <= size / 46 else {
      throw bytes.syntax(
        "a directory right before the end record", "\(count) entries in \(size) bytes at \(start)")
    }
    return (Int(count), Int(start)..<end)
  }

  /// An entry of the directory: its name, the place of its header, and its size.
  private func readEntry(
    _ bytes: inout ByteReader
  ) throws(CheckpointError) -> (name: String, header: Int, size: Int) {
    let signature = try bytes.unsigned(4, "an entry of the directory")
    guard signature == 0x0201_4B50 else { throw bytes.syntax("an entry", "other bytes") }
    _ = try bytes.take(4, "versions")
    let flags = try bytes.unsigned(2, "flags")
    let method = try bytes.unsigned(2, "the method of compression")
    _ = try bytes.take(8, "the time and checksum")
    var packed = try bytes.unsigned(4, "the size")
    var size = try bytes.unsigned(4, "the size")
    let lengths = (
      name: Int(try bytes.unsigned(2, "a length")), extra: Int(try bytes.unsigned(2, "a length")),
      comment: Int(try bytes.unsigned(2, "a length"))
    )
    _ = try bytes.take(8, "attributes")
    var header = try bytes.unsigned(4, "the place of an entry")
    let name = try bytes.text(lengths.name, "the name of an entry")
    let end = bytes.offset + lengths.extra
    while bytes.offset + 4 <= end {
      let kind = try bytes.unsigned(2, "a field")
      let next = Int(try bytes.unsigned(2, "a field's length")) + bytes.offset
      if kind == 1 {
        if size == 0xFFFF_FFFF { size = try bytes.unsigned(8, "the size") }
        if packed == 0xFFFF_FFFF { packed = try bytes.unsigned(8, "the size") }
        if header == 0xFFFF_FFFF { header = try bytes.unsigned(8, "the place of an entry") }
      }
      guard bytes.offset <= next, next <= end else { throw bytes.syntax("whole fields", "others") }
      _ = try bytes.take(next - bytes.offset, "a field")
    }
    _ = try bytes.take(end - bytes.offset + lengths.comment, "a comment")
    guard flags & 1 == 0, method == 0, packed == size else {
      throw bytes.syntax("\(name) as it is", "it compressed or encrypted")
    }
    guard let header = Int(exactly: header), let size = Int(exactly: size) else {
      throw bytes.syntax("a place and size below 2^63 for \(name)", "others")
    }
    return (name, header, size)
  }

  /// The bytes of an entry, behind its own header.
  private func findData(
    _ name: String, header: Int, size: Int, end: Int
  ) throws(CheckpointError) -> Range<Int> {
    guard header <= end - 30 else {
      throw .truncated(file: file, part: name, expected: UInt64(header), found: end)
    }
    var bytes = ByteReader(all, file: file, offset: header)
    let signature = try bytes.unsigned(4, "an entry")
    _ = try bytes.take(22, "an entry")
    let nameLength = Int(try bytes.unsigned(2, "a length"))
    let extraLength = Int(try bytes.unsigned(2, "a length"))
    let own = try bytes.text(nameLength, "the name of an entry")
    guard signature == 0x0403_4B50, own == name else {
      throw bytes.syntax("the entry \(name)", "another")
    }
    let start = bytes.offset + extraLength
    guard start <= end, size <= end - start else {
      throw .truncated(
        file: file, part: name, expected: UInt64(size), found: max(end - start, 0))
    }
    return start..<start + size
  }
}
