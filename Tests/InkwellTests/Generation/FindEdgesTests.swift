import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite struct FindEdgesTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    var picture = Image(width: 24, height: 16, color: .white)
    picture.draw(Image(width: 10, height: 9, color: .black), x: 5, y: 4)
    try picture.save(to: folder.file("photo.png"))
  }

  @Test("the command writes what the library finds, at the size that is asked for")
  func command() throws {
    let run = try CommandRun(["edges", "photo.png"], in: folder).finish()
    #expect(run.status == 0, "\(run.errors)")
    let found = try Image(contentsOf: folder.file("edges.png"))
    let picture = try Image(contentsOf: folder.file("photo.png"))
    #expect(found == picture.edges())
    #expect(found.pixels.contains(255))
    let large = try CommandRun(
      [
        "edges", "photo.png", "--size", "48x32", "--low", "50", "--high", "60", "--output", "b.png",
      ],
      in: folder
    ).finish()
    #expect(large.status == 0, "\(large.errors)")
    #expect(
      try Image(contentsOf: folder.file("b.png"))
        == picture.resized(width: 48, height: 32).edges(low: 50, high: 60))
    let again = try CommandRun(["edges", "photo.png"], in: folder).finish()
    #expect(again.status != 0 && again.errors.contains("edges.png"), "\(again.errors)")
  }

  @Test(
    "thresholds and sizes that cannot be are refused",
    arguments: [
      (-1, 200, nil, "low: expected 0 to 200, found -1"),
      (201, 200, nil, "low: expected 0 to 200, found 201"),
      (100, 2041, nil, "high: expected 0 to 2040, found 2041"),
      (100, 200, 8, "size: "),
    ] as [(Int, Int, Int?, String)])
  func refusals(low: Int, high: Int, side: Int?, message: String) throws {
    let task = FindEdges(
      picture: folder.file("photo.png").path(percentEncoded: false),
      size: side.map { PictureSize(square: $0) }, low: low, high: high)
    let error = #expect(throws: GenerateError.self) { try task(writing: folder.file("x.png")) }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    #expect(try !folder.contents().contains("x.png"))
  }
}
