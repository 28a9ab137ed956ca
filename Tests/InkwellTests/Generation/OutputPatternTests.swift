import Foundation
import TestSupport
import Testing

@testable import Inkwell

/// Where pictures go.
@Suite struct OutputPatternTests {
  private func names(_ pattern: String?, _ prompts: [String], count: Int = 1) throws -> [String] {
    let request = try Generate.Request(prompts: prompts, count: count, seed: 5)
    return try OutputPattern(pattern).files(for: request).map(\.relativePath)
  }

  @Test("a name is made of the prompt and the seed, and is safe")
  func safeNames() throws {
    #expect(try names(nil, ["A slice of Watermelon!"]) == ["a-slice-of-watermelon-5.png"])
    #expect(try names(nil, ["../../etc/passwd"]) == ["etc-passwd-5.png"])
    #expect(try names(nil, ["", "…"]) == ["picture-5.png", "picture-6.png"])
    #expect(try names(nil, ["größe 愛"]) == ["größe-愛-5.png"])
    let long = try names(nil, [String(repeating: "word ", count: 100)])
    #expect(long[0].utf8.count < 100)
    #expect(try names(nil, [String(repeating: "x", count: 300)]) == ["picture-5.png"])
  }

  @Test("a pattern's places are filled in")
  func places() throws {
    #expect(
      try names("out/{index}-{prompt}-{seed}.png", ["a", "b"], count: 5).first
        == "out/01-a-5.png")
    #expect(try names("one.PNG", ["a"]) == ["one.PNG"])
    #expect(try names("out/", ["a"]) == ["out/a-5.png"])
    #expect(try names("/tmp", ["a"]) == ["/tmp/a-5.png"])
    #expect(throws: OutputError.unknownPlace("prmpt")) { try names("{prmpt}.png", ["a"]) }
    #expect(throws: OutputError.notPNG("a.jpg")) { try names("a.jpg", ["a"]) }
    #expect(throws: OutputError.repeated("a.png", pictures: 2)) { try names("a.png", ["a", "b"]) }
  }

  @Test("what cannot be written is refused before, and nothing is left behind")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("a.png")
    try OutputPattern.check([file], replacing: false)
    #expect(try folder.contents().isEmpty)
    try folder.write([1], to: "a.png")
    #expect(throws: OutputError.exists(file.path(percentEncoded: false))) {
      try OutputPattern.check([file], replacing: false)
    }
    try OutputPattern.check([file], replacing: true)
    for unwritable in ["a.png/b.png", "a.png/c/d.png"].map(folder.file) + [
      URL(filePath: "/proc/a.png"), URL(filePath: "/proc/nowhere/a.png"),
    ] {
      let error = #expect(throws: OutputError.self) {
        try OutputPattern.check([unwritable], replacing: true)
      }
      #expect(error.map { Failure($0) } == .run)
    }
    #expect(throws: OutputError.self) {
      try OutputPattern.check([folder.url], replacing: true)
    }
  }

  @Test("a missing folder is made, and those above it")
  func missingFolder() throws {
    let folder = try TemporaryFolder()
    try OutputPattern.check([folder.file("new/newer/a.png")], replacing: false)
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: folder.url.path(percentEncoded: false))
        == [
          "new", "new/newer",
        ])
  }
}
