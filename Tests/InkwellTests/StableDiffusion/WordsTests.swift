import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch

@testable import Diffusion
@testable import Inkwell

extension ThreadedTests {
  /// Prompts that change, meet or mix, tiles and change maps, beside diffusers' networks;
  /// `Tests/Golden/stable_diffusion_words.py` makes the fixtures.
  @Suite struct WordsTests {
    let folder: TemporaryFolder
    let golden: Golden
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    /// The cases whose prompts have signs.
    private static let signed = ["change", "alternate", "negative", "and", "xl-and"]

    init() throws {
      folder = try TemporaryFolder()
      golden = try Golden("words.safetensors")
    }

    private func loaded(
      for reference: ReferencePicture
    ) throws -> (model: StableDiffusionModel, settings: SamplingSettings) {
      let scheduler = try reference.configuration(in: folder)
      var options = Generate.Options()
      options.tile = reference.tile
      let additions = try ModelAdditions(Generate.Request(prompts: [""], options: options))
      let name = reference.name.hasPrefix("xl") ? "sdxl" : "sd1"
      let source = try StableDiffusionFolder(StableDiffusionFixture.folder(name))
      let own = try source.model(additions)
      let model = StableDiffusionModel(
        unet: own.unet, autoencoder: own.autoencoder, text: own.text, scheduler: scheduler,
        wrapping: own.wrapping)
      var settings = reference.settings(scheduler)
      settings.syntax = Self.signed.contains(reference.name) ? .a1111 : nil
      return (model, settings)
    }

    @Test("a seed gives what the networks give", arguments: try ReferencePicture.all("words"))
    func parity(reference: ReferencePicture) throws {
      let (model, settings) = try loaded(for: reference)
      var batch = try model.batch(
        reference.prompts, seeds: reference.seeds,
        drawing: Drawing(settings: settings, size: reference.size, cache: reference.cache))
      let blends = try (reference.blends ?? []).map {
        (prompt: try model.encode($0.prompt, as: .prompt, settings).prompt, weight: $0.weight)
      }
      batch.prompts = try batch.prompts.map {
        try model.blended($0, with: blends, by: reference.blending ?? .linear)
      }
      let latents =
        try reference.strength.map { try model.latents(batch, from: start($0)) }
        ?? model.latents(batch)
      let off = relativeDistance(latents, try golden["\(reference.name).latents"])
      #expect(off < 1e-4)
      guard reference.tile != nil else { return }
      let decoded = withoutGradients {
        model.autoencoder.decode(model.autoencoder.unscaled(latents))
      }
      #expect(relativeDistance(decoded, try golden["\(reference.name).decoded"]) < 1e-4)
    }

    /// The picture and the change map of the golden script.
    private func start(_ strength: Double) throws -> RedrawStart {
      func image(_ name: String) throws -> Image {
        let found = try golden[name]
        let pixels = found.rank == 2 ? found.unsqueezed(-1).expanded(-1, -1, 3) : found
        return try Image(
          width: found.shape[1], height: found.shape[0], channels: .rgb,
          pixels: pixels.contiguous().values(as: UInt8.self))
      }
      return RedrawStart(
        picture: try image("picture"), mask: try image("change"), strength: strength, isSoft: true,
        isReleased: true)
    }

    /// The latents of prompts in the web UI's syntax, each from the seed 5.
    private func latents(_ prompts: [String], _ guidance: Double = 3) throws -> Tensor {
      let stable = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      var settings = SamplingSettings(steps: 4, guidance: guidance, sampler: "ddim")
      settings.syntax = .a1111
      return try stable.latents(
        stable.batch(
          prompts, seeds: prompts.map { _ in 5 },
          drawing: Drawing(settings: settings, size: stable.nativeSize)))
    }

    @Test("in a batch, each picture follows its own prompts, as many as it has, in its own steps")
    func batches() throws {
      let prompts = [
        "a [red:green:2] apple", "the cat", "a red apple AND the cat :0.5 AND a dog :-1",
        "[a|the] cat AND a red apple",
      ]
      let together = try latents(prompts)
      for (index, prompt) in prompts.enumerated() {
        let alone = try latents([prompt])
        let own = together.narrowed(dim: 0, start: index, length: 1)
        #expect(relativeDistance(own, alone) < 1e-4, "\(prompt)")
      }
      #expect(
        distance(together.selected(dim: 0, index: 0), together.selected(dim: 0, index: 1)) > 0.01)
    }

    @Test("a prompt of weight 0 is not followed, and two halves are one", arguments: [1.0, 3.0])
    func weights(guidance: Double) throws {
      let alone = try latents(["a red apple"], guidance)
      for prompt in ["a red apple AND the cat :0", "a red apple :0.5 AND a red apple :0.5"] {
        #expect(relativeDistance(try latents([prompt], guidance), alone) < 1e-4, "\(prompt)")
      }
      #expect(relativeDistance(try latents(["a red apple :0.9"], guidance), alone) > 1e-3)
    }

