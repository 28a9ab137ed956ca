import Checkpoints
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// What runs of small models need, part by part.
  @Suite struct MemoryNeedsTests {
    let folder: TemporaryFolder
    let fixture: TaskFixture
    let model = StableDiffusionFixture.folder("sd1")

    init() throws {
      folder = try TemporaryFolder()
      fixture = try TaskFixture()
    }

    private func path(_ url: URL) -> String { url.path(percentEncoded: false) }

    private func needs(
      _ options: Generate.Options = Generate.Options(), model: URL? = nil,
      _ change: (inout MemoryDemand) -> Void = { _ in }
    ) throws -> MemoryNeeds {
      var demand = MemoryDemand(options, size: 16)
      change(&demand)
      return try StableDiffusionFolder(model ?? self.model).memory(demand)
    }

    /// The bytes of a file's numbers in float32.
    private func bytes(_ file: URL) throws -> Int {
      try WeightsFile(contentsOf: file).entries.reduce(0) { $0 + 4 * $1.shape.reduce(1, *) }
    }

    private func stored(_ needs: MemoryNeeds, _ role: NetworkRole) -> Int? {
      needs.networks[role].map {
        let memory = WeightMemory($0.weights)
        return memory.held + memory.mapped
      }
    }

    /// Writes the sizes and the random weights of a network.
    private func write(_ weights: String, of place: URL, to file: String) throws {
      let sizes = (file.split(separator: "/").dropLast() + ["config.json"]).joined(separator: "/")
      try folder.write(Data(contentsOf: place.appending(path: "config.json")), to: sizes)
      try SeededWeights(contentsOf: place.appending(path: weights)).write(to: folder.file(file))
    }

    private func working(_ needs: MemoryNeeds, _ role: NetworkRole, pictures: Int = 1) -> [Int] {
      needs.phases.filter { $0.networks.contains(role) }.map {
        $0.working(pictures, MemorySaving())
      }
    }

    @Test("prompts are encoded, steps made, looked at, and pictures decoded; twice for two batches")
    func phases() throws {
      let all: [[NetworkRole]] = [
        [.text], [.refinerText], [.denoiser, .guides, .imageAdapters], [.autoencoder],
        [.denoiser, .guides, .imageAdapters], [.autoencoder],
      ]
      let plain = try needs()
      #expect(plain.phases.map(\.networks) == all)
      #expect(try needs { $0.isRepeated = true }.phases.map(\.networks) == all + all)
      let varied = try needs { $0.encodesPicture = true }
      #expect(varied.phases.map(\.networks)[2] == [.autoencoder])
      #expect(
        try stored(plain, .denoiser)
          == bytes(model.appending(path: "unet/diffusion_pytorch_model.safetensors")))
      // Each picture and each estimate needs as much.
      let steps = working(plain, .denoiser)
      #expect(working(plain, .denoiser, pictures: 3) == steps.map { 3 * $0 })
      var unguided = Generate.Options()
      unguided.guidance = 1
      #expect(try working(needs(unguided), .denoiser) == steps.map { $0 / 2 })
      #expect(
        try working(needs { ($0.isComposed, $0.terms) = (true, 3) }, .denoiser)
          == steps.map { 2 * $0 })
      let edit = try needs(model: fixture.model("edit")) { $0.pictureGuidance = 1.5 }
      #expect(working(edit, .denoiser) == steps.map { 3 * $0 / 2 })
      // At the larger size, all is needed again.
      var hires = Generate.Options()
      hires.hires = Generate.SecondPass(to: .times(2), enlarging: .pixels)
      let twice = try needs(hires) { $0.secondSize = 32 }
      #expect(twice.phases.count == all.count + 5)
      #expect(2 * working(twice, .denoiser)[2] > 5 * steps[0])
    }

    @Test("ControlNets, T2I-Adapters, and what they add, are counted")
    func guides() throws {
      let plain = working(try needs(), .denoiser)[0]
      let control = StableDiffusionFixture.folder("control")
      var options = Generate.Options()
      options.controls = [Generate.Control(model: path(control), picture: "none")]
      let one = try needs(options)
      #expect(
        try stored(one, .guides)
          == bytes(control.appending(path: "diffusion_pytorch_model.safetensors")))
      let unet: UNet2DConditionConfiguration = try readConfiguration(
        from: model.appending(path: "unet/config.json"))
      let skips = unet.encoder.skipNumbers(height: 8, width: 8).reduce(0, +)
      // Two estimates of four bytes a number; the picture is looked at before.
      #expect(working(one, .denoiser)[0] == plain + 8 * skips)
      #expect(one.phases.filter { $0.networks == [.guides] }.count == 1)
      options.controls = (options.controls ?? []) + (options.controls ?? [])
      #expect(try working(needs(options), .denoiser)[0] == plain + 3 * 8 * skips)
      #expect(try stored(needs(options), .guides) == 2 * (stored(one, .guides) ?? 0))
      try write(
        "weights.json", of: StableDiffusionFixture.folder("steering/color"),
        to: "color/diffusion_pytorch_model.safetensors")
      options.controls = [Generate.Control(model: path(folder.file("color")), picture: "none")]
      let features = unet.encoder.adapterShapes(height: 8, width: 8).map { $0.reduce(1, *) }
      #expect(
        try working(needs(options), .denoiser)[0] == plain + 8 * features.reduce(0, +))
      // In windows, each has its own prompt.
      options.window = 8
      let windows = try working(needs(options), .denoiser)[0]
      options.controls = nil
      let same = try working(needs(options), .denoiser)[0]
      #expect(windows > same && same < plain)
    }

    @Test("an image encoder is there while pictures become words, and its adapter to the end")
    func images() throws {
      let place = StableDiffusionFixture.folder("ip_adapter")
      try write("plain.json", of: place, to: "plain.safetensors")
      try write("encoder.json", of: place, to: "image_encoder/model.safetensors")
      let adapter = folder.file("plain.safetensors")
      var options = Generate.Options()
      let prompt = Generate.ImagePrompt(picture: "none", adapter: path(adapter))
      options.imagePrompts = [prompt, prompt]
      let drawn = try needs(options)
      #expect(drawn.phases.first?.networks == [.imageEncoders, .imageAdapters])
      #expect(drawn.networks[.imageEncoders]?.isPassing == true)
      // Both pictures share them.
      #expect(try stored(drawn, .imageAdapters) == bytes(adapter))
      #expect(
        try stored(drawn, .imageEncoders) == bytes(folder.file("image_encoder/model.safetensors")))
      let unet: UNet2DConditionConfiguration = try readConfiguration(
        from: model.appending(path: "unet/config.json"))
      let shapes = Dictionary(
        uniqueKeysWithValues: try WeightsFile(contentsOf: adapter).entries.map {
          ($0.name, $0.shape)
        })
      let words = try #require(try IPAdapter.outline(shapes).words)
      let plain = try working(needs(), .denoiser)[0]
      #expect(working(drawn, .denoiser)[0] == plain + 8 * unet.promptNumbers(2 * words))
    }

    @Test("a refiner brings networks of its own, which run in turns of their own")
    func refiner() throws {
      let place = try fixture.model("refiner")
      var options = Generate.Options()
      options.refiner = Generate.Refiner(model: path(place))
      let refined = try needs(options, model: StableDiffusionFixture.folder("sdxl"))
      #expect(
        refined.phases.map(\.networks).suffix(4) == [
          [.refiner], [.autoencoder], [.refiner], [.autoencoder],
        ])
      #expect(
        try stored(refined, .refiner)
          == bytes(place.appending(path: "unet/diffusion_pytorch_model.safetensors")))
      #expect((stored(refined, .refinerText) ?? 0) > 0)
      #expect((stored(refined, .refinerAutoencoder) ?? 0) > 0)
    }

    @Test("what enlarges latents makes its steps and decodes when the model has made its own")
    func upscaler() throws {
      let place = try fixture.model("upscale")
      var options = Generate.Options()
      options.upscaler = Generate.Upscaler(model: path(place))
      let enlarged = try needs(options)
      let phases = enlarged.phases.map(\.networks)
      let own = try needs().phases.map(\.networks)
      // The model's own last decoding is not done.
      #expect(Array(phases.prefix(own.count - 1)) == own.dropLast())
      #expect(phases[own.count - 1] == [.upscalerText] && phases.last == [.upscalerAutoencoder])
      #expect(
        try stored(enlarged, .upscaler)
          == bytes(place.appending(path: "unet/diffusion_pytorch_model.safetensors")))
      let decoding = working(enlarged, .upscalerAutoencoder)
      #expect(try decoding.last == working(needs { $0.size = 32 }, .autoencoder).last)
      var larger = options
      larger.hires = Generate.SecondPass(to: .times(2))
      let second = try needs(larger) { $0.secondSize = 32 }
      #expect(
        try working(second, .upscalerAutoencoder).last
          == working(needs { $0.size = 64 }, .autoencoder).last)
    }

    @Test("parts from elsewhere are counted as they are there, and LoRAs change what they change")
    func changed() throws {
      let name = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
      let place = "lora_unet_" + name.replacing(".", with: "_")
      try Safetensors.write(
        [
          Safetensors.Draft("\(place).lora_up.weight", Tensor.ones([4, 1])),
          Safetensors.Draft("\(place).lora_down.weight", Tensor.ones([1, 4])),
        ], to: folder.file("style.safetensors"))
      var options = Generate.Options()
      options.loras = [Generate.Adapter(path: path(folder.file("style.safetensors")))]
      let adapted = try needs(options)
      let changed = adapted.networks[.denoiser]?.weights.filter(\.isChanged).map(\.name)
      #expect(changed == ["\(name).weight"])
      #expect(adapted.networks[.text]?.weights.contains { $0.isChanged } == false)
      // The file and a few copies are there while weights are read.
      #expect(
        adapted.phases[0].networks.isEmpty && adapted.phases[0].working(1, MemorySaving()) > 32)
      #expect(adapted.changes == 32 && adapted.savings == MemorySaving.all(changes: [false, true]))
      options.loras?[0].weight = 0
      #expect(try needs(options).networks[.denoiser]?.weights.contains { $0.isChanged } == false)

      let vae = model.appending(path: "vae/diffusion_pytorch_model.safetensors")
      let half = folder.file("half.safetensors")
      let weights = try Checkpoint(contentsOf: vae)
      try Safetensors.write(
        weights.names.map {
          Safetensors.Draft($0, try weights.tensor($0).converted(to: .float16))
        }, to: half)
      var swapped = Generate.Options()
      swapped.vae = path(half)
      let needs = try needs(swapped)
      let memory = WeightMemory(try #require(needs.networks[.autoencoder]).weights)
      #expect(try memory.held == bytes(vae) && memory.mapped == 0)
      swapped.vae = path(model.appending(path: "unet/diffusion_pytorch_model.safetensors"))
      #expect(throws: ModelFileError.self) { try self.needs(swapped) }
    }

    @Test(
      "an explanation keeps maps and steps, and shows them by a tiny autoencoder if there is one")
    func explaining() throws {
      var options = Generate.Options()
      options.steps = 5
      let plain = try needs(options)
      let explained = try needs(options) { $0.explains = true }
      let unet: UNet2DConditionConfiguration = try readConfiguration(
        from: model.appending(path: "unet/config.json"))
      let kept = 5 * 16 * 16 * 3
      #expect(
        working(explained, .denoiser)[0]
          == working(plain, .denoiser)[0] + 4 * unet.heatNumbers(height: 8, width: 8) + kept)
      // All pictures are shown, not the first of a batch.
      #expect(
        working(explained, .autoencoder, pictures: 4)[0] > 3 * working(plain, .autoencoder)[0])
      #expect(
        working(plain, .autoencoder, pictures: 4)[0] < 2 * working(plain, .autoencoder)[0])
      #expect(explained.phases.last?.networks == [])

      try folder.write(
        #"{"_class_name": "AutoencoderTiny", "decoder_block_out_channels": [8, 8, 8, 8]}"#.utf8,
        to: "tiny/config.json")
      try Safetensors.write(
        [Safetensors.Draft("w", Tensor.ones([2, 3]))],
        to: folder.file("tiny/diffusion_pytorch_model.safetensors"))
      let tiny = try needs(options) {
        $0.explains = true
        $0.previewDecoder = folder.url.appending(path: "tiny")
      }
      #expect(stored(tiny, .previewDecoder) == 24)
      let shown = 4 * 5 * 8 * 16 * 16 + kept
      #expect(working(tiny, .previewDecoder, pictures: 3) == [3 * shown])
      #expect(working(tiny, .autoencoder).count == 1)
    }

    @Test(
      "guests and refiners in half precision, one at a time, change no byte of files in half precision"
    )
    func halved() async throws {
      try Image(width: 16, height: 16, color: .white).save(to: folder.file("picture.png"))
      let control = StableDiffusionFixture.folder("control")
      var options = Generate.Options(steps: 2)
      options.controls = [
        Generate.Control(model: path(control), picture: path(folder.file("picture.png")))
      ]
      options.refiner = Generate.Refiner(model: path(model), from: 0.5)
      let request = try Generate.Request(
        prompts: ["a red apple"], model: path(model), seed: 7, options: options)
      func made(_ change: (inout MemorySaving) -> Void) async throws -> GeneratedImage {
        var workshop = Workshop()
        var saving = MemorySaving()
        change(&saving)
        workshop.run.saving = saving
        return try #require(try await Generate(workshop)(request).images().first)
      }
      let plain = try await made { _ in }
      // One at a time changes nothing, whichever model makes a step; nor does half precision, as
      // the files have no more.
      #expect(try await made { $0.isOneAtATime = true }.image == plain.image)
      let half = try await made { ($0.isHalf, $0.isOneAtATime) = (true, true) }
      #expect(half.image == plain.image && half.provenance.memory?.isHalf == true)
      let hash = try half.save(to: folder.file("half.png"))
      let again = try #require(
        try await Regenerate()(
          Regenerate.Request(file: path(folder.file("half.png")), model: path(model))
        ).images().first)
      #expect(try again.save(to: folder.file("again.png")) == hash)
    }
  }
}
