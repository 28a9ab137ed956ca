import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

/// `inkwell sample` as a shell runs it.
@Suite struct SampleCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try PixelModel.write(TinyPixelModel.parts(), to: folder.file("tiny"))
  }

  private func run(_ arguments: [String]) throws -> CommandRun.Output {
    try CommandRun(arguments, in: folder).finish()
  }

  @Test("a line of JSON for each picture, and a picture is made again with the same bytes")
  func pictures() throws {
    let result = try run([
      "sample", "tiny/", "--label", "up", "--label", "1", "--seed", "5", "--json", "--quiet",
    ])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let rows = try result.output.split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(rows.map { $0["label"] as? String } == ["up", "1"])
    #expect(rows.map { $0["file"] as? String } == ["up-5.png", "1-6.png"])
    #expect(rows.allSatisfy { $0["prompt"] == nil })
    let again = try run(["regenerate", "up-5.png", "--model", "tiny/", "--output", "again.png"])
    #expect(again.status == 0 && again.errors.contains("the same bytes as up-5.png"))
  }

  @Test("a sheet has a row for each label, and stands alone without --output")
  func grid() throws {
    let result = try run([
      "sample", "tiny/", "--label", "up", "--label", "1", "--count", "3", "--grid", "sheet.png",
    ])
    #expect(result.status == 0 && result.output == "sheet.png\n", "\(result.errors)")
    let sheet = try Image(contentsOf: folder.file("sheet.png"))
    #expect(sheet.width == 3 * 10 + 2 && sheet.height == 2 * 10 + 2)
    #expect(try folder.contents().filter { $0.hasSuffix(".png") } == ["sheet.png"])
    let exists = try run(["sample", "tiny/", "--grid", "sheet.png"])
    #expect(exists.status == 1 && exists.errors.contains("sheet.png is there already"))
  }

  @Test("a wrong label is wrong usage, and a model that is not there a file that is not sound")
  func refused() throws {
    let label = try run(["sample", "tiny/", "--label", "down"])
    #expect(label.status == 64 && label.errors.contains("expected a class, left, right, up"))
    #expect(try run(["sample", "nowhere/"]).status == 3)
    #expect(try run(["sample", "tiny/", "--grid", "sheet.jpg"]).status == 64)
    #expect(try run(["sample", "tiny/", "--batch", "0"]).status == 64)
  }
}
