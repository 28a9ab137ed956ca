import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Diffusion
@testable import Inkwell

extension ThreadedTests {
  /// The model that enlarges latents: what it is given and told, and what it is refused.
  @Suite struct LatentUpscalerTests {
    let fixture: TaskFixture
    let sd1 = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    init() throws {
      fixture = try TaskFixture()
    }

    private func place() throws -> String {
      try fixture.model("upscale").path(percentEncoded: false)
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, errors: String) {
      let run = try CommandRun(arguments, in: fixture.folder).finish()
      return (run.status, run.errors)
    }

    @Test("the latents of a drawing are enlarged as by diffusers' two pipelines")
    func drawn() throws {
      let reference = try #require(try TaskTests.references("upscale-drawn").first)
      let base = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      let settings = SamplingSettings(steps: 5, guidance: 7.5, sampler: "ddim")
      let small = try base.latents(
        base.batch(
          reference.prompts, seeds: reference.seeds, drawing: Drawing(settings: settings, size: 16))
      )
      let upscaler = try LoadedUpscaler(
        Generate.Upscaler(model: place(), steps: 5), after: base, at: 16, settings)
      var counts: [[Int]] = []
      let large = try upscaler.enlarged(
        small, at: 16, prompts: reference.prompts, seeds: reference.seeds
      ) { counts.append([$0.index, $0.count]) }
      #expect(relativeDistance(large, try fixture.golden["upscale-drawn.latents"]) < 1e-4)
      #expect(try fixture.difference(upscaler.pictures(large), from: "upscale-drawn") <= 1)
      #expect(upscaler.size(of: 16) == 32 && counts == (1...5).map { [$0, 5] })
    }

    @Test("the verbs enlarge as the library does, and their pictures are made again to the byte")
    func commands() throws {
      let upscaler = try place()
      let prompt = "a red apple"
      for (arguments, name, model) in [
        (
          ["enlarge", "picture.png", prompt, "--steps", "5", "--window", "64"], "upscale-euler",
          upscaler
        ),
        (
          [
            "generate", prompt, "--steps", "5", "--sampler", "ddim", "--size", "16", "--upscaler",
            upscaler, "--upscaler-steps", "5",
          ], "upscale-drawn", sd1
        ),
      ] {
        let made = try run(
          arguments + ["--seed", "42", "--quiet", "--model", model, "--output", "\(name).png"])
        #expect(made.status == 0, "\(made.errors)")
        let picture = try Image(contentsOf: fixture.folder.file("\(name).png"))
        #expect(try fixture.difference([picture], from: name) <= 1, "\(name)")
        let again = try run(["regenerate", "\(name).png", "--model", model])
        #expect(again.errors.contains("the same bytes as \(name).png"), "\(again.errors)")
      }
      let record = try Provenance(contentsOf: fixture.folder.file("upscale-drawn.png"))
      #expect(record.files["upscaler/unet/diffusion_pytorch_model.safetensors"]?.count == 64)
      #expect(
        record.request.parameters(files: [:], program: "p")
          .contains("Latent upscaler: \(upscaler)"))
    }

