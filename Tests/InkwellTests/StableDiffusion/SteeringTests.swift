import Checkpoints
import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// Pictures that T2I-Adapters and ControlNets steer, beside diffusers' own from the same seeds;
  /// see `steering.py`.
  @Suite struct SteeringTests {
    let folder: TemporaryFolder
    let golden: Golden
    let size = PictureSize(width: 24, height: 16)

    init() throws {
      folder = try TemporaryFolder()
      golden = try Golden("steering.safetensors")
      for name in ["first", "start", "lines", "mask"] {
        let pixels = try golden[name]
        try Image(
          width: pixels.shape[1], height: pixels.shape[0], channels: .rgb,
          pixels: pixels.values(as: UInt8.self)
        ).save(to: folder.file("\(name).png"))
      }
      for name in ["control_xl", "color", "grey", "color_xl"] {
        let source = StableDiffusionFixture.folder("steering/\(name)")
        try folder.write(
          Data(contentsOf: source.appending(path: "config.json")), to: "\(name)/config.json")
        try SeededWeights(contentsOf: source.appending(path: "weights.json"))
          .write(to: folder.file("\(name)/diffusion_pytorch_model.safetensors"))
      }
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private func control(
      _ network: String, _ scale: Double = 0.8, _ picture: String = "first"
    ) -> Generate.Control {
      Generate.Control(model: path(network), picture: path("\(picture).png"), scale: scale)
    }

    /// What the script asked for under a name.
    private func controls(_ name: String) -> [Generate.Control] {
      switch name {
      case "adapters": return [control("color", 0.6), control("grey", 0.5, "lines")]
      case "xl-adapter": return [control("color_xl")]
      case "xl-adapter-part":
        var part = control("color_xl")
        part.end = 0.5
        return [part]
      case _ where name.hasPrefix("adapter"): return [control("color")]
      case _ where name.hasPrefix("xl"): return [control("control_xl")]
      default:
        var own = control("color")
        own.model = StableDiffusionFixture.folder("control").path(percentEncoded: false)
        if name == "control-part" { (own.start, own.end) = (0.2, 0.7) }
        return [own]
      }
    }

    @Test(
      "T2I-Adapters and ControlNets steer as in diffusers, from noise and from pictures",
      arguments: try ReferencePicture.all("steering"))
    func parity(reference: ReferencePicture) throws {
      let scheduler = try reference.configuration(in: folder)
      let isXL = reference.name.hasPrefix("xl")
      let model = try StableDiffusionFixture.model(isXL ? "sdxl" : "sd1", scheduler)
      var drawing = Drawing(settings: reference.settings(scheduler), size: reference.size)
      func latents() throws -> Tensor {
        let batch = try model.batch(reference.prompts, seeds: reference.seeds, drawing: drawing)
        guard let strength = reference.strength else { return try model.latents(batch) }
        var start = RedrawStart(
          picture: try Image(contentsOf: folder.file("start.png")), strength: strength)
        if reference.name.contains("inpaint") {
          start.mask = try Image(contentsOf: folder.file("mask.png"))
        }
        return try model.latents(batch, from: start)
      }
      let without = try latents()
      drawing.controls = try controls(reference.name).map {
        try model.guide($0, size: drawing.size)
      }
      let found = try latents()
      #expect(relativeDistance(found, try golden["\(reference.name).latents"]) < 1e-4)
      #expect(relativeDistance(found, without) > 1e-3)
    }

    @Test("a step counts if all of it lies within the part")
    func parts() {
      let run = RunTimesteps(values: [801, 601, 401, 201, 1])
      func steps(_ part: ClosedRange<Double>) -> [Bool] {
        run.values.map { run.isPart(part, Tensor([Float($0)])) }
      }
      #expect(steps(0...1) == [true, true, true, true, true])
      #expect(steps(0.2...0.7) == [false, true, true, false, false])
      #expect(steps(0...0.4) == [true, true, false, false, false])
      #expect(steps(0.25...1) == [false, false, true, true, true])
      // Between two steps, and above the first.
      #expect(run.isPart(0.2...0.4, Tensor([Float(500)])))
      #expect(run.isPart(0...0.2, Tensor([Float(999)])))
    }

    @Test("the command line tells a T2I-Adapter by its configuration")
    func command() throws {
      let arguments = [
        "generate", "a red apple", "--model",
        StableDiffusionFixture.folder("sd1").path(percentEncoded: false), "--seed", "42", "--steps",
        "5", "--sampler", "ddim", "--size", "24x16", "--output", "a.png", "--quiet",
      ]
      let flags = [
        "--control", "color=first.png", "--control", "grey=lines.png", "--control-scale", "0.6",
        "--control-scale", "0.5", "--control-start", "0.1", "--control-end", "0.9",
      ]
      let run = try CommandRun(arguments + flags, in: folder).finish()
      #expect(run.status == 0, "\(run.errors)")
      let made = try PictureProvenance<Generate.Request>(contentsOf: folder.file("a.png"))
      var expected = controls("adapters")
      for index in expected.indices {
        expected[index].model = URL(filePath: expected[index].model).lastPathComponent
        expected[index].picture = URL(filePath: expected[index].picture).lastPathComponent
      }
      (expected[0].start, expected[0].end) = (0.1, 0.9)
      #expect(made.request.controls == expected)
      #expect(made.files["control 2/diffusion_pytorch_model.safetensors"]?.count == 64)
      let again = try CommandRun(
        [
          "regenerate", "a.png", "--model",
          StableDiffusionFixture.folder("sd1").path(percentEncoded: false),
        ], in: folder
      ).finish()
      #expect(again.errors.contains("the same bytes as a.png"), "\(again.errors)")
      for (flags, message) in [
        (["--control-end", "1.5"], "control end: expected 0.0 to 1.0, found 1.5"),
        (["--control-end", "0.5", "--control-start", "0.6"], "control start: expected 0.0 to 0.5"),
        (["--control-end", "0.5", "--control-end", "0.6"], "Give no more --control-end"),
      ] {
        let run = try CommandRun(arguments + flags + ["--control", "color=first.png"], in: folder)
          .finish()
        #expect(run.status != 0 && run.errors.contains(message), "\(run.errors)")
      }
    }

    @Test("an adapter of another model, or of other pictures, is refused")
    func refusals() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      let other = #expect(throws: ModelError.self) {
        try model.guide(control("color_xl"), size: size)
      }
      #expect(other?.description.contains("a T2I-Adapter of this model") == true)
      let error = #expect(throws: GenerateError.self) {
        let image = Image(width: 18, height: 16, color: .white)
        try image.save(to: folder.file("odd.png"))
        let xl = try StableDiffusionFolder(StableDiffusionFixture.folder("sdxl")).model()
        return try xl.guide(
          control("color_xl", 1, "odd"), size: PictureSize(width: 18, height: 16))
      }
      #expect(
        error
          == .value(
            "size", expected: "multiples of 4, as the T2I-Adapter takes them", found: "18x16"))
      let config = folder.file("color/config.json")
      let text = try String(contentsOf: config, encoding: .utf8)
      try folder.write(
        text.replacing("T2IAdapter", with: "UNet2DModel").utf8, to: "color/config.json")
      let kind = #expect(throws: ModelError.self) { try model.guide(control("color"), size: size) }
      #expect(
        kind?.description.contains("ControlNetModel or T2IAdapter, found UNet2DModel") == true)
      try folder.write(
        text.replacing("\"in_channels\": 3", with: "\"in_channels\": 2").utf8,
        to: "color/config.json")
      try SeededWeights(contentsOf: StableDiffusionFixture.folder("steering/color/weights.json"))
        .write(to: folder.file("color/diffusion_pytorch_model.safetensors")) {
          $0["adapter.conv_in.weight"] = .zeros([4, 8, 3, 3])
        }
      let channels = #expect(throws: ModelError.self) {
        try model.guide(control("color"), size: size)
      }
      #expect(channels?.description.contains("found one of 2 channels") == true)
    }
  }
}
