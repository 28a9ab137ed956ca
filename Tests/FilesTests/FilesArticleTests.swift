import Files
import Foundation
import TestSupport
import Testing

/// The worked example of `Files.docc/Files.md`, line for line.
@Suite struct FilesArticleTests {
  @Test("the article's file is written, and the error reads as it says")
  func example() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.file("results")
    let error = #expect(throws: FileError.self) {
      let file = folder.appending(path: "result.json")
      try Folder.make(folder)
      try AtomicFile.write(Data("{}".utf8), to: file)
      try AtomicFile.write(Data("{}".utf8), to: folder.appending(path: "missing/result.json"))
    }
    #expect(try Folder.names(in: folder) == ["result.json"])
    let message = "missing/result.json: cannot write: No such file or directory"
    #expect(error?.description == "\(folder.path(percentEncoded: false))/\(message)")
  }
}