    @Test("a picture of any size is twice as large, and drawn at what the network's halves fit")
    func sizes() throws {
      let model = try StableDiffusionFolder(fixture.model("upscale")).model()
      func sizes(_ width: Int, _ height: Int, _ asked: PictureSize? = nil) throws -> [PictureSize] {
        var start = RedrawStart(
          picture: Image(width: width, height: height, color: .white), strength: 1)
        start.told = .enlargement(Redraw.Enlargement())
        let sizes = try model.sizes(asked, from: start)
        return [sizes.wanted, sizes.drawn]
      }
      let odd = PictureSize(width: 38, height: 46)
      #expect(try sizes(19, 23) == [odd, PictureSize(width: 40, height: 48)])
      #expect(try sizes(19, 23, 64) == [64, PictureSize(width: 40, height: 48)])
      #expect(
        try sizes(8, 9) == [PictureSize(width: 16, height: 18), PictureSize(width: 16, height: 20)])
      try Image(width: 19, height: 23, color: .white).save(to: fixture.folder.file("odd.png"))
      let made = try run([
        "enlarge", "odd.png", "--model", place(), "--steps", "2", "--quiet", "--output", "x.png",
      ])
      #expect(made.status == 0, "\(made.errors)")
      let picture = try Image(contentsOf: fixture.folder.file("x.png"))
      #expect(PictureSize(width: picture.width, height: picture.height) == odd)
    }

    @Test("its settings are few steps without guidance, and the negative prompt counts with it")
    func settings() throws {
      let source = try StableDiffusionFolder(fixture.model("upscale"))
      #expect(try source.settings == SamplingSettings(steps: 20, guidance: 1, sampler: "euler"))
      #expect(source.enlargement == 2)
    }

    @Test("what it cannot enlarge, and what cannot do its work, is refused")
    func refusals() throws {
      let upscaler = try place()
      try Image(width: 16, height: 16, color: .white).save(to: fixture.folder.file("mask.png"))
      try Image(width: 16, height: 16, color: .white).save(to: fixture.folder.file("white.png"))
      let base = ["--model", sd1, "--steps", "2"]
      let generate = ["generate", "a", "--size", "16"] + base
      for (arguments, message) in [
        (
          ["generate", "a", "--model", upscaler],
          "found one for enlarging latents, which `inkwell enlarge` uses"
        ),
        (
          ["edit", "picture.png", "a", "--model", upscaler],
          "expected one for editing by instructions, found one for enlarging latents"
        ),
        (
          ["enlarge", "picture.png", "--model", upscaler, "--noise-level", "3"],
          "expected one for enlarging, found one for enlarging latents"
        ),
        (
          ["enlarge", "picture.png", "--model", upscaler, "--window", "18"],
          "window: expected multiples of 4 from 8 on, found 18"
        ),
        (
          generate + ["--upscaler", sd1],
          "upscaler: expected a model for enlarging latents, found \(sd1), one for drawing, which"
        ),
        (generate + ["--upscaler-steps", "3"], "Give --upscaler too."),
        (
          generate + ["--upscaler", upscaler, "--upscaler-steps", "0"],
          "upscaler steps: expected 1 to 1000, found 0"
        ),
        (
          ["generate", "a", "--model", "inkwell-emoji", "--upscaler", upscaler],
          "upscaler: expected none for a model that is no Stable Diffusion"
        ),
        (
          ["inpaint", "white.png", "mask.png", "a", "--upscaler", upscaler] + base,
          "upscaler: expected none for a picture with a mask or a task of its own"
        ),
        (
          generate + ["--refiner", upscaler],
          "one for enlarging latents, which `inkwell enlarge` uses"
        ),
        (
          generate + ["--upscaler", upscaler, "--max-memory", "1M"],
          "for this model at this size, found a limit of 1 MB"
        ),
      ] {
        let refused = try run(arguments + ["--output", "x.png"])
        #expect(
          refused.status != 0 && refused.errors.contains(message), "\(arguments) \(refused.errors)")
      }
    }

    @Test("a size that does not halve as often as the network does is refused")
    func units() throws {
      let base = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      // The tiny network halves once and its latents are half the picture: pictures of 2 pixels.
      let error = #expect(throws: GenerateError.self) {
        try LoadedUpscaler(
          Generate.Upscaler(model: place()), after: base, at: PictureSize(width: 17, height: 16),
          SamplingSettings())
      }
      #expect(
        error?.description
          == "size: expected multiples of 2 from 4 on, as the upscaler takes them, found 17x16")
    }

    @Test("a folder whose parts do not belong together is refused")
    func folders() throws {
      let folder = try fixture.model("upscale")
      func expect(_ file: String, _ change: (String) -> String, _ reason: String) throws {
        let place = folder.appending(path: file)
        let text = try String(contentsOf: place, encoding: .utf8)
        try Data(change(text).utf8).write(to: place)
        let error = #expect(throws: ModelError.self) { try StableDiffusionFolder(folder).model() }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        try Data(text.utf8).write(to: place)
      }
      try expect(
        "model_index.json",
        { $0.replacing("StableDiffusionLatentUpscalePipeline", with: "StableDiffusionPipeline") },
        "expected StableDiffusionLatentUpscalePipeline with a U-Net of KDownBlock2D, found one")
      try expect(
        "scheduler/scheduler_config.json", { $0.replacing("\"sample\"", with: "\"epsilon\"") },
        "prediction_type: expected sample, found epsilon")
      _ = try StableDiffusionFolder(folder).model()
      let plain = fixture.folder.file("plain")
      try FileManager.default.copyItem(at: StableDiffusionFixture.folder("sd1"), to: plain)
      let index = plain.appending(path: "model_index.json")
      let text = try String(contentsOf: index, encoding: .utf8).replacing(
        "StableDiffusionPipeline", with: "StableDiffusionLatentUpscalePipeline")
      try Data(text.utf8).write(to: index)
      let error = #expect(throws: ModelError.self) { try StableDiffusionFolder(plain).model() }
      #expect(error?.description.contains("found one without the other") == true)
    }

    @Test("a network that is told another vector is refused")
    func told() throws {
      let folder = try fixture.model("upscale")
      let place = folder.appending(path: "unet/config.json")
      let text = try String(contentsOf: place, encoding: .utf8)
      try Data(text.replacing("136", with: "120").utf8).write(to: place)
      let seeds = folder.appending(path: "unet/weights.json")
      let shapes = try String(contentsOf: seeds, encoding: .utf8)
      try Data(shapes.replacing("136", with: "120").utf8).write(to: seeds)
      try SeededWeights(contentsOf: seeds).write(
        to: folder.appending(path: "unet/diffusion_pytorch_model.safetensors"))
      let error = #expect(throws: ModelError.self) { try StableDiffusionFolder(folder).model() }
      #expect(
        error?.description.contains(
          "expected the U-Net to be told a vector of 136 channels, found 120") == true)
    }

    @Test("latents of another model are not enlarged")
    func otherLatents() throws {
      let base = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      let place = try fixture.model("upscale").appending(path: "vae/config.json")
      let text = try String(contentsOf: place, encoding: .utf8)
      try Data(text.replacing("0.18215", with: "0.13025").utf8).write(to: place)
      let error = #expect(throws: ModelError.self) {
        try LoadedUpscaler(
          Generate.Upscaler(model: self.place()), after: base, at: 16, SamplingSettings())
      }
      #expect(
        error?.description.contains("expected latents of 4 channels scaled by 0.18215") == true)
    }

    @Test("the option survives being written and read")
    func coding() throws {
      var options = Generate.Options()
      options.upscaler = Generate.Upscaler(model: "u", steps: 7)
      let request = try Generate.Request(prompts: ["a"], seed: 1, options: options)
      let data = try JSONEncoder().encode(request)
      #expect(try JSONDecoder().decode(Generate.Request.self, from: data) == request)
    }
  }
}
