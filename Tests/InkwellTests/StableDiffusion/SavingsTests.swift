import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// Less work a step, beside tomesd and DeepCache; `Tests/Golden/step_savings.py` makes the
  /// fixtures.
  @Suite struct SavingsTests {
    let folder: TemporaryFolder
    let golden: Golden
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    init() throws {
      folder = try TemporaryFolder()
      golden = try Golden("savings.safetensors")
    }

    @Test("a seed gives what the references give", arguments: try ReferencePicture.all("savings"))
    func parity(reference: ReferencePicture) throws {
      let scheduler = try reference.configuration(in: folder)
      let name = reference.name.hasPrefix("xl") ? "sdxl" : "sd1"
      let model = try StableDiffusionFixture.model(name, scheduler)
      var drawing = Drawing(
        settings: reference.settings(scheduler), size: reference.size, cache: reference.cache,
        mergedTokens: reference.mergedTokens)
      let control = StableDiffusionFixture.folder("control").path(percentEncoded: false)
      drawing.controls = try (reference.controlScales ?? []).map {
        try model.guide(
          Generate.Control(model: control, picture: try steeringPicture(), scale: $0),
          size: reference.size)
      }
      let latents = try model.latents(
        model.batch(reference.prompts, seeds: reference.seeds, drawing: drawing))
      // Sums of float32 in another order, through five steps guided by 7.5.
      #expect(relativeDistance(latents, try golden["\(reference.name).latents"]) < 1e-5)
    }

    /// The path of the picture that the ControlNet goes by.
    private func steeringPicture() throws -> String {
      let file = folder.file("first.png")
      try StableDiffusionFixture.saveControlPicture("first", to: file)
      return file.path(percentEncoded: false)
    }

    @Test("tokens of odd rows and columns are merged as by tomesd")
    func odd() throws {
      let x = try golden["odd.x"]
      let matching = try #require(
        TokenMerging(share: 0.6, seed: 9).matching(x, rows: 5, columns: 7))
      #expect(matching.merged(x).shape == [2, 14, 6])
      #expect(distance(matching.unmerged(matching.merged(x)), try golden["odd.unmerged"]) < 1e-6)
    }

    private func cached(_ cache: Generate.StepCache?, sampler: String = "ddim") throws -> Tensor {
      let stable = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      let settings = SamplingSettings(steps: 6, guidance: 3, sampler: sampler)
      return try stable.latents(
        stable.batch(
          ["a red apple"], seeds: [5],
          drawing: Drawing(settings: settings, size: stable.nativeSize, cache: cache)))
    }

    @Test("a threshold of nearly nothing computes all, and a large one only what comes first")
    func thresholds() throws {
      let plain = try cached(nil)
      for kept in Generate.StepCache.Kept.allCases {
        #expect(distance(try cached(.init(threshold: 1e-9, kept: kept)), plain) == 0)
        #expect(distance(try cached(.init(interval: 1, kept: kept)), plain) == 0)
        let some = try cached(.init(threshold: 1, kept: kept))
        #expect(distance(some, plain) > 1e-3)
        // The whole network answers twice before its rate is known.
        let few = try cached(.init(threshold: 10, kept: kept))
        let once = try cached(.init(interval: 100, kept: kept))
        #expect((distance(few, once) == 0) == (kept == .deep))
      }
    }

    @Test("Heun's method has the deep features of a timestep once, and is nearer than without")
    func heun() throws {
      let plain = try cached(nil, sampler: "heun")
      let once = distance(try cached(.init(interval: 1), sampler: "heun"), plain)
      let halved = distance(try cached(.init(interval: 2), sampler: "heun"), plain)
      #expect(once > 1e-3 && once < halved)
    }

    private func latents(_ prompts: [String], guidance: Double, end: Double? = nil) throws -> Tensor
    {
      let stable = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      var settings = SamplingSettings(steps: 4, guidance: guidance, sampler: "ddim")
      settings.guidanceEnd = end
      return try stable.latents(
        stable.batch(
          prompts, seeds: prompts.map { _ in 5 },
          drawing: Drawing(settings: settings, size: stable.nativeSize, mergedTokens: 0.5)))
    }

    @Test("merged tokens depend neither on the batch nor on what is guided")
    func batches() throws {
      let prompts = ["a red apple", "the cat", "a dog"]
      for (guidance, end) in [(1.0, nil), (3.0, nil), (3.0, 0.5)] as [(Double, Double?)] {
        let together = try latents(prompts, guidance: guidance, end: end)
        for (index, prompt) in prompts.enumerated() {
          let alone = try latents([prompt], guidance: guidance, end: end)
          let own = together.narrowed(dim: 0, start: index, length: 1)
          #expect(relativeDistance(own, alone) < 1e-4, "\(prompt), \(guidance)")
        }
      }
    }

    @Test("the command line merges tokens, explains beside it, and makes a picture again")
    func command() throws {
      let arguments = ["generate", "a red apple", "--model", model, "--steps", "3"]
      func run(_ more: [String]) throws -> CommandRun.Output {
        try CommandRun(arguments + more, in: folder).finish()
      }
      #expect(try run(["--output", "plain.png"]).status == 0)
      let merged = try run([
        "--merge-tokens", "0.5", "--explain", "words", "--output", "merged.png",
      ])
      #expect(merged.status == 0, "\(merged.errors)")
      let (plain, less) = (
        try Image(contentsOf: folder.file("plain.png")),
        try Image(contentsOf: folder.file("merged.png"))
      )
      #expect(plain != less)
      let again = try CommandRun(
        ["regenerate", "merged.png", "--model", model], in: folder
      ).finish()
      #expect(again.errors.contains("the same bytes as merged.png"), "\(again.errors)")
      for share in ["0", "0.8", "nan"] {
        let refused = try run(["--merge-tokens", share])
        let message = "merge tokens: expected above 0 up to 0.75, found "
        #expect(refused.status != 0 && refused.errors.contains(message), "\(refused.errors)")
      }
    }

    @Test("a picture whose cache decides is the same beside others, and is made again to the byte")
    func decisions() throws {
      let flags = [
        "--model", model, "--steps", "6", "--seed", "3", "--cache-threshold", "1",
        "--cache-order", "1", "--cache-whole",
      ]
      let two = try CommandRun(
        ["generate", "a red apple", "the cat", "--output", "two-{index}.png"] + flags, in: folder
      ).finish()
      #expect(two.status == 0, "\(two.errors)")
      let one = try CommandRun(
        ["generate", "a red apple", "--output", "one.png"] + flags, in: folder
      ).finish()
      #expect(one.status == 0, "\(one.errors)")
      let made = try Provenance(contentsOf: folder.file("one.png")).request
      #expect(made.cache == .init(threshold: 1, order: 1, kept: .whole))
      let first = try Image(contentsOf: folder.file("two-1.png"))
      #expect(try Image(contentsOf: folder.file("one.png")) == first)
      let again = try CommandRun(
        ["regenerate", "two-1.png", "--model", model], in: folder
      ).finish()
      #expect(again.errors.contains("the same bytes as two-1.png"), "\(again.errors)")
    }

    @Test("what a cache cannot do is refused")
    func refusals() throws {
      for (flags, message) in [
        (["--cache-interval", "2", "--cache-threshold", "0.1"], "--cache-threshold, not both."),
        (["--cache-whole"], "Give --cache-interval or --cache-threshold too."),
        (["--cache-depth", "1"], "Give --cache-interval or --cache-threshold too."),
        (["--cache-threshold", "0"], "cache threshold: expected above 0 up to 10.0, found 0.0"),
        (["--cache-threshold", "11"], "cache threshold: expected above 0 up to 10.0, found 11.0"),
        (
          ["--cache-interval", "2", "--cache-whole", "--cache-depth", "1"],
          "cache depth: expected nothing where the whole network is kept, found 1"
        ),
      ] {
        let run = try CommandRun(["generate", "a", "--model", model] + flags, in: folder).finish()
        #expect(run.status != 0 && run.errors.contains(message), "\(run.errors)")
      }
    }
  }
}
