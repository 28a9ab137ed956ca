import Foundation
import TestSupport
import Testing

@testable import Inkwell

/// Settings that a model, or what else is asked for, has no room for.
@Suite struct RefusedSettingTests {
  typealias Change = (inout Generate.Options) -> Void

  /// What a run of four steps is refused for.
  private func refusal(
    by source: some PromptedModelSource, explains: Bool = false, of prompt: String = "a cat",
    _ change: Change
  ) throws -> GenerateError? {
    var options = Generate.Options(steps: 4)
    change(&options)
    let request = try Generate.Request(
      prompts: [prompt], model: source.name, seed: 7, options: options)
    var run = RunSettings()
    run.explains = explains
    return #expect(throws: GenerateError.self) {
      try GenerationRun(
        request: request, source: source, run: run, stop: StopSignal(), report: { _ in }
      ).makeAll(batchSize: 1)
    }
  }

  @Test("a model of one size and of a flow says what Stable Diffusion alone has")
  func oneSize() throws {
    let folder = try TinyModel.make()
    let source = try ModelFolder(folder.file("models/tiny"))
    let picture = folder.file("picture.png").path(percentEncoded: false)
    for (name, owner, change) in [
      ("clip skip", "a model without CLIP", { $0.clipSkip = 1 }),
      ("syntax", "a model without CLIP", { $0.syntax = .compel }),
      (
        "blend", "a model without CLIP",
        { $0.blends = [Generate.Blend(prompt: "a red apple", weight: 0.5)] }
      ),
      (
        "control", "a model without ControlNets",
        { $0.controls = [Generate.Control(model: "canny", picture: picture)] }
      ),
      (
        "image prompt", "a model without IP-Adapters",
        { $0.imagePrompts = [Generate.ImagePrompt(picture: picture, adapter: "a.safetensors")] }
      ),
      ("window", "a model of one size", { $0.window = PictureSize(width: 16, height: 16) }),
      ("hires", "a model of one size", { $0.hires = Generate.SecondPass(to: .times(2)) }),
      (
        "refiner", "a model that is no Stable Diffusion",
        { $0.refiner = Generate.Refiner(model: "refiner") }
      ),
      (
        "merge tokens", "a model without a U-Net whose places attend to one another",
        { $0.mergedTokens = 0.5 }
      ),
    ] as [(String, String, Change)] {
      let error = try refusal(by: source, change)
      #expect(error == .unknownSetting(name, of: owner), "\(name)")
    }
  }

  @Test("steps that do not compute all have no maps of words")
  func caches() throws {
    let folder = try TinyModel.make()
    let error = try refusal(by: ModelFolder(folder.file("models/tiny")), explains: true) {
      $0.cache = Generate.StepCache(interval: 2)
    }
    #expect(error == .unknownSetting("explain", of: "steps that do not compute all"))
  }

  @Test("windows have no edges that meet, and no maps of words")
  func windows() throws {
    let source = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1"))
    let windows = "pictures that are drawn in windows"
    let size = PictureSize(width: 16, height: 16)
    let tile = try refusal(by: source) { ($0.window, $0.tile) = (size, .both) }
    #expect(tile == .unknownSetting("tile", of: windows))
    let explain = try refusal(by: source, explains: true) { $0.window = size }
    #expect(explain == .unknownSetting("explain", of: windows))
    let odd = try refusal(by: source) { $0.window = PictureSize(width: 17, height: 16) }
    guard case .value("window", let expected, "17x16") = odd else {
      Issue.record("\(String(describing: odd))")
      return
    }
    #expect(expected == "multiples of 2")
  }

  @Test("an edit takes one instruction, not several joined by AND, and guidance in all steps")
  func edits() throws {
    let fixture = try TaskFixture()
    let model = try StableDiffusionFolder(fixture.model("edit")).model()
    func refusal(of prompt: String, _ change: (inout SamplingSettings) -> Void) throws
      -> GenerateError?
    {
      var settings = SamplingSettings(steps: 4, guidance: 3, sampler: "ddim")
      change(&settings)
      let batch = try model.batch(
        [prompt], seeds: [7],
        drawing: Drawing(settings: settings, size: PictureSize(width: 16, height: 16)))
      let start = RedrawStart(
        picture: try fixture.picture("picture"), strength: 1,
        told: .instruction(pictureGuidance: 1.5))
      return #expect(throws: GenerateError.self) { try model.latents(batch, from: start) }
    }
    let part = try refusal(of: "make it red") { $0.guidanceEnd = 0.5 }
    #expect(part == .unknownSetting("guidance for a part", of: "a model that edits"))
    #expect(
      try refusal(of: "make it red AND make it round") { $0.syntax = .a1111 }
        == .value(
          "prompt", expected: "one instruction, without AND, for a model that edits",
          found: "several"))
  }
}
