import Checkpoints
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
    try AtomicFile.write(to: url) { sink in
      try sink.write([4])
      #expect(try Data(contentsOf: url) == Data([1, 2, 3]))
      try sink.write([5, 6, 7])
    }
    #expect(try Data(contentsOf: url) == Data([4, 5, 6, 7]))
    #expect(try folder.contents() == ["file"])
  }

  @Test("a writer that fails leaves the old file and nothing else")
  func keepsTheOld() throws {
    #expect(throws: Stop.self) {
      try AtomicFile.write(to: url) { sink in
        try sink.write([4])
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
    try AtomicFile.write(to: url) { sink in
      #expect(throws: CheckpointError.busy(file: url.path())) {
        try AtomicFile.write(to: url) { try $0.write([5]) }
      }
      try sink.write([4])
    }
    #expect(try Data(contentsOf: url) == Data([4]))
  }

  @Test("a link or a second name in the place of the leftover is not written through")
  func refusesTraps() throws {
    let victim = try folder.write([7], to: "victim")
    let trap = folder.file(".file.partial")
    try FileManager.default.createSymbolicLink(at: trap, withDestinationURL: victim)
    #expect(throws: CheckpointError.self) { try AtomicFile.write(to: url) { _ in } }
    try FileManager.default.removeItem(at: trap)
    try FileManager.default.linkItem(at: victim, to: trap)
    #expect(throws: CheckpointError.self) { try AtomicFile.write(to: url) { _ in } }
    #expect(try Data(contentsOf: victim) == Data([7]))
  }

  @Test("a folder that is not there, or in the file's place, is an error of the system's")
  func refusesFolders() throws {
    let nowhere = folder.file("no/file")
    #expect(throws: CheckpointError.self) { try AtomicFile.write(to: nowhere) { _ in } }
    #expect(throws: CheckpointError.self) { try AtomicFile.write(to: folder.url) { _ in } }
    #expect(try folder.contents() == ["file"])
  }
}
