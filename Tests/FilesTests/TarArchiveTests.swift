import Foundation
import TestSupport
import Testing

@testable import Files

@Suite("archives")
struct TarArchiveTests {
  private let entries = [
    TarArchive.Entry(name: "a.txt", data: Data("words\n".utf8)),
    TarArchive.Entry(name: "folder/b.bin", data: Data(count: 512)),
    TarArchive.Entry(name: "c", data: Data()),
    TarArchive.Entry(
      name: String(repeating: "d", count: 100), data: Data(repeating: 7, count: 513)),
  ]

  private var archive: Data {
    var archive = TarArchive()
    for entry in entries { archive.append(entry) }
    return archive.encoded
  }

  private func read(_ bytes: Data) throws -> [TarArchive.Entry] {
    try TarArchive.entries(of: bytes, source: "a.tar")
  }

  @Test("what is written is read, in its order, and is a whole number of blocks")
  func roundTrip() throws {
    #expect(try read(archive) == entries)
    // Four headers; contents of 1, 1, 0 and 2 blocks; two blocks of the end.
    #expect(archive.count == 512 * 10)
    #expect(try read(TarArchive().encoded).isEmpty)
  }

  @Test("a header has the fields of the standard at their places")
  func header() {
    let header = [UInt8](archive[..<512])
    func text(_ range: Range<Int>) -> String { String(decoding: header[range], as: UTF8.self) }
    #expect(text(0..<6) == "a.txt\0")
    #expect(text(100..<108) == "0000644\0" && text(124..<136) == "00000000006\0")
    #expect(text(136..<148) == "00000000000\0")
    #expect(header[156] == UInt8(ascii: "0") && text(257..<265) == "ustar\u{0}00")
    // The sum: the digits, "a.txt" (495), "ustar00" (655), "0" (48) and eight spaces for itself.
    let digits = 48 * (7 + 7 + 7 + 11 + 11) + 6 + 4 + 4 + 6
    #expect(text(148..<156) == String(495 + 655 + 48 + 256 + digits, radix: 8).padded + "\0 ")
  }

  @Test("the system's tar reads it")
  func systemTar() throws {
    let folder = try TemporaryFolder()
    try folder.write(archive, to: "a.tar")
    let tar = Process()
    tar.executableURL = URL(filePath: "/usr/bin/env")
    tar.arguments = ["tar", "-xf", "a.tar"]
    tar.currentDirectoryURL = folder.url
    try tar.run()
    tar.waitUntilExit()
    #expect(tar.terminationStatus == 0)
    for entry in entries { #expect(try Data(contentsOf: folder.file(entry.name)) == entry.data) }
  }

  @Test("folders are passed over, and a slice of other bytes reads as a whole")
  func folders() throws {
    let bytes = changed(archive) { $0[156] = UInt8(ascii: "5") }
    #expect(try read(bytes) == Array(entries[1...]))
    #expect(try read((Data([1, 2, 3]) + archive)[3...]) == entries)
  }

  @Test("what is not as the format says is refused, with its place")
  func refusals() throws {
    let cases: [(Data, Int, String)] = [
      (archive[..<700], 512, "expected a file of 6 bytes, found 188 to the end"),
      (archive[..<1024], 1024, "expected a header of 512 bytes, found 0 to the end"),
      (Data(), 0, "expected a header of 512 bytes, found 0 to the end"),
      (changedRaw { $0[3] = 65 }, 0, "expected a header whose sum is"),
      (changed(archive) { $0[156] = UInt8(ascii: "2") }, 1024, "found an entry of type 50"),
      (changed(archive) { $0[130] = UInt8(ascii: "9") }, 512, "expected a size in octal digits"),
      (changed(archive) { $0[124] = UInt8(ascii: "7") }, 512, "expected a file of"),
      (changed(archive) { $0[0] = 0xFF }, 1024, "expected a name in UTF-8"),
      (changedRaw { $0[150] = UInt8(ascii: "x") }, 0, "expected a checksum in octal digits"),
    ]
    for (bytes, offset, reason) in cases {
      let error = #expect(throws: TarError.self, "\(reason)") { try read(bytes) }
      #expect(error?.offset == offset, "\(reason): \(error as Any)")
      #expect(error?.description.hasPrefix("a.tar: at byte \(offset): ") == true)
      #expect(error?.reason.contains(reason) == true, "\(error as Any)")
    }
  }

  /// The archive with another first header, whose sum is not corrected.
  private func changedRaw(_ change: (inout [UInt8]) -> Void) -> Data {
    var bytes = [UInt8](archive)
    change(&bytes)
    return Data(bytes)
  }

  /// An archive with another first header, whose sum is right.
  private func changed(_ archive: Data, _ change: (inout [UInt8]) -> Void) -> Data {
    var bytes = [UInt8](archive)
    change(&bytes)
    let sum = String(TarArchive.checksum(bytes[..<512]), radix: 8).padded
    bytes.replaceSubrange(148..<154, with: sum.utf8)
    return Data(bytes)
  }
}

extension String {
  /// The text with zeros before it, six letters long.
  fileprivate var padded: String { String(repeating: "0", count: 6 - count) + self }
}
