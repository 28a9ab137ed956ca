import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

extension ThreadedTests {
  /// Sheets of pictures that differ in one or two settings.
  @Suite struct GridTests {
    let folder: TemporaryFolder
    let workshop: Workshop

    init() throws {
      folder = try TinyModel.make()
      workshop = Workshop(library: TinyModel.library(folder))
    }

    private func drawing(
      _ prompt: String = "a red apple", model: String = "tiny",
      _ options: Generate.Options = Generate.Options(steps: 2)
    ) throws -> Generate.Request {
      try Generate.Request(prompts: [prompt], model: model, seed: 7, options: options)
    }

    @Test("the pictures are those that each setting gives alone, in their places")
    func places() async throws {
      let request = try Grid.Request(
        drawing: drawing(), columns: Grid.Axis("steps=1,3"), rows: Grid.Axis("seed=7,8,9"))
      let pictures = PictureBox()
      var sheet: MadePicture<Grid.Request>?
      for try await event in Grid(workshop, onPicture: { pictures.add($0) })(request) {
        switch event {
        case .image(let picture): sheet = picture
        case .step(let step): #expect(step.total == 6 && step.secondsToGo >= 0)
        case .loading, .planned, .cut, .explained, .uncompiled: break
        }
      }
      let made = pictures.all
      #expect(made.map(\.index).sorted() == Array(0..<6))
      let whole = try #require(sheet)
      for picture in made {
        let (steps, seed) = ([1, 3][picture.index % 2], UInt64(7 + picture.index / 2))
        let alone = try await Generate(workshop)(
          Generate.Request(
            prompts: ["a red apple"], model: "tiny", seed: seed,
            options: Generate.Options(steps: steps))
        ).images()
        #expect(picture.image == alone.first?.image)
        #expect(picture.provenance.request == alone.first?.provenance.request)
      }
      // The pictures themselves stand on the sheet, in rows of two.
      let bottom = try #require(made.first { $0.index == 5 }).image
      let (x, y) = (whole.image.width - 20, whole.image.height - 20)
      for row in 0..<16 {
        for column in 0..<16 {
          #expect(whole.image[x + column, y + row] == bottom[column, row])
        }
      }
      let text = whole.provenance.request.parameters(files: [:], program: "p")
      #expect(text.hasSuffix(#", Columns: "steps=1,3", Rows: "seed=7,8,9""#))
    }

    @Test("any setting can differ: names, sizes, texts, and words of the prompts")
    func settings() throws {
      func values(_ axis: String, _ drawing: Generate.Request) throws -> [Generate.Request] {
        try Grid.Request(drawing: drawing, columns: Grid.Axis(axis)).cells
      }
      let plain = try drawing()
      #expect(try values("sampler=euler,heun", plain).map(\.sampler) == ["euler", "heun"])
      #expect(try values("guidance=1,2.5", plain).map(\.guidance) == [1, 2.5])
      #expect(
        try values("size=16,32x16", plain).map(\.size) == [16, PictureSize(width: 32, height: 16)])
      #expect(try values("clip-skip=1,2", plain).map(\.clipSkip) == [1, 2])
      #expect(try values("negative=7,\"a, b\"", plain).map(\.negative) == ["7", "a, b"])
      #expect(try values("prompt=a cat,7", plain).map(\.prompts) == [["a cat"], ["7"]])
      #expect(try values("tile=x,both", plain).map(\.tile) == [.x, .both])
      #expect(try values("model=a,b", plain).map(\.model) == ["a", "b"])
      var options = Generate.Options(negative: "no red")
      options.loras = [.init(path: "a", weight: 1), .init(path: "b", weight: 1)]
      let full = try drawing("red on red", options)
      let replaced = try values("replace=red,blue", full)
      #expect(replaced.map(\.prompts) == [["red on red"], ["blue on blue"]])
      #expect(replaced.map(\.negative) == ["no red", "no blue"])
      let weighted = try values("loras.2.weight=0,0.5", full)
      #expect(weighted.map { $0.loras?.map(\.weight) } == [[1, 0], [1, 0.5]])
      #expect(weighted.allSatisfy { $0.negative == "no red" && $0.seed == 7 })
    }

