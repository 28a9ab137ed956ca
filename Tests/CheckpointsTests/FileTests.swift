import Checkpoints
import Files
import Foundation
import Testing
import Torch
import TestSupport

/// What a path can be other than a file that can be read.
@Suite("files")
struct FileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("whatever is no file is refused at once")
  func refusesOtherThings() throws {
    let pipe = folder.file("pipe").path(percentEncoded: false)
    try #require(mkfifo(pipe, 0o600) == 0)
    let cases = [
      (pipe, "a pipe"), (folder.url.path(percentEncoded: false), "a folder"),
      ("/dev/zero", "a device"),
    ]
    for (path, found) in cases {
      let expected = CheckpointError.unreadable(.notAFile(path: path, found: found))
      #expect(throws: expected) { try MappedFile(URL(filePath: path)) }
      #expect(throws: expected) { try FileHash.sha256(of: URL(filePath: path)) }
    }
  }

  @Test("links that lead to themselves, or nowhere, are refused")
  func refusesLinkLoops() throws {
    let (a, b) = (folder.file("a"), folder.file("b"))
    try FileManager.default.createSymbolicLink(at: a, withDestinationURL: b)
    try refuses(a, "No such file or directory")
    try FileManager.default.createSymbolicLink(at: b, withDestinationURL: a)
    try refuses(a, "Too many levels of symbolic links")
  }

  @Test("an empty file is refused")
  func refusesEmptyFiles() throws {
    let url = try folder.write([], to: "empty")
    let expected = CheckpointError.truncated(
      file: url.path(percentEncoded: false), part: "the file", expected: 1, found: 0)
    #expect(throws: expected) { try MappedFile(url) }
  }

  @Test("a file that may not be read is refused, but to root")
  func refusesUnreadableFiles() throws {
    let url = try folder.write([1], to: "secret")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0], ofItemAtPath: url.path(percentEncoded: false))
    guard getuid() != 0 else {
      #expect(try MappedFile(url).count == 1)
      return
    }
    try refuses(url, "Permission denied")
  }

  @Test("a link to a file is followed")
  func followsLinks() throws {
    let link = folder.file("link")
    try FileManager.default.createSymbolicLink(
      at: link, withDestinationURL: try folder.write([1, 2, 3], to: "file"))
    #expect(try MappedFile(link).withBytes(1..<3) { Array($0) } == [2, 3])
  }

  @Test("half a gigabyte is mapped without taking memory")
  func mapsWithoutMemory() throws {
    let url = folder.file("large.safetensors")
    let count = 500 << 20
    let header = #"{"x":{"dtype":"U8","shape":[\#(count)],"data_offsets":[0,\#(count)]}}"#
    let start = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + header.utf8
    _ = try folder.write(start, to: "large.safetensors")
    try #require(truncate(url.path(percentEncoded: false), off_t(start.count + count)) == 0)
    let checkpoint = try Checkpoint(contentsOf: url)
    let before = try residentBytes()
    let tensor = try checkpoint.tensor("x")
    #expect(tensor.count == count)
    #expect(try residentBytes() - before < 250 << 20)
  }

  @Test("a file's hash is the one that sha256sum prints")
  func hashes() throws {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(try FileHash.sha256(of: try folder.write("abc".utf8)) == abc)
    let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    let letters = repeatElement(UInt8(ascii: "a"), count: 1_000_000)
    #expect(try FileHash.sha256(of: try folder.write(letters)) == million)
  }

  private func refuses(_ url: URL, _ reason: String) throws {
    let expected = CheckpointError.unreadable(
      .system(path: url.path(percentEncoded: false), action: "open", reason: reason))
    #expect(throws: expected) { try MappedFile(url) }
  }

  /// The memory that this process holds now, without pages of files that nobody changed.
  private func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
      separator: " ")
    let pages = fields.dropFirst().first.flatMap { Int($0) }
    return try #require(pages) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
