import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Stable Diffusion behind the tasks and the command line.
  @Suite struct StableDiffusionGenerationTests {
    let folder: TemporaryFolder
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    init() throws {
      folder = try TemporaryFolder()
    }

    private func request(
      _ prompts: [String] = ["a red apple"], seed: UInt64 = 42, sampler: String? = nil,
      spacing: String? = nil, size: PictureSize? = nil
    ) throws -> Generate.Request {
      var options = Generate.Options(steps: 5, sampler: sampler, size: size)
      options.spacing = spacing
      return try Generate.Request(prompts: prompts, model: model, seed: seed, options: options)
    }

    /// By how much pictures differ from the reference's, in 255ths.
    private func difference(_ images: [Image], from name: String) throws -> Double {
      distance(
        StableDiffusionFixture.bytes(images), try Golden("sd1.safetensors")["\(name).picture"])
    }

    @Test("the folder's scheduler and the usual settings are the model's own")
    func defaults() throws {
      let source = try ModelLibrary(folders: []).promptedModel(model)
      let settings = try source.settings
      #expect(settings == SamplingSettings(steps: 30, guidance: 7.5, sampler: "plms"))
      let xl = try StableDiffusionFolder(StableDiffusionFixture.folder("sdxl"))
      #expect(try xl.settings == SamplingSettings(steps: 30, guidance: 5, sampler: "euler"))
      #expect(try xl.model().nativeSize == 16)
    }

    @Test("a sampler and a spacing by name give what diffusers gives with that scheduler")
    func schedulers() async throws {
      for (sampler, spacing, size, name) in [
        (nil, nil, nil, "pndm"), ("euler-ancestral", "linspace", nil, "euler-ancestral"),
        ("dpmpp-2m", "karras", nil, "dpmpp-2m-karras"), ("unipc", "linspace", nil, "unipc"),
        ("ddim", nil, PictureSize(width: 24, height: 16), "wide"),
        ("euler", nil, 16, "euler-leading"),
      ] as [(String?, String?, PictureSize?, String)] {
        let request = try request(sampler: sampler, spacing: spacing, size: size)
        let images = try await Generate()(request).images().map(\.image)
        #expect(try difference(images, from: name) <= 1, "\(name)")
      }
    }

    @Test("a picture is the same in a batch, says how it was made, and is made again to the byte")
    func again() async throws {
      let generate = Generate(Workshop(batchSize: 2))
      var made: [GeneratedImage] = []
      let two = try Generate.Request(
        prompts: ["the cat", "a red apple"], model: model, seed: 41,
        options: Generate.Options(steps: 5))
      for try await case .image(let picture) in generate(two) { made.append(picture) }
      #expect(try difference([made[1].image], from: "pndm") <= 1)
      let file = folder.file("apple.png")
      try made[1].save(to: file)
      let provenance = try Provenance(contentsOf: file)
      #expect(provenance.request.size == 16 && provenance.request.sampler == "plms")
      #expect(provenance.request.model == "sd1" && provenance.request.guidance == 7.5)
      for name in [
        "unet/diffusion_pytorch_model.safetensors", "vae/config.json", "tokenizer/tokenizer.json",
        "text_encoder/model.safetensors", "scheduler/scheduler_config.json", "model_index.json",
      ] {
        #expect(provenance.files[name]?.count == 64, "\(name)")
      }
      let hash = try #require(provenance.files["unet/diffusion_pytorch_model.safetensors"])
      let text = provenance.request.parameters(files: provenance.files, program: "p")
      #expect(text.contains("Size: 16x16, Model hash: \(hash.prefix(10)), Model: sd1"))
      let request = Regenerate.Request(file: file.path(percentEncoded: false), model: model)
      for try await case .image(let picture) in Regenerate()(request) {
        try picture.save(to: folder.file("again.png"))
      }
      #expect(try Data(contentsOf: folder.file("again.png")) == Data(contentsOf: file))
    }

    @Test("the command line draws at the size that is asked for")
    func command() throws {
      let arguments = ["generate", "a red apple", "--model", model, "--seed", "42", "--steps", "5"]
      let run = try CommandRun(
        arguments + ["--size", "24x16", "--sampler", "ddim", "--output", "a.png"], in: folder
      ).finish()
      #expect(run.status == 0, "\(run.errors)")
      #expect(try difference([Image(contentsOf: folder.file("a.png"))], from: "wide") <= 1)
      for (flags, message) in [
        (["--size", "24by16"], #"expected a size such as 512 or 768x512, found "24by16""#),
        (["--size", "17"], "size: expected multiples of 2, such as 16, found 17"),
        (["--spacing", "karas"], "Did you mean karras"),
        (["--sampler", "consistency"], "sampler: expected one for models of latents"),
        (
          ["--clip-skip", "3"], "layers of the text encoder to leave out: expected 0 to 2, found 3"
        ),
      ] {
        let run = try CommandRun(arguments + flags, in: folder).finish()
        #expect(run.status != 0 && run.errors.contains(message), "\(run.errors)")
      }
    }

    @Test("what only a chain, CLIP or a U-Net has is refused for a flow's transformer")
    func otherModels() async throws {
      let folder = try TinyModel.make()
      var spaced = Generate.Options(steps: 2)
      spaced.spacing = "karras"
      var skipping = Generate.Options(steps: 2)
      skipping.clipSkip = 1
      var steered = Generate.Options(steps: 2)
      steered.controls = [Generate.Control(model: "a", picture: "b")]
      var rescaled = Generate.Options(steps: 2)
      rescaled.guidanceRescale = 0.5
      let wide = Generate.Options(steps: 2, size: PictureSize(width: 32, height: 16))
      func make(_ options: Generate.Options) async throws -> [GeneratedImage] {
        let request = try Generate.Request(
          prompts: ["cat"], model: "tiny", seed: 1, options: options)
        return try await Generate(Workshop(library: TinyModel.library(folder)))(request).images()
      }
      for (options, message) in [
        (spaced, "spacing: expected none for a model of a flow, found one"),
        (skipping, "clip skip: expected none for a model without CLIP, found one"),
        (wide, "size: expected a square, which is all that this model draws, found 32x16"),
      ] {
        let error = await #expect(throws: GenerateError.self) { try await make(options) }
        #expect(error?.description == message)
      }
      let plain = try await make(Generate.Options(steps: 2))
      #expect(try await make(rescaled)[0].image != plain[0].image)
    }
  }
}