    @Test("what there is not is named with the nearest, and values that cannot be with what can")
    func refusals() throws {
      func refusal(_ columns: String, rows: String? = nil) throws -> String {
        let error = #expect(throws: (any Error).self) {
          try Grid.Request(
            drawing: drawing(), columns: Grid.Axis(columns), rows: rows.map { try Grid.Axis($0) })
        }
        return error.map { Failure($0) == .request ? "\($0)" : "not a request: \($0)" } ?? ""
      }
      for (axis, text) in [
        ("step=1", "Did you mean steps"), ("steps=a", "steps: expected a whole number, found a"),
        ("steps=1.5", "steps: expected"), ("steps=0", "steps: expected 1 to 1000, found 0"),
        ("guidance=much", "guidance: expected a number, found much"),
        ("tile=z", "tile: expected"), ("sampler=eulr", "euler"), ("replace=cat,dog", "found cat"),
        ("count=2", "expected a setting, found count"),
        ("loras.1.weight=1", "loras.1.weight: expected loras to be there"),
        ("steps", "such as steps=10,20"),
        ("negative=\"a", "closing quotation mark"), ("=1", "such as steps=10,20"),
      ] {
        let found = try refusal(axis)
        #expect(found.contains(text), "\(axis): \(found)")
      }
      #expect(try refusal("seed=1", rows: "seed=2").contains("another setting"))
      #expect(throws: GenerateError.self) { try Grid.Request(drawing: drawing()) }
      #expect(throws: GenerateError.self) {
        try Grid.Request(drawing: drawing(), columns: Grid.Axis("steps", []))
      }
      let two = try Generate.Request(prompts: ["a", "b"])
      #expect(throws: GenerateError.self) {
        try Grid.Request(drawing: two, columns: Grid.Axis("steps=1,2"))
      }
      var options = Generate.Options()
      options.loras = [.init(path: "a")]
      let error = #expect(throws: GridError.self) {
        try drawing("a", options).setting("loras.1.wait", to: "1")
      }
      #expect(error?.description == "loras.1.wait: expected path or weight, found wait")
    }

    @Test("a request survives JSON, and a broken one does not")
    func coding() throws {
      let request = try Grid.Request(
        drawing: drawing(), columns: Grid.Axis("steps=1,2"), rows: Grid.Axis("replace=red,blue"))
      let json = try JSONEncoder().encode(request)
      #expect(try JSONDecoder().decode(Grid.Request.self, from: json) == request)
      let broken = String(decoding: json, as: UTF8.self).replacing(#""1","2""#, with: #""0","2""#)
      #expect(throws: GenerateError.self) {
        try JSONDecoder().decode(Grid.Request.self, from: Data(broken.utf8))
      }
    }

    @Test("the command line writes the sheet and its pictures, and makes the sheet again")
    func command() throws {
      let model = folder.file("models/tiny").path(percentEncoded: false)
      let arguments = [
        "grid", "a red apple", "--model", model, "--seed", "3", "--columns", "steps=1,2", "--rows",
        "replace=red,green", "--output", "grid.png",
      ]
      let run = try CommandRun(arguments + ["--keep", "single"], in: folder).finish()
      #expect(run.status == 0 && run.output == "grid.png\n", "\(run.errors)")
      let single = try Provenance(contentsOf: folder.file("single/2-1.png")).request
      #expect(single.prompts == ["a green apple"] && single.steps == 1 && single.seed == 3)
      let again = try CommandRun(["regenerate", "grid.png", "--model", model], in: folder).finish()
      #expect(again.errors.contains("the same bytes as grid.png"), "\(again.errors)")
      for (flags, text) in [
        (["--count", "2", "--force"], "one picture of one prompt"),
        (["--columns", "stepps=1", "--force"], "Did you mean steps"),
        (["--keep", "single"], "single/1-1.png is there already"),
        (["--max-memory", "6G"], "A sheet is made without --max-memory."),
        (["--live-loras"], "A sheet is made without --live-loras."),
        (["--explain", "why"], "A sheet is made without --explain."),
        (["--preview-decoder", "tiny"], "A sheet is made without --preview-decoder."),
      ] {
        let run = try CommandRun(arguments + flags, in: folder).finish()
        #expect(run.status != 0 && run.errors.contains(text), "\(run.errors)")
      }
      let index = folder.file("models/tiny/scheduler/scheduler_config.json")
      let shifted = try String(contentsOf: index, encoding: .utf8) + " "
      try Data(shifted.utf8).write(to: index)
      let other = try CommandRun(
        ["regenerate", "grid.png", "--model", model, "--force"], in: folder
      ).finish()
      #expect(other.status == 3 && other.errors.contains("scheduler_config.json"))
    }
  }
}

/// Pictures that are told of from another thread.
private final class PictureBox: @unchecked Sendable {
  private let lock = NSLock()
  private var pictures: [GeneratedImage] = []

  func add(_ picture: GeneratedImage) { lock.withLock { pictures.append(picture) } }

  var all: [GeneratedImage] { lock.withLock { pictures } }
}
