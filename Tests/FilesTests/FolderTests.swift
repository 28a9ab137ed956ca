import Files
import Foundation
import TestSupport
import Testing

/// What the system refuses, said with the path, the action and the reason.
@Suite("folders")
struct FolderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("a folder is made with those above it, listed, renamed and removed")
  func does() throws {
    try Folder.make(folder.file("a/b"))
    try Folder.make(folder.file("a/b"))
    try folder.write([1], to: "a/b/file")
    try Folder.copy(folder.file("a/b/file"), to: folder.file("a/b/copy"))
    #expect(try Folder.names(in: folder.file("a/b")) == ["copy", "file"])
    try Folder.move(folder.file("a/b"), to: folder.file("c"))
    try Folder.synchronize(folder.url)
    #expect(try folder.contents() == ["a", "c"])
    try Folder.remove(folder.file("c"))
    Folder.discard(folder.file("a"))
    Folder.discard(folder.file("a"))
    #expect(try folder.contents() == [])
  }

  @Test("a link is renamed, not what it leads to")
  func movesLinks() throws {
    try Folder.makeNew(folder.file("a"))
    try FileManager.default.createSymbolicLink(
      at: folder.file("link"), withDestinationURL: folder.file("a"))
    let link = folder.url.appending(path: "link", directoryHint: .isDirectory)
    try Folder.move(link, to: folder.url.appending(path: "b", directoryHint: .isDirectory))
    #expect(try folder.contents() == ["a", "b"])
  }

  @Test("a folder takes another's place, which stays if that cannot be done")
  func replaces() throws {
    try folder.write([1], to: "new/a")
    try Folder.replace(folder.file("place"), with: folder.file("new"))
    #expect(try Folder.names(in: folder.url) == ["place"])
    try folder.write([2], to: "newer/b")
    try Folder.replace(folder.file("place"), with: folder.file("newer"))
    #expect(try Folder.names(in: folder.url) == ["place"])
    #expect(try Folder.names(in: folder.file("place")) == ["b"])
    #expect(throws: FileError.self) {
      try Folder.replace(folder.file("place"), with: folder.file("nowhere"))
    }
    #expect(try Folder.names(in: folder.url) == ["place"])
    #expect(try Folder.names(in: folder.file("place")) == ["b"])
  }

  @Test("there is a folder in the place at every moment")
  func replacesAtOnce() async throws {
    let place = folder.file("place")
    try folder.write([0], to: "place/a")
    let path = place.path(percentEncoded: false)
    let looks = Task.detached {
      var missed = 0
      while !Task.isCancelled {
        if access(path, F_OK) != 0 { missed += 1 }
      }
      return missed
    }
    for round in 0..<2000 {
      try Folder.makeNew(folder.file("new \(round)"))
      try Folder.replace(place, with: folder.file("new \(round)"))
    }
    looks.cancel()
    #expect(await looks.value == 0)
  }

  @Test("what cannot be done is an error with the path, the action and the system's reason")
  func refuses() throws {
    try folder.write([1], to: "file")
    let (none, missing) = (folder.file("none"), "No such file or directory")
    try refuses(none, "list", missing) { _ = try Folder.names(in: none) }
    try refuses(none, "remove", missing) { try Folder.remove(none) }
    try refuses(none, "open", missing) { try Folder.synchronize(none) }
    try refuses(none, "copy", missing) { try Folder.copy(none, to: folder.file("b")) }
    let taken = folder.file("file")
    try refuses(taken, "make the folder", "File exists") { try Folder.makeNew(taken) }
    let inside = folder.file("file/a")
    try refuses(inside, "make the folder", "Not a directory") { try Folder.make(inside) }
    try refuses(inside, "put in place", "Not a directory") { try Folder.move(taken, to: inside) }
    #expect(try folder.contents() == ["file"])
  }

  @Test("what is open is locked for one, and told from what is no file")
  func locks() throws {
    let path = try folder.write([1], to: "file").path(percentEncoded: false)
    let first = try Descriptor(path, O_RDWR, action: "open")
    let second = try Descriptor(path, O_RDWR, action: "open")
    let (isFree, isFreeStill) = (try first.lock(), try second.lock())
    #expect(isFree && !isFreeStill)
    #expect(try second.status().st_size == 1)
    let open = try Descriptor(folder.url.path(percentEncoded: false), O_RDONLY, action: "open")
    #expect(
      throws: FileError.notAFile(path: folder.url.path(percentEncoded: false), found: "a folder")
    ) {
      _ = try open.status()
    }
  }

  private func refuses(
    _ url: URL, _ action: String, _ reason: String, _ body: () throws -> Void
  ) throws {
    let error = #expect(throws: FileError.self) { try body() }
    #expect(
      try #require(error).description
        == "\(url.path(percentEncoded: false)): cannot \(action): \(reason)")
  }
}
