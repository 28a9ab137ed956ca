import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Models that see a picture, beside diffusers' own results from the same seeds.
  @Suite struct TaskTests {
    let fixture: TaskFixture

    init() throws {
      fixture = try TaskFixture()
    }

    static func references(_ prefixes: String...) throws -> [ReferencePicture] {
      try ReferencePicture.all("tasks").filter { reference in
        prefixes.contains { reference.name.hasPrefix($0) }
      }
    }

    /// What a reference began with.
    private func start(_ reference: ReferencePicture) throws -> RedrawStart {
      var start = RedrawStart(
        picture: try fixture.picture("picture"), strength: reference.strength ?? 1)
      if let guidance = reference.pictureGuidance {
        start.told = .instruction(pictureGuidance: guidance)
      } else if let level = reference.noiseLevel {
        start.told = .enlargement(Redraw.Enlargement(noiseLevel: level))
      } else if reference.name.hasPrefix("upscale") {
        start.told = .enlargement(Redraw.Enlargement())
      } else if reference.name.hasPrefix("depth") {
        start.told = .depth(try fixture.picture("depth"))
      }
      return start
    }

    @Test(
      "a seed gives what diffusers' pipelines give of the same picture",
      arguments: try references(
        "edit", "depth", "enlarge", "upscale-euler", "upscale-karras", "refiner-alone"))
    func parity(reference: ReferencePicture) throws {
      let names = ["edit-xl", "edit-cos", "edit", "depth", "enlarge", "upscale", "refiner"]
      let name = try #require(names.first { reference.name.hasPrefix($0) })
      let (model, settings) = try fixture.model(name, for: reference)
      let start = try start(reference)
      let size = try model.sizes(nil, from: start).drawn
      let latents = try model.latents(
        model.batch(
          reference.prompts, seeds: reference.seeds,
          drawing: Drawing(settings: settings, size: size)), from: start)
      #expect(
        relativeDistance(latents, try fixture.golden["\(reference.name).latents"]) < 1e-4)
      #expect(try fixture.difference(model.pictures(latents), from: reference.name) <= 1)
    }

    @Test("the verbs draw as the library does, and their pictures are made again to the byte")
    func commands() throws {
      let common = ["--seed", "42", "--steps", "5", "--quiet", "--model"]
      let prompt = "a red apple"
      for (arguments, name, model) in [
        (
          ["edit", "picture.png", prompt, "--guidance", "3", "--picture-guidance", "2"],
          "edit-euler-ancestral", "edit"
        ),
        (
          ["enlarge", "picture.png", prompt, "--window", "64"], "enlarge-ddim", "enlarge"
        ),
        (
          [
            "vary", "picture.png", prompt, "--sampler", "ddim", "--depth", "depth.png",
          ], "depth-ddim", "depth"
        ),
      ] {
        let place = try fixture.model(model).path(percentEncoded: false)
        let run = try CommandRun(
          arguments + common + [place, "--output", "\(name).png"], in: fixture.folder
        ).finish()
        #expect(run.status == 0, "\(run.errors)")
        let made = try Image(contentsOf: fixture.folder.file("\(name).png"))
        #expect(try fixture.difference([made], from: name) <= 1, "\(name)")
        let again = try CommandRun(
          ["regenerate", "\(name).png", "--model", place], in: fixture.folder
        ).finish()
        #expect(again.errors.contains("the same bytes as \(name).png"), "\(again.errors)")
      }
      let files = try PictureProvenance<Redraw.Request>(
        contentsOf: fixture.folder.file("depth-ddim.png")
      ).files
      #expect(files["depth"]?.count == 64 && files["picture"]?.count == 64)
    }

    @Test("a model for another task says which verb it is for")
    func otherTasks() async throws {
      let sd1 = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)
      func path(_ name: String) throws -> String {
        try fixture.model(name).path(percentEncoded: false)
      }
      for (arguments, model, message) in [
        (["edit", "picture.png", "a"], sd1, "editing by instructions, found one for drawing"),
        (
          ["generate", "a"], try path("edit"),
          "found one for editing by instructions, which `inkwell edit` uses"
        ),
        (["generate", "a"], try path("enlarge"), "which `inkwell enlarge` uses"),
        (
          ["generate", "a"], try path("refiner"),
          "found one for refining, which `inkwell generate --refiner` uses"
        ),
        (["vary", "picture.png", "a"], try path("depth"), "which `inkwell vary --depth` uses"),
        (
          ["vary", "picture.png", "a", "--depth", "depth.png"], sd1,
          "expected one for drawing after depths"
        ),
        (
          ["enlarge", "picture.png", "--noise-level", "3"], sd1, "expected one for enlarging, found"
        ),
        (
          ["enlarge", "picture.png"], "inkwell-emoji",
          "enlargement: expected none for a model of one size"
        ),
      ] {
        let run = try CommandRun(
          arguments + ["--model", model, "--steps", "2", "--output", "x.png"], in: fixture.folder
        ).finish()
        #expect(run.status != 0 && run.errors.contains(message), "\(arguments) \(run.errors)")
      }
    }

    @Test("what cannot be told is refused")
    func refusals() throws {
      let enlarge = try fixture.model("enlarge").path(percentEncoded: false)
      let depth = try fixture.model("depth").path(percentEncoded: false)
      try Image(width: 24, height: 16, color: .black).save(to: fixture.folder.file("flat.png"))
      for (arguments, message) in [
        (
          ["enlarge", "picture.png", "--model", enlarge, "--noise-level", "61"],
          "noise level: expected 0 to 60, found 61"
        ),
        (
          ["enlarge", "picture.png", "--model", enlarge, "--noise-level=-1"],
          "noise level: expected 0 to 999, found -1"
        ),
        (
          ["enlarge", "picture.png", "--model", enlarge, "--to", "9"],
          "size: expected a factor above 1 up to 8, found 9.0"
        ),
        (
          ["enlarge", "picture.png", "--model", enlarge, "--to", "bigger"],
          "expected a size such as 1024x768 or a factor"
        ),
        (
          ["enlarge", "picture.png", "--model", enlarge, "--to", "2", "--size", "64"],
          "Give either --to or --size."
        ),
        (
          ["enlarge", "picture.png", "--model", enlarge, "--window", "33"],
          "window: expected multiples of 2, found 33"
        ),
        (
          ["enlarge", "picture.png", "--model", enlarge, "--window", "8"],
          "window: expected 16 to 8192, found 8"
        ),
        (
          ["edit", "picture.png", "a", "--picture-guidance", "101"],
          "picture guidance: expected 0.0 to 100.0, found 101.0"
        ),
        (
          ["vary", "picture.png", "a", "--model", depth, "--depth", "flat.png"],
          "depth: expected a picture of several depths, found one of a single colour"
        ),
        (["generate", "a", "--window", "64"], "window: expected none for a model of one size"),
      ] {
        let run = try CommandRun(
          arguments + ["--steps", "2", "--output", "x.png"], in: fixture.folder
        ).finish()
        #expect(run.status != 0 && run.errors.contains(message), "\(arguments) \(run.errors)")
      }
      let place = try fixture.model("enlarge")
      try FileManager.default.removeItem(at: place.appending(path: "low_res_scheduler"))
      #expect(
        throws: ModelError.incomplete(
          folder: place.path(percentEncoded: false),
          missing: ["low_res_scheduler/scheduler_config.json"])
      ) { try StableDiffusionFolder(place) }
    }

    @Test(
      "a network that enlarges in a pipeline that does not is refused, and the other way around")
    func mixedFolders() throws {
      let place = try fixture.model("enlarge")
      let plain = StableDiffusionFixture.folder("sd1/model_index.json")
      try Data(contentsOf: plain).write(to: place.appending(path: "model_index.json"))
      let error = #expect(throws: ModelError.self) { try StableDiffusionFolder(place).model() }
      #expect(error?.description.contains("low_res_scheduler") == true)
    }

    @Test("a request survives being written and read, and several tasks at once do not")
    func coding() throws {
      let drawing = try Generate.Request(prompts: ["a"], seed: 3)
      for conditioning: Redraw.Conditioning in [
        .instruction(pictureGuidance: 2), .depth("d.png"),
        .enlargement(Redraw.Enlargement(to: .times(1.5), noiseLevel: 7)),
        .enlargement(Redraw.Enlargement(to: .size(PictureSize(width: 64, height: 48)))),
      ] {
        let request = try Redraw.Request(
          drawing: drawing, picture: "p.png", strength: 0.5, conditioning: conditioning)
        #expect(request.conditioning == conditioning)
        let data = try JSONEncoder().encode(request)
        #expect(try JSONDecoder().decode(Redraw.Request.self, from: data) == request)
        for other in [#""mask":"m.png""#, #""depth":"e.png","pictureGuidance":1"#] {
          let text = "{\(other)," + String(decoding: data, as: UTF8.self).dropFirst()
          let error = #expect(throws: GenerateError.self) {
            try JSONDecoder().decode(Redraw.Request.self, from: Data(text.utf8))
          }
          #expect(error?.description.contains("none beside") == true)
        }
      }
      #expect(throws: GenerateError.self) {
        try Redraw.Request(
          drawing: drawing, picture: "p", conditioning: .instruction(pictureGuidance: -1))
      }
      #expect(
        try Redraw.Request(
          drawing: drawing, picture: "p", conditioning: .instruction(pictureGuidance: 1.5)
        ).parameters(files: [:], program: "p").hasSuffix(", Image CFG scale: 1.5"))
    }

    @Test("a size or a factor is read, and what it makes of a picture")
    func targets() throws {
      #expect(PictureTarget("1.5") == .times(1.5) && PictureTarget("2") == .times(2))
      #expect(PictureTarget("1024") == .size(1024))
      #expect(PictureTarget("640x384") == .size(PictureSize(width: 640, height: 384)))
      for text in ["", "x", "nan", "1.5x", "640x", "17.5"] { #expect(PictureTarget(text) == nil) }
      let size = PictureSize(width: 501, height: 20)
      #expect(
        PictureTarget.times(1.5).size(of: size, unit: 8) == PictureSize(width: 752, height: 32))
      #expect(
        PictureTarget.times(4).size(of: size, unit: 1) == PictureSize(width: 2004, height: 80))
      #expect(PictureTarget.size(64).size(of: size, unit: 8) == 64)
      for factor in [1, 0.5, 8.5, .infinity, .nan] {
        #expect(throws: GenerateError.self) { try PictureTarget.times(factor).validate() }
      }
      #expect(throws: GenerateError.self) { try PictureTarget.size(8).validate() }
    }
  }
}
