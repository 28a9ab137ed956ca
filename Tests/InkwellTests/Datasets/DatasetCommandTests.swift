import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

/// `inkwell dataset` itself, as a shell runs it.
@Suite struct DatasetCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String]) throws -> CommandRun.Output {
    try CommandRun(["dataset"] + arguments, in: folder).finish()
  }

  @Test("a data set's figures are shown as text and as JSON, with a sheet of its pictures")
  func inspects() throws {
    try TrainingFixture.writePictures(to: folder)
    let shown = try run(["inspect", "pictures", "--output", "sheet.png", "--count", "4"])
    #expect(shown.status == 0 && shown.errors == "The contact sheet is in sheet.png\n")
    let lines = shown.output.split(separator: "\n")
    #expect(lines.first == "7 pictures of 7 bases")
    #expect(lines.contains("  heldout: 1") && lines.contains("  flat: 6"))
    #expect(lines.contains("1 pictures are broken"))
    #expect(lines.last?.hasPrefix("broken.png is skipped: ") == true)
    #expect(try Image(contentsOf: folder.file("sheet.png")).width == 4 * 100 + 4)

    let json = try run(["inspect", "pictures", "--json"])
    let figures = try JSONDecoder().decode(
      DatasetInspection.Figures.self, from: Data(json.output.utf8))
    #expect(try figures == DatasetInspection(folder.file("pictures")).figures)
    #expect(json.status == 0 && json.errors.isEmpty)
  }

  @Test("emoji are drawn from packages that were unpacked by hand")
  func draws() throws {
    let packages = try EmojiFixtures.packages()
    let options = [
      "--sources", packages.url.path(percentEncoded: false), "--size", "32", "--output", "drawn",
    ]
    let result = try run(["emoji"] + options)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.hasPrefix("Drawing noto …\n"))
    let lines = result.output.split(separator: "\n")
    #expect(lines.contains("noto: 3 pictures, 12 emoji lacking"))
    #expect(lines.last == "8 pictures of 32 x 32 are in drawn")
    #expect(try DatasetInspection(folder.file("drawn")).figures.pictures == 8)
  }

  @Test("what cannot be built or read has its exit code, and says why")
  func refusals() throws {
    let line = #"{"file_name": "0.png", "text": "a"}"#
    try folder.write("\(line)\n{}\n".utf8, to: "a/metadata.jsonl")
    try folder.write([1], to: "occupied/a.txt")
    let cases: [([String], Int32, String)] = [
      (["inspect", "a"], 3, "a/metadata.jsonl:2: it has no file_name"),
      (["inspect", "nowhere"], 3, "nowhere/metadata.jsonl"),
      (["inspect", "a", "--count", "0"], 64, "--count must be at least 1."),
      (["inspect", "a", "--output", "sheet.gif"], 64, "expected a name that ends in .png"),
      (["emoji", "--styles", "cubist"], 64, "there is no style \"cubist\""),
      (["emoji", "--styles", ","], 64, "expected at least one style, found none"),
      (["emoji", "--size", "4"], 64, "expected a side of 8 to 512 pixels, found 4"),
      (["emoji", "--sources", "nowhere"], 3, "Unpack unicode-data 15.0.0-1 (debian) there."),
      (["emoji", "--output", "occupied"], 1, "exists and is no data set made by this command"),
    ]
    for (arguments, status, message) in cases {
      let result = try run(arguments)
      #expect(result.status == status && result.output.isEmpty, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(message), "\(arguments): \(result.errors)")
    }
    #expect(try !folder.contents().contains("data"))
  }
}