    @Test("a prompt that changes is encoded once a text, and in a shorter run it changes as well")
    func spans() throws {
      var texts: [String] = []
      let states = StableDiffusionPrompt(states: .zeros([1, 77, 8]), pooled: nil)
      let prompt = try ChangingPrompt("[a|b] c AND d :2", as: .prompt, steps: 5) {
        texts.append($0)
        return states
      }
      #expect(texts.map { $0.trimmingCharacters(in: .whitespaces) } == ["a c", "d", "b c"])
      #expect((1...7).map { prompt.variant(at: $0) } == [0, 1, 0, 1, 0, 1, 1])
      #expect(prompt.variants.map { $0.map(\.weight) } == [[1, 2], [1, 2]])
      #expect(prompt.constant == nil && ChangingPrompt(states).constant != nil)
      let negative = try ChangingPrompt("a AND b", as: .negative, steps: 5) { _ in states }
      #expect(negative.variants.count == 1 && negative.variants[0].count == 1)
      #expect(throws: PromptError.self) {
        try ChangingPrompt(String(repeating: "[", count: 200), as: .prompt, steps: 5) { _ in states
        }
      }
    }

    private func image(
      _ prompt: String, _ change: (inout Generate.Options) -> Void
    ) async throws -> MadePicture<Generate.Request> {
      var options = Generate.Options(steps: 3, size: PictureSize(width: 24, height: 16))
      change(&options)
      let request = try Generate.Request(prompts: [prompt], model: model, seed: 7, options: options)
      return try #require(try await Generate()(request).images().first)
    }

    @Test("a blend of weight 1 is the other prompt, one of itself the prompt, and both are noted")
    func blends() async throws {
      let (red, cat) = (
        try await image("a red apple") { _ in }, try await image("the cat") { _ in }
      )
      for blending in Generate.Blending.allCases {
        let other = try await image("a red apple") {
          $0.blends = [.init(prompt: "the cat", weight: 1)]
          $0.blending = blending
        }
        #expect(other.image == cat.image)
        #expect(other.provenance.request.blends == [.init(prompt: "the cat", weight: 1)])
        #expect(other.provenance.request.blending == blending)
        let own = try await image("a red apple") {
          $0.blends = [.init(prompt: "a red apple", weight: 0.5)]
          $0.blending = blending
        }
        #expect(own.image == red.image)
      }
    }

    @Test("along an arc the length stays, and between vectors of one direction it is the line")
    func arcs() {
      let (a, b) = (
        Tensor([3, 0, 1, 0] as [Float], shape: [1, 2, 2]),
        Tensor([0, 3, 2, 0] as [Float], shape: [1, 2, 2])
      )
      let found = slerp(a, b, 0.25).values(as: Double.self)
      let angle = Double.pi / 8
      for (value, expected) in zip(found, [3 * cos(angle), 3 * sin(angle), 1.25, 0]) {
        #expect(abs(value - expected) < 1e-6)
      }
    }

    @Test("what cannot be mixed is refused")
    func blendRefusals() async throws {
      typealias Change = (inout Generate.Options) -> Void
      for (prompt, change, text) in [
        ("a", { $0.blends = [.init(prompt: "b", weight: 0)] }, "above 0 up to 1"),
        (
          "a",
          { $0.blends = [.init(prompt: "b", weight: 0.7), .init(prompt: "c", weight: 0.7)] },
          "1 together or less"
        ),
        ("a", { $0.blending = .linear }, "a prompt to mix with"),
        (
          "a",
          {
            $0.blends = [.init(prompt: "b", weight: 0.2), .init(prompt: "c", weight: 0.2)]
            $0.blending = .slerp
          }, "one prompt to mix with by slerp"
        ),
        (
          "a [b|c]",
          {
            $0.blends = [.init(prompt: "b")]
            $0.syntax = .a1111
          }, "the same in all steps"
        ),
        (
          "a BREAK b",
          {
            $0.blends = [.init(prompt: "b")]
            $0.syntax = .a1111
          }, "154 and 77"
        ),
      ] as [(String, Change, String)] {
        let error = await #expect(throws: GenerateError.self) {
          _ = try await image(prompt, change)
        }
        #expect(error?.description.contains(text) == true, "\(error?.description ?? "none")")
      }
      for change in [{ $0.blends = [.init(prompt: "b")] }, { $0.tile = .both }] as [Change] {
        var options = Generate.Options(steps: 1)
        change(&options)
        let request = try Generate.Request(prompts: ["a"], options: options)
        await #expect(throws: GenerateError.self) { _ = try await Generate()(request).images() }
      }
    }

    @Test("the command line knows them, and their pictures are made again to the byte")
    func command() throws {
      for (name, arguments) in [
        ("and", ["a [red:green:2] apple AND the cat :0.5", "--syntax", "a1111"]),
        ("blend", ["a red apple", "--blend", "the cat=0.4", "--blending", "slerp"]),
        ("tile", ["a red apple", "--tile", "x"]),
      ] {
        let run = try CommandRun(
          ["generate", "--model", model, "--steps", "3", "--output", "\(name).png"] + arguments,
          in: folder
        ).finish()
        #expect(run.status == 0, "\(run.errors)")
        let again = try CommandRun(
          ["regenerate", "\(name).png", "--model", model], in: folder
        ).finish()
        #expect(again.errors.contains("the same bytes as \(name).png"), "\(again.errors)")
      }
      for flags in [["--tile", "z"], ["--blending", "round"]] {
        let run = try CommandRun(["generate", "a", "--model", model] + flags, in: folder).finish()
        #expect(run.status == 64 && run.errors.contains("expected one of"), "\(run.errors)")
      }
    }
  }
}
