import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// Views of a picture from elsewhere, and change maps.
extension ThreadedTests.RedrawTests {
  /// What a region makes of the golden picture.
  private func start(_ region: Redraw.Region) throws -> RedrawStart {
    let request = try Redraw.Request(
      drawing: Generate.Request(prompts: [""], model: model),
      picture: folder.file("picture.png").path(percentEncoded: false), strength: 1,
      region: region)
    return try #require(try request.start())
  }

  @Test("from farther away the picture is smaller, in the middle of a view of its size")
  func zoomOut() throws {
    let start = try start(.zoomedOut(1.5))
    #expect(start.size == PictureSize(width: 24, height: 16))
    let mask = try #require(start.maskPixels)
    #expect(mask.sum().item() == Double(24 * 16 - 16 * 11))
    let inner = try picture("picture").resized(width: 16, height: 11)
    for (x, y) in [(0, 0), (15, 10), (7, 3)] {
      #expect(start.picture[4 + x, 2 + y] == inner[x, y])
      #expect(mask.selected(dim: 3, index: 4 + x).selected(dim: 2, index: 2 + y).item() == 0)
    }
  }

  @Test("where the view moves, what leaves it is lost and what comes into it is drawn")
  func pan() throws {
    let kept = try picture("picture")
    let left = try start(.panned(Redraw.Margins(left: 6, top: 2)))
    #expect(left.size == PictureSize(width: 24, height: 16))
    #expect(left.picture[6, 2] == kept[0, 0] && left.picture[23, 15] == kept[17, 13])
    let right = try start(.panned(Redraw.Margins(right: 6, bottom: 2)))
    #expect(right.picture[0, 0] == kept[6, 2] && right.picture[17, 13] == kept[23, 15])
    for start in [left, right] {
      #expect(start.maskPixels?.sum().item() == Double(24 * 16 - 18 * 14))
    }
    #expect(throws: GenerateError.self) { try start(.panned(Redraw.Margins(left: 24))) }
  }

  @Test("views and change maps that cannot be are refused")
  func viewRefusals() throws {
    let drawing = try Generate.Request(prompts: [""], model: model)
    for region: Redraw.Region in [
      .zoomedOut(1), .zoomedOut(8.1), .zoomedOut(.nan), .panned(Redraw.Margins()),
      .panned(Redraw.Margins(left: 1, right: 1)), .panned(Redraw.Margins(top: -1)),
    ] {
      #expect(throws: GenerateError.self) {
        try Redraw.Request(drawing: drawing, picture: "p", strength: 1, region: region)
      }
    }
    let both =
      #"{"drawing":{"prompts":["a"]},"picture":"p","strength":1,"#
      + #""zoomOut":2,"changeMap":"m"}"#
    #expect(
      throws: GenerateError.value("zoom out", expected: "none beside change map", found: "both")
    ) { try JSONDecoder().decode(Redraw.Request.self, from: Data(both.utf8)) }
    let reference = try #require(
      try ReferencePicture.all("redraw").first { $0.name == "aware-ddim" })
    let (told, settings) = try model(for: reference)
    let start = try start(.changed(folder.file("mask.png").path(percentEncoded: false)))
    #expect(start.isReleased && start.isSoft)
    let error = #expect(throws: GenerateError.self) {
      try told.latents(
        told.batch([""], seeds: [1], drawing: Drawing(settings: settings, size: start.size)),
        from: start)
    }
    #expect(error?.description.contains("for a change map") == true)
  }

  @Test("the verbs for views and change maps draw, and their pictures are made again")
  func viewCommands() throws {
    let common = ["--model", model, "--steps", "3", "--quiet", "--output", "made.png", "--force"]
    for arguments in [
      ["outpaint", "picture.png", "--zoom-out", "1.5"],
      ["outpaint", "picture.png", "--pan", "left=8", "--pan", "top=2"],
      ["inpaint", "picture.png", "mask.png", "--differential"],
    ] {
      let run = try CommandRun(arguments + common, in: folder).finish()
      #expect(run.status == 0, "\(run.errors)")
      let made = try Image(contentsOf: folder.file("made.png"))
      #expect(made.width == 24 && made.height == 16)
      let again = try CommandRun(
        ["regenerate", "made.png", "--model", model, "--force"], in: folder
      ).finish()
      #expect(again.errors.contains("the same bytes as made.png"), "\(again.errors)")
    }
    for (arguments, text) in [
      (["outpaint", "picture.png", "--zoom-out", "2", "--left", "8"], "either"),
      (["outpaint", "picture.png"], "either"),
      (["outpaint", "picture.png", "--pan", "up=8"], "left, right, top or bottom"),
      (["inpaint", "picture.png", "mask.png", "--soft", "--differential"], "either"),
    ] {
      let run = try CommandRun(arguments + common, in: folder).finish()
      #expect(run.status == 64 && run.errors.contains(text), "\(run.errors)")
    }
  }
}
