import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Pictures of pictures, beside diffusers' own from the same seeds.
  @Suite struct RedrawTests {
    let folder: TemporaryFolder
    let golden: Golden
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    init() throws {
      folder = try TemporaryFolder()
      golden = try Golden("redraw.safetensors")
      try picture("picture").save(to: folder.file("picture.png"))
      try picture("mask").save(to: folder.file("mask.png"))
    }

    /// The picture or the mask that the golden script drew.
    func picture(_ name: String) throws -> Image {
      let found = try golden[name]
      let (height, width) = (found.shape[0], found.shape[1])
      let pixels = name == "mask" ? found.unsqueezed(-1).expanded(-1, -1, 3) : found
      return try Image(
        width: width, height: height, channels: .rgb,
        pixels: pixels.contiguous().values(as: UInt8.self))
    }

    func model(
      for reference: ReferencePicture
    ) throws -> (StableDiffusionModel, SamplingSettings) {
      let scheduler = try reference.configuration(in: folder)
      let pipeline = reference.name.hasPrefix("xl") ? "sdxl" : "sd1"
      let plain = try StableDiffusionFixture.model(pipeline, scheduler)
      let isTold = reference.name.hasPrefix("aware")
      return (
        isTold ? try StableDiffusionFixture.toldMask(plain, first: golden["conv_in"]) : plain,
        reference.settings(scheduler)
      )
    }

    @Test(
      "a seed gives what diffusers' pipelines give of the same picture and mask",
      arguments: try ReferencePicture.all("redraw"))
    func parity(reference: ReferencePicture) throws {
      let (model, settings) = try model(for: reference)
      let start = RedrawStart(
        picture: try picture("picture"),
        mask: reference.name.contains("vary") ? nil : try picture("mask"),
        strength: try #require(reference.strength))
      let latents = try model.latents(
        model.batch(
          reference.prompts, seeds: reference.seeds,
          drawing: Drawing(settings: settings, size: start.size)),
        from: start)
      #expect(relativeDistance(latents, try golden["\(reference.name).latents"]) < 1e-4)
      let bytes = try StableDiffusionFixture.bytes(model.pictures(latents))
      #expect(distance(bytes, try golden["\(reference.name).picture"]) <= 1)
    }

    @Test("the verbs draw as the library does, and their pictures are made again to the byte")
    func commands() throws {
      let common = [
        "--model", model, "--seed", "42", "--steps", "5", "--sampler", "ddim", "--quiet",
      ]
      for (arguments, name) in [
        (["vary", "picture.png", "a red apple", "--strength", "0.6"], "vary-ddim"),
        (
          ["inpaint", "picture.png", "mask.png", "a red apple", "--strength", "0.7"], "inpaint-part"
        ),
      ] {
        let run = try CommandRun(arguments + common + ["--output", "\(name).png"], in: folder)
          .finish()
        #expect(run.status == 0, "\(run.errors)")
        let made = try Image(contentsOf: folder.file("\(name).png"))
        #expect(
          distance(StableDiffusionFixture.bytes([made]), try golden["\(name).picture"]) <= 1)
        let again = try CommandRun(
          ["regenerate", "\(name).png", "--model", model], in: folder
        ).finish()
        #expect(again.errors.contains("the same bytes as \(name).png"), "\(again.errors)")
      }
      try picture("mask").save(to: folder.file("picture.png"))
      let other = try CommandRun(
        ["regenerate", "vary-ddim.png", "--model", model, "--force"], in: folder
      ).finish()
      #expect(other.status == 3 && other.errors.contains("these files are others: picture"))
    }

    @Test("a picture is extended by what is drawn beyond its edges, and stays as it is if pasted")
    func outpaint() async throws {
      let request = try Redraw.Request(
        drawing: Generate.Request(
          prompts: ["a red apple"], model: model, seed: 1, options: Generate.Options(steps: 2)),
        picture: folder.file("picture.png").path(percentEncoded: false), strength: 1,
        region: .beyond(Redraw.Margins(left: 4, top: 2, right: 6)), pastes: true)
      var made: [Image] = []
      for try await case .image(let picture) in Redraw()(request) { made.append(picture.image) }
      let image = try #require(made.first)
      #expect(image.width == 34 && image.height == 18)
      let kept = try picture("picture")
      #expect(image[4, 2] == kept[0, 0] && image[27, 17] == kept[23, 15])
      let start = try #require(try request.start())
      let mask = try #require(start.maskPixels)
      #expect(mask.sum().item() == Double(34 * 18 - 24 * 16))
      #expect(start.picture[0, 0] == kept[0, 0] && start.picture[33, 17] == kept[23, 15])
      #expect(start.picture[4 + 5, 2 + 3] == kept[5, 3])
    }

    @Test("a soft mask is the mean of each square, and a hard one that of its corner")
    func softness() throws {
      var start = RedrawStart(picture: try picture("picture"), mask: nil, strength: 1)
      #expect(start.latentMask(reduction: 2) == nil)
      start.mask = try picture("mask")
      let hard = try #require(start.latentMask(reduction: 2))
      #expect(hard.shape == [1, 1, 8, 12])
      // Rows 3 to 10 and columns 6 to 18 are white.
      let rows = hard.selected(dim: 3, index: 4).flattened(from: 0, to: -1).values(as: Float.self)
      #expect(rows == [0, 0, 1, 1, 1, 1, 0, 0])
      start.isSoft = true
      let soft = try #require(start.latentMask(reduction: 2))
      let means = soft.selected(dim: 3, index: 4).flattened(from: 0, to: -1).values(as: Float.self)
      #expect(
        zip(means, [0, 0.5, 1, 1, 1, 0.5, 0, 0] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test("what cannot be drawn is refused, with what can")
    func refusals() async throws {
      let mask = folder.file("small.png")
      try Image(width: 16, height: 16, color: .white).save(to: mask)
      let drawing = try Generate.Request(
        prompts: [""], model: model, options: Generate.Options(steps: 4))
      let picture = folder.file("picture.png").path(percentEncoded: false)
      func make(_ strength: Double, _ region: Redraw.Region? = nil) async throws {
        let request = try Redraw.Request(
          drawing: drawing, picture: picture, strength: strength, region: region)
        for try await _ in Redraw()(request) {}
      }
      await #expect(
        throws: GenerateError.value("mask", expected: "24x16 as the picture has", found: "16x16")
      ) { try await make(1, .mask(mask.path(percentEncoded: false), isSoft: false)) }
      await #expect(
        throws: GenerateError.value("strength", expected: "enough for a step of 4", found: "0.2")
      ) { try await make(0.2) }
      for strength in [0, 1.5, -.infinity, .nan] {
        await #expect(throws: GenerateError.self) { try await make(strength) }
      }
      await #expect(throws: GenerateError.self) { try await make(1, .beyond(Redraw.Margins())) }
      await #expect(
        throws: GenerateError.value(
          "size", expected: "multiples of 2, such as 26x16", found: "27x16")
      ) { try await make(1, .beyond(Redraw.Margins(left: 3))) }
    }

    @Test("a model that is told the mask draws nothing without one")
    func needsMask() throws {
      let reference = try #require(
        try ReferencePicture.all("redraw").first { $0.name == "aware-ddim" })
      let (model, settings) = try model(for: reference)
      let prompt = try model.encode("", as: .prompt, settings).prompt
      let error = #expect(throws: GenerateError.self) {
        try model.latents(
          PromptedBatch(
            prompts: [prompt], negative: prompt, seeds: [1],
            drawing: Drawing(settings: settings, size: 16)))
      }
      #expect(error?.description.contains("found one for inpainting") == true)
    }

    @Test("a request survives being written and read, and a broken one does not")
    func coding() throws {
      let drawing = try Generate.Request(prompts: ["a"], seed: 3)
      for region: Redraw.Region? in [
        nil, .mask("m.png", isSoft: true), .beyond(Redraw.Margins(top: 8)),
        .changed("m.png"), .zoomedOut(1.5), .panned(Redraw.Margins(left: 8)),
      ] {
        let request = try Redraw.Request(
          drawing: drawing, picture: "p.png", strength: 0.5, region: region, pastes: true)
        let data = try JSONEncoder().encode(request)
        #expect(try JSONDecoder().decode(Redraw.Request.self, from: data) == request)
        let text = String(decoding: data, as: UTF8.self)
        let broken = text.replacing(#""strength":0.5"#, with: #""strength":2"#)
        #expect(throws: GenerateError.self) {
          try JSONDecoder().decode(Redraw.Request.self, from: Data(broken.utf8))
        }
      }
      #expect(
        try Redraw.Request(drawing: drawing, picture: "p", strength: 0.5)
          .parameters(files: [:], program: "p").hasSuffix("Denoising strength: 0.5"))
    }
  }
}
