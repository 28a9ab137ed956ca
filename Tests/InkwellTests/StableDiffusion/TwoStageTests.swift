import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Diffusion
@testable import Inkwell

extension ThreadedTests {
  /// Pictures that are begun by one model or at one size, and finished by another or at another.
  @Suite struct TwoStageTests {
    let fixture: TaskFixture
    let sd1 = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)
    let sdxl = StableDiffusionFixture.folder("sdxl").path(percentEncoded: false)

    init() throws {
      fixture = try TaskFixture()
    }

    private func refiner() throws -> String {
      try fixture.model("refiner").path(percentEncoded: false)
    }

    /// The model of a folder with the scheduler of a reference.
    private func model(
      _ name: String, for reference: ReferencePicture
    ) throws -> (StableDiffusionModel, SamplingSettings) {
      let scheduler = try reference.configuration(in: fixture.folder)
      return (try StableDiffusionFixture.model(name, scheduler), reference.settings(scheduler))
    }

    @Test("a prompt that changes goes on counting in the part that another model draws")
    func changingPrompts() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      var settings = SamplingSettings(steps: 4, guidance: 3, sampler: "ddim")
      settings.syntax = .a1111
      let parts = try model.plan(settings).split(at: 500)
      let late = try #require(parts.late)
      #expect(late.stepsBefore == 2)
      let x = NoiseSource(seeds: [3]).normal([4, 8, 8])
      func estimate(_ prompt: String) throws -> Tensor {
        let drawing = Drawing(settings: settings, size: 16)
        let batch = try model.batch([prompt], seeds: [3], drawing: drawing)
        let denoiser = try model.denoiser(batch, plan: late, extra: nil)
        return try withoutGradients { try denoiser(x, at: late.levels[0]) }
      }
      let (first, second) = (try estimate("red"), try estimate("blue apple"))
      #expect(relativeDistance(first, second) > 1e-3)
      #expect(distance(try estimate("[red:blue apple:2]"), second) < 1e-6)
      #expect(distance(try estimate("[red:blue apple:3]"), first) < 1e-6)
    }

    @Test("guidance for a part is for a part of the whole run, not of what another model draws")
    func guidedPart() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      var settings = SamplingSettings(steps: 4, guidance: 3, sampler: "ddim")
      let late = try #require(try model.plan(settings).split(at: 500).late)
      let x = NoiseSource(seeds: [3]).normal([4, 8, 8])
      func estimate(_ step: Int) throws -> Tensor {
        let batch = try model.batch(
          ["red"], seeds: [3], drawing: Drawing(settings: settings, size: 16))
        let denoiser = try model.denoiser(batch, plan: late, extra: nil)
        return try withoutGradients { try denoiser(x, at: late.levels[step]) }
      }
      let guided = try [estimate(0), estimate(1)]
      settings.guidanceEnd = 0.75
      let part = try [estimate(0), estimate(1)]
      settings.guidance = 1
      let plain = try [estimate(0), estimate(1)]
      #expect(distance(part[0], guided[0]) == 0 && relativeDistance(part[0], plain[0]) > 1e-2)
      #expect(distance(part[1], plain[1]) < 1e-6 && relativeDistance(part[1], guided[1]) > 1e-4)
    }

    @Test(
      "the refiner takes over the latents where diffusers' pipeline does",
      arguments: try TaskTests.references("refiner-from"))
    func refining(reference: ReferencePicture) throws {
      let (model, settings) = try model("sdxl", for: reference)
      let from = try #require(reference.refinedFrom)
      let refiner = try LoadedRefiner(
        Generate.Refiner(model: refiner(), from: from), after: model, settings)
      var batch = try model.batch(
        reference.prompts, seeds: reference.seeds,
        drawing: Drawing(settings: settings, size: reference.size))
      batch.refinement = try refiner.refinement(of: reference.prompts, seeds: reference.seeds)
      var counts: [[Int]] = []
      let latents = try model.latents(batch) { counts.append([$0.index, $0.count]) }
      #expect(
        relativeDistance(latents, try fixture.golden["\(reference.name).latents"]) < 1e-4)
      #expect(try fixture.difference(model.pictures(latents), from: reference.name) <= 1)
      #expect(counts == (1...reference.steps).map { [$0, reference.steps] })
    }

    @Test(
      "enlarged latents are drawn again as by diffusers' two pipelines",
      arguments: try TaskTests.references("hires"))
    func hires(reference: ReferencePicture) throws {
      let (model, settings) = try model("sd1", for: reference)
      var drawing = Drawing(settings: settings, size: reference.size)
      drawing.second = Drawing.SecondPass(
        size: PictureSize(width: 32, height: 24), strength: try #require(reference.strength))
      var counts: [[Int]] = []
      let latents = try model.latents(
        model.batch(reference.prompts, seeds: reference.seeds, drawing: drawing)
      ) { counts.append([$0.index, $0.count]) }
      #expect(
        relativeDistance(latents, try fixture.golden["\(reference.name).latents"]) < 1e-4)
      #expect(try fixture.difference(model.pictures(latents), from: reference.name) <= 1)
      let steps = reference.steps + Int(Double(reference.steps) * (reference.strength ?? 0))
      #expect(counts == (1...steps).map { [$0, steps] })
    }

    @Test("a run is split at a timestep, and nothing is lost")
    func split() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      for sampler in ["ddim", "euler", "dpmpp-2m"] {
        let plan = try model.plan(SamplingSettings(steps: 10, sampler: sampler))
        let (early, late) = plan.split(at: 200)
        let (first, second) = (try #require(early), try #require(late))
        #expect(first.levels.dropLast() + second.levels == plan.levels)
        #expect(first.levels.last == second.levels.first)
        func timestep(_ level: NoiseLevel) -> Double {
          plan.schedule.timestep(at: plan.schedule.path.level(level))
        }
        #expect(first.levels.dropLast().allSatisfy { timestep($0) >= 200 })
        #expect(second.levels.dropLast().allSatisfy { timestep($0) < 200 })
        #expect(plan.split(at: 1000).early == nil && plan.split(at: 1000).late?.count == 10)
        #expect(plan.split(at: 0).late == nil && plan.split(at: 0).early?.count == 10)
      }
    }

    @Test("the command line draws in two stages, and makes the picture again to the byte")
    func commands() throws {
      let refiner = try refiner()
      for (arguments, model, name, reference) in [
        (
          [
            "--sampler", "ddim", "--steps", "10", "--guidance", "5", "--size", "24x16",
            "--refiner", refiner,
          ], sdxl, "refined", "refiner-from-ddim"
        ),
        (
          [
            "--sampler", "ddim", "--steps", "5", "--size", "16", "--hires", "32x24",
            "--hires-strength", "0.6",
          ], sd1, "large", "hires-ddim"
        ),
        (
          [
            "--steps", "4", "--size", "16", "--hires", "1.5", "--hires-pixels", "--window", "16",
          ], sd1, "pixels", nil
        ),
      ] as [([String], String, String, String?)] {
        let run = try CommandRun(
          ["generate", "a red apple", "--seed", "42", "--model", model, "--quiet"] + arguments
            + ["--output", "\(name).png"], in: fixture.folder
        ).finish()
        #expect(run.status == 0, "\(run.errors)")
        let made = try Image(contentsOf: fixture.folder.file("\(name).png"))
        if let reference {
          #expect(try fixture.difference([made], from: reference) <= 1, "\(name)")
        }
        if reference == nil { #expect(made.width == 24 && made.height == 24) }
        let again = try CommandRun(
          ["regenerate", "\(name).png", "--model", model], in: fixture.folder
        ).finish()
        #expect(again.errors.contains("the same bytes as \(name).png"), "\(again.errors)")
      }
      let refined = try Provenance(contentsOf: fixture.folder.file("refined.png"))
      #expect(refined.files["refiner/unet/diffusion_pytorch_model.safetensors"]?.count == 64)
      let text = try Provenance(contentsOf: fixture.folder.file("large.png")).request
        .parameters(files: [:], program: "p")
      #expect(
        text.contains("Denoising strength: 0.6, Hires resize: 32x24, Hires upscaler: Latent"))
    }

    @Test("what cannot be finished is refused")
    func refusals() throws {
      let refiner = try refiner()
      try Image(width: 24, height: 16, color: .white).save(to: fixture.folder.file("mask.png"))
      let edit = try fixture.model("edit").path(percentEncoded: false)
      let emoji = ["--model", "inkwell-emoji"]
      let (small, large) = (["--model", sd1], ["--model", sdxl])
      for (arguments, message) in [
        (["generate", "a", "--hires-strength", "0.5"] + small, "Give --hires too."),
        (["generate", "a", "--refine-from", "0.5"] + small, "Give --refiner too."),
        (
          ["generate", "a", "--hires", "2", "--hires-strength", "0"] + small,
          "hires strength: expected above 0 up to 1, found 0.0"
        ),
        (
          ["generate", "a", "--refiner", refiner, "--refine-from", "1"] + large,
          "refine from: expected above 0 and below 1, found 1.0"
        ),
        (
          ["generate", "a", "--refiner", refiner, "--refine-from", "0.9995"] + large,
          "refine from: expected a share of the run after which a step is left, found 0.9995"
        ),
        (
          ["generate", "a", "--hires", "2"] + emoji, "hires: expected none for a model of one size"
        ),
        (
          ["generate", "a", "--refiner", refiner] + emoji,
          "refiner: expected none for a model that is no Stable Diffusion"
        ),
        (
          ["generate", "a", "--refiner", edit] + small,
          "one for editing by instructions, which `inkwell edit` uses"
        ),
        (
          ["inpaint", "picture.png", "mask.png", "a", "--hires", "2"] + small,
          "hires: expected none for a picture with a mask or a task of its own"
        ),
        (
          ["edit", "picture.png", "a", "--refiner", refiner, "--model", edit],
          "refiner: expected none for a picture with a mask or a task of its own"
        ),
        (["generate", "a", "--hires", "33x32"] + small, "size: expected multiples of 2"),
      ] {
        let run = try CommandRun(
          arguments + ["--steps", "2", "--output", "x.png"], in: fixture.folder
        ).finish()
        #expect(run.status != 0 && run.errors.contains(message), "\(arguments) \(run.errors)")
      }
    }

    @Test("a refiner of other latents is refused")
    func otherLatents() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      let place = try fixture.model("refiner").appending(path: "vae/config.json")
      let text = String(decoding: try Data(contentsOf: place), as: UTF8.self)
      try Data(text.replacing("0.18215", with: "0.13025").utf8).write(to: place)
      let error = try #require(
        #expect(throws: ModelError.self) {
          try LoadedRefiner(
            Generate.Refiner(model: refiner()), after: model, SamplingSettings())
        })
      #expect(error.description.contains("expected latents of 4 channels scaled by 0.18215"))
    }

    @Test("the options survive being written and read")
    func coding() throws {
      var options = Generate.Options()
      options.hires = Generate.SecondPass(to: .times(1.5), strength: 0.4, enlarging: .pixels)
      options.refiner = Generate.Refiner(model: "r", from: 0.7)
      options.window = PictureSize(width: 512, height: 768)
      let request = try Generate.Request(prompts: ["a"], seed: 1, options: options)
      let data = try JSONEncoder().encode(request)
      #expect(try JSONDecoder().decode(Generate.Request.self, from: data) == request)
    }
  }
}
