import Files
import Foundation
import Testing
import TestSupport

/// A file is the old one or the new one, and nothing between.
@Suite("atomic files")
struct AtomicFileTests {
  struct Stop: Error {}

  let folder: TemporaryFolder
  let url: URL

  init() throws {
    folder = try TemporaryFolder()
    url = try folder.write([1, 2, 3], to: "file")
  }

  @Test("the new bytes replace the old when all are there")
  func replaces() throws {
    try AtomicFile.write(to: url) { file in
      try file.write([4])
      #expect(try Data(contentsOf: url) == Data([1, 2, 3]))
      try file.write([5, 6, 7])
    }
    #expect(try Data(contentsOf: url) == Data([4, 5, 6, 7]))
    #expect(try folder.contents() == ["file"])
  }

  @Test("a writer that fails leaves the old file and nothing else")
  func keepsTheOld() throws {
    #expect(throws: Stop.self) {
      try AtomicFile.write(to: url) { file in
        try file.write([4])
        throw Stop()
      }
    }
    #expect(try Data(contentsOf: url) == Data([1, 2, 3]))
    #expect(try folder.contents() == ["file"])
  }

  @Test("what a killed writer left is taken over")
  func takesOverLeftovers() throws {
    _ = try folder.write(Array(repeating: 9, count: 100), to: ".file.partial")
    try AtomicFile.write(to: url) { try $0.write([4]) }
    #expect(try Data(contentsOf: url) == Data([4]))
    #expect(try folder.contents() == ["file"])
  }

  @Test("a second writer of the same file is refused, and the first goes on")
  func refusesASecondWriter() throws {
    try AtomicFile.write(to: url) { file in
      #expect(throws: FileError.busy(path: url.path(percentEncoded: false))) {
        try AtomicFile.write(to: url) { try $0.write([5]) }
      }
      try file.write([4])
    }
    #expect(try Data(contentsOf: url) == Data([4]))
  }

  @Test("a link or a second name in the place of the leftover is not written through")
  func refusesTraps() throws {
    let victim = try folder.write([7], to: "victim")
    let trap = folder.file(".file.partial")
    try FileManager.default.createSymbolicLink(at: trap, withDestinationURL: victim)
    let link = FileError.system(
      path: trap.path(percentEncoded: false), action: "write",
      reason: "Too many levels of symbolic links")
    #expect(throws: link) { try AtomicFile.write(to: url) { _ in } }
    try FileManager.default.removeItem(at: trap)
    try FileManager.default.linkItem(at: victim, to: trap)
    let name = FileError.notAFile(
      path: trap.path(percentEncoded: false), found: "a second name of another file")
    #expect(throws: name) { try AtomicFile.write(to: url) { _ in } }
    #expect(try Data(contentsOf: victim) == Data([7]))
  }

  @Test("a folder that is not there, or in the file's place, is an error with the whole path")
  func refusesFolders() throws {
    let nowhere = folder.file("no/file")
    let missing = FileError.system(
      path: nowhere.path(percentEncoded: false), action: "write",
      reason: "No such file or directory")
    #expect(throws: missing) { try AtomicFile.write(Data([4]), to: nowhere) }
    try folder.write([1], to: "a/inside")
    let place = folder.file("a")
    let folderThere = FileError.system(
      path: place.path(percentEncoded: false), action: "replace", reason: "Is a directory")
    #expect(throws: folderThere) { try AtomicFile.write(Data([4]), to: place) }
    #expect(try folder.contents() == ["a", "file"])
  }

  @Test("a folder that cannot be written into is an error with the whole path")
  func refusesUnwritableFolders() throws {
    let url = URL(filePath: "/sys/kernel/inkwell-test")
    let error = #expect(throws: FileError.self) { try AtomicFile.write(Data([4]), to: url) }
    let reasons = ["Permission denied", "Read-only file system"]
    let texts = reasons.map { "/sys/kernel/inkwell-test: cannot write: \($0)" }
    #expect(texts.contains(try #require(error).description))
  }

  @Test(
    "the new file has the permissions of the old one", arguments: [0o600, 0o640, 0o444, 0o755])
  func keepsPermissions(_ mode: Int) throws {
    try setPermissions(mode)
    try AtomicFile.write(to: url) { file in
      try file.write([4])
      let others = try permissions(of: folder.file(".file.partial")) & ~0o200
      #expect(others & ~mode == 0)
    }
    #expect(try permissions(of: url) == mode)
    #expect(try Data(contentsOf: url) == Data([4]))
  }

  @Test("a file that was not there has the permissions that the process gives to new ones")
  func givesUsualPermissions() throws {
    let new = folder.file("new")
    try AtomicFile.write(Data([4]), to: new)
    #expect(try permissions(of: new) == permissions(of: folder.write([1], to: "other")))
  }

  private func setPermissions(_ mode: Int) throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: url.path(percentEncoded: false))
  }

  private func permissions(of file: URL) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(
      atPath: file.path(percentEncoded: false))
    return try #require(attributes[.posixPermissions] as? Int)
  }
}
