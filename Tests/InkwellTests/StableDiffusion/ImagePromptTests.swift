import Checkpoints
import Foundation
import Layers
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// Pictures that are drawn after others, beside diffusers' own from the same seeds; see
  /// `image_prompts.py`.
  @Suite struct ImagePromptTests {
    let folder: TemporaryFolder
    let golden: Golden
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    init() throws {
      folder = try TemporaryFolder()
      golden = try Golden("image_prompts.safetensors")
      for name in ["first", "second", "start", "control"] {
        try Self.image(golden[name]).save(to: folder.file("\(name).png"))
      }
      for index in 0...1 {
        let mask = try golden["masks"].selected(dim: 0, index: index).unsqueezed(-1)
        try Self.image(mask.expanded(-1, -1, 3).contiguous())
          .save(to: folder.file("mask\(index).png"))
      }
      for name in ["plain", "plus", "full", "plain_xl", "plus_xl"] {
        try Self.seeded(name).write(to: folder.file("\(name).safetensors"))
      }
      try folder.write(
        Data(contentsOf: StableDiffusionFixture.folder("ip_adapter/config.json")),
        to: "image_encoder/config.json")
      try Self.seeded("encoder").write(to: folder.file("image_encoder/model.safetensors"))
    }

    private static func seeded(_ name: String) throws -> SeededWeights {
      try SeededWeights(contentsOf: StableDiffusionFixture.folder("ip_adapter/\(name).json"))
    }

    private static func image(_ pixels: Tensor) throws -> Image {
      try Image(
        width: pixels.shape[1], height: pixels.shape[0], channels: .rgb,
        pixels: pixels.values(as: UInt8.self))
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private func prompt(
      _ picture: String = "first", _ adapter: String = "plain", _ scale: Double = 1
    ) -> Generate.ImagePrompt {
      Generate.ImagePrompt(
        picture: path("\(picture).png"), adapter: path("\(adapter).safetensors"), scale: scale)
    }

    /// What the script asked for under a name.
    private func prompts(_ name: String) -> [Generate.ImagePrompt] {
      switch name {
      case "unguided": return [prompt()]
      case "plus": return [prompt("first", "plus", 0.6)]
      case "full": return [prompt("first", "full", 0.5)]
      case "two": return [prompt("first", "plain", 0.7), prompt("second", "plus", 0.4)]
      case "twice": return [prompt("first", "plain", 0.7), prompt("second", "plain", 0.4)]
      case "blocks":
        var parts = prompt("first", "plain", 1)
        parts.blocks = ["mid_block": 0.5, "up_blocks.1.attentions.1": 0.9]
        return [parts]
      case "masks":
        var both = [prompt("first", "plain", 0.7), prompt("second", "plain", 0.9)]
        (both[0].mask, both[1].mask) = (path("mask0.png"), path("mask1.png"))
        return both
      case "blend":
        var blend = prompt("first", "plain", 0.8)
        blend.pictures.append(.init(path: path("second.png"), weight: 3))
        return [blend]
      case "xl": return [prompt("first", "plain_xl", 0.6)]
      case "xl-plus": return [prompt("first", "plus_xl", 0.6)]
      case "xl-blocks":
        var parts = prompt("first", "plain_xl", 1)
        parts.blocks = ["down_blocks.1": 0.7]
        return [parts]
      default: return [prompt("first", "plain", 0.6)]
      }
    }

    @Test(
      "pictures are drawn after others as in diffusers",
      arguments: try ReferencePicture.all("image_prompts"))
    func parity(reference: ReferencePicture) throws {
      let scheduler = try reference.configuration(in: folder)
      let isXL = reference.name.hasPrefix("xl")
      let model = try StableDiffusionFixture.model(isXL ? "sdxl" : "sd1", scheduler)
      var drawing = Drawing(settings: reference.settings(scheduler), size: reference.size)
      drawing.images = try model.imageGuides(prompts(reference.name), size: drawing.size)
      if reference.name == "control" {
        let folder = StableDiffusionFixture.folder("control").path(percentEncoded: false)
        drawing.controls = [
          try model.guide(.init(model: folder, picture: path("control.png")), size: drawing.size)
        ]
      }
      let batch = try model.batch(reference.prompts, seeds: reference.seeds, drawing: drawing)
      let latents =
        reference.name == "vary"
        ? try model.latents(
          batch,
          from: RedrawStart(picture: Image(contentsOf: folder.file("start.png")), strength: 0.6))
        : try model.latents(batch)
      #expect(relativeDistance(latents, try golden["\(reference.name).latents"]) < 1e-4)
      drawing.images = []
      let without = try model.batch(reference.prompts, seeds: reference.seeds, drawing: drawing)
      if reference.name != "vary" {
        #expect(relativeDistance(latents, try model.latents(without)) > 0.01)
      }
    }

    @Test("a .bin file is the same adapter")
    func pickled() throws {
      let sizes = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
        .unet.configuration
      let file = StableDiffusionFixture.folder("ip_adapter/plain.bin")
      let (bin, own) = (
        try IPAdapter(contentsOf: file, for: sizes),
        try IPAdapter(contentsOf: folder.file("plain.safetensors"), for: sizes)
      )
      #expect(bin.attentions.keys == own.attentions.keys)
      let x = Generator(seed: 5).normal([1, 6])
      // One is in half precision.
      #expect(relativeDistance(bin.words(x), own.words(x)) < 2e-3)
      for (place, attention) in own.attentions {
        let words = own.words(x)
        let found = try #require(bin.attentions[place])
        #expect(relativeDistance(found.key(words), attention.key(words)) < 2e-3)
        #expect(relativeDistance(found.value(words), attention.value(words)) < 2e-3)
      }
    }

    @Test(
      "a .bin file in which something else stands for a network or a tensor is refused",
      arguments: ["tensor", "number", "third"])
    func hostile(name: String) throws {
      let file = StableDiffusionFixture.folder("ip_adapter/\(name).bin")
      #expect(throws: CheckpointError.self) { try WeightsFile(contentsOf: file) }
    }

    @Test("inspecting an adapter says for which models it is, or why it cannot be used")
    func inspection() throws {
      let own = try InspectModel(path: path("plain.safetensors"))().files
      #expect(own.map(\.kind) == ["ip-adapter"])
      #expect(own.first?.adapter == .init(layers: ["unet": 4], ranks: [], families: []))
      #expect(own.first?.unknown.isEmpty == true)
      try Self.seeded("plain").write(to: folder.file("face.safetensors")) {
        $0["image_proj.proj.weight"] = nil
      }
      let face = try InspectModel(path: path("face.safetensors"))().files
      #expect(face.first?.unknown.first?.name.contains("FaceID") == true)
    }

    @Test("a picture does not depend on its place in a batch")
    func batches() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      var drawing = Drawing(
        settings: SamplingSettings(steps: 2, guidance: 3, sampler: "ddim"),
        size: PictureSize(width: 24, height: 16))
      drawing.images = try model.imageGuides([prompt("first", "plus", 0.6)], size: drawing.size)
      let two = try model.latents(
        model.batch(["a cat", "a dog"], seeds: [1, 2], drawing: drawing))
      let second = try model.latents(model.batch(["a dog"], seeds: [2], drawing: drawing))
      #expect(relativeDistance(two.narrowed(dim: 0, start: 1, length: 1), second) < 1e-5)
    }

    @Test("the mean of one picture with itself is that picture, and a scale of 0 is none")
    func identities() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      let size = PictureSize(width: 24, height: 16)
      func latents(_ prompts: [Generate.ImagePrompt]) throws -> Tensor {
        var drawing = Drawing(
          settings: SamplingSettings(steps: 2, guidance: 3, sampler: "ddim"), size: size)
        drawing.images = try model.imageGuides(prompts, size: size)
        return try model.latents(model.batch(["a cat"], seeds: [1], drawing: drawing))
      }
      var same = prompt("first", "plus", 0.6)
      same.pictures = [.init(path: path("first.png")), .init(path: path("first.png"), weight: 5)]
      let one = try latents([prompt("first", "plus", 0.6)])
      #expect(relativeDistance(try latents([same]), one) < 1e-5)
      #expect(distance(try latents([prompt("first", "plus", 0)]), try latents([])) == 0)
      var (nested, flat) = (prompt(), prompt())
      nested.blocks = ["up_blocks": 0.3, "up_blocks.1.attentions.1": 0.9]
      flat.blocks = ["up_blocks.1.attentions.0": 0.3, "up_blocks.1.attentions.1": 0.9]
      #expect(distance(try latents([nested]), try latents([flat])) == 0)
      flat.blocks = ["up_blocks": 0.3]
      #expect(relativeDistance(try latents([nested]), try latents([flat])) > 1e-3)
      var black = prompt("first", "plus", 0.6)
      black.mask = path("black.png")
      try Image(width: 8, height: 8, color: .black).save(to: folder.file("black.png"))
      #expect(relativeDistance(try latents([black]), try latents([])) < 1e-6)
    }

    @Test("the command line names pictures, adapters and masks, and what they depend on is noted")
    func command() throws {
      let arguments = [
        "generate", "a red apple", "--model", model, "--seed", "42", "--steps", "5", "--sampler",
        "ddim", "--size", "24x16", "--quiet", "--ip-adapter", "plain.safetensors",
      ]
      for (name, flags) in [
        (
          "masks",
          [
            "--image-prompt", "first.png=0.7", "--image-prompt", "second.png=0.9", "--image-mask",
            "mask0.png", "--image-mask", "mask1.png",
          ]
        ),
        (
          "blend",
          ["--image-prompt", "first.png", "--image-prompt", "second.png=3", "--image-blend", "0.8"]
        ),
        (
          "blocks",
          [
            "--image-prompt", "first.png", "--image-blocks",
            "mid_block=0.5,up_blocks.1.attentions.1=0.9",
          ]
        ),
      ] {
        let run = try CommandRun(arguments + flags + ["--output", "\(name).png"], in: folder)
          .finish()
        #expect(run.status == 0, "\(run.errors)")
        let made = try PictureProvenance<Generate.Request>(contentsOf: folder.file("\(name).png"))
        var expected = prompts(name)
        for index in expected.indices { expected[index].relocate() }
        #expect(made.request.imagePrompts == expected)
        let first = name == "blend" ? "image prompt 1.1" : "image prompt 1"
        for file in [first, "image prompt 1/adapter", "image prompt 1/encoder/model.safetensors"] {
          #expect(made.files[file]?.count == 64, "\(file)")
        }
        let again = try CommandRun(["regenerate", "\(name).png", "--model", model], in: folder)
          .finish()
        #expect(again.errors.contains("the same bytes as \(name).png"), "\(again.errors)")
      }
    }

    @Test("misuses of the options are told")
    func misuses() throws {
      let common = ["generate", "a cat", "--model", model, "--output", "x.png"]
      let one = ["--image-prompt", "first.png", "--ip-adapter", "plain.safetensors"]
      for (flags, message) in [
        (["--ip-adapter", "plain.safetensors"], "Give --ip-adapter with an --image-prompt."),
        (["--image-blend", "1"], "Give --image-blend with an --image-prompt."),
        (["--image-prompt", "first.png"], "Give one --ip-adapter, or 1"),
        (one + ["--image-mask", "mask0.png", "--image-mask", "mask1.png"], "no more --image-mask"),
        (
          one + ["--image-blocks", "style", "--image-blocks", "layout"],
          "Give one --image-blocks, or 1"
        ),
        (one + ["--image-blocks", "colour"], "expected style, layout or PART=FACTOR"),
        (one + ["--image-blocks", "style"], "expected one of down_blocks.0.attentions.0"),
        (["--image-prompt", "first.png=11"] + one.suffix(2), "scale of an image prompt: expected"),
        (one + ["--image-encoder", "nowhere"], "nowhere"),
      ] {
        let run = try CommandRun(common + flags, in: folder).finish()
        #expect(run.status != 0 && run.errors.contains(message), "\(flags): \(run.errors)")
      }
      let other = try CommandRun(
        ["generate", "a cat", "--output", "x.png"] + one, in: folder
      ).finish()
      #expect(other.status != 0 && other.errors.contains("a model without IP-Adapters"))
    }

    @Test("values outside their ranges, and an encoder that does not fit, are refused")
    func refusals() throws {
      for change: (inout Generate.ImagePrompt) -> Void in [
        { $0.scale = 10.5 }, { $0.blocks = ["mid_block": -11] }, { $0.pictures[0].weight = -1 },
        { $0.pictures[0].weight = 0 }, { $0.pictures = [] },
      ] {
        var wrong = prompt()
        change(&wrong)
        #expect(throws: GenerateError.self) { try wrong.validate() }
      }
      try prompt().validate()
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      try Self.seeded("encoder").write(to: folder.file("image_encoder/model.safetensors")) {
        $0["visual_projection.weight"] = .zeros([7, 8])
      }
      let config = try String(contentsOf: folder.file("image_encoder/config.json"), encoding: .utf8)
      try folder.write(
        config.replacing("\"projection_dim\": 6", with: "\"projection_dim\": 7").utf8,
        to: "image_encoder/config.json")
      let error = #expect(throws: ModelError.self) {
        try model.imageGuides([prompt()], size: 16)
      }
      #expect(
        error?.description.contains("embeddings of 6 channels") == true,
        "\(String(describing: error))")
      #expect(throws: IPAdapterError.self) {
        try model.imageGuides([prompt("first", "plain_xl")], size: 16)
      }
    }
  }
}

extension Generate.ImagePrompt {
  /// The same with paths from the folder where a command runs.
  fileprivate mutating func relocate() {
    func own(_ path: String) -> String { URL(filePath: path).lastPathComponent }
    adapter = own(adapter)
    mask = mask.map(own)
    pictures = pictures.map { .init(path: own($0.path), weight: $0.weight) }
  }
}
