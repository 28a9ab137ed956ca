import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Where words acted, and what is seen of a run.
  @Suite struct ExplanationTests {
    let folder: TemporaryFolder
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    init() throws {
      folder = try TemporaryFolder()
    }

    private func request(
      prompts: [String] = ["a red apple"], guidance: Double = 7.5, model: String? = nil,
      _ change: (inout Generate.Options) -> Void = { _ in }
    ) throws -> Generate.Request {
      var options = Generate.Options(
        steps: 5, guidance: guidance, sampler: "ddim", size: PictureSize(width: 24, height: 16))
      change(&options)
      return try Generate.Request(
        prompts: prompts, model: model ?? self.model, seed: 42, options: options)
    }

    private func made(
      _ request: Generate.Request, _ settings: RunSettings, library: ModelLibrary = .standard
    ) async throws -> (explanations: [PictureExplanation], images: [Image], steps: [PictureStep]) {
      var workshop = Workshop(library: library)
      workshop.run = settings
      let generate = Generate(workshop)
      var (explanations, images, steps): ([PictureExplanation], [Image], [PictureStep]) =
        ([], [], [])
      for try await event in generate(request) {
        switch event {
        case .explained(let explanation): explanations.append(explanation)
        case .image(let picture): images.append(picture.image)
        case .step(let step): steps.append(step)
        default: break
        }
      }
      return (explanations, images, steps)
    }

    private var explaining: RunSettings {
      var settings = RunSettings()
      settings.explains = true
      return settings
    }

    @Test("the heat of every token is what an attention processor of diffusers sees")
    func golden() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      let request = try request()
      var drawing = Drawing(
        settings: request.options.settings(over: SamplingSettings()),
        size: PictureSize(width: 24, height: 16))
      let heat = HeatMaps()
      drawing.heat = heat
      _ = try model.latents(model.batch(["a red apple"], seeds: [42], drawing: drawing))
      let maps = try #require(heat.maps(rows: 8, columns: 12))
      let expected = try Golden("heat_maps.safetensors")["maps"]
      #expect(relativeDistance(maps.squeezed(0), expected) < 1e-4)
    }

    @Test("enlarging is PyTorch's bicubic")
    func bicubic() throws {
      let golden = try Golden("heat_maps.safetensors")
      let y = enlarged(try golden["x"], rows: 7, columns: 11)
      #expect(relativeDistance(y, try golden["y"]) < 1e-6)
    }

    @Test("an explained picture is the same to the byte, and its words are those of the prompt")
    func explained() async throws {
      let request = try request(prompts: ["a red apple", "the cat"])
      let plain = try await made(request, RunSettings())
      let watched = try await made(request, explaining)
      #expect(watched.images == plain.images && plain.explanations.isEmpty)
      #expect(watched.explanations.map(\.index) == [0, 1])
      #expect(
        watched.explanations.map { $0.words.map(\.text) } == [
          ["a", "red", "apple"], ["the", "cat"],
        ])
      for (explanation, image) in zip(watched.explanations, watched.images) {
        #expect(explanation.image == image && explanation.steps.count == 5)
        for word in explanation.words {
          #expect(word.columns == 12 && word.heat.count == 96)
          #expect(word.heat.allSatisfy { $0 >= 0 } && word.share > 0 && word.share < 1)
        }
      }
      // The heat belongs to its own picture, whatever else is in the batch.
      let alone = try await made(self.request(), explaining).explanations[0].words[1].heat
      for (a, b) in zip(alone, watched.explanations[0].words[1].heat) {
        #expect(abs(a - b) < 1e-5)
      }
    }

    @Test("a model of a transformer is explained as well")
    func transformer() async throws {
      let tiny = try TinyModel.make()
      let request = try Generate.Request(prompts: ["a red apple"], model: "tiny", seed: 3)
      let watched = try await made(request, explaining, library: TinyModel.library(tiny))
      let explanation = try #require(watched.explanations.first)
      #expect(explanation.words.map(\.text) == ["a", "red", "apple"])
      // With the marks of beginning and end, the shares of a place add up to 1.
      let sum = explanation.words.reduce(0) { $0 + $1.share }
      #expect(sum > 0.2 && sum < 1)
      #expect(explanation.steps.count == 3)
    }

    @Test("a word's picture glows where it acted most, and what is written is listed")
    func writing() throws {
      let grey = try Image(tensor: .zeros([3, 8, 8]))
      var heat = [Float](repeating: 0.1, count: 16)
      heat[5] = 0.4
      let word = PictureExplanation.Word(text: "Red apple", heat: heat, columns: 4)
      let explanation = PictureExplanation(index: 0, image: grey, words: [word], steps: [grey])
      let overlay = try explanation.overlay(of: word)
      let (hot, cold) = (Array(overlay[3, 3]), Array(overlay[7, 7]))
      #expect(
        hot[0] > 180 && hot.reduce(0) { $0 + Int($1) } > cold.reduce(0) { $0 + Int($1) } + 100)
      #expect(abs(word.share - 0.11875) < 1e-6)
      try explanation.save(to: folder.file("why"))
      let names = try FileManager.default.contentsOfDirectory(
        atPath: folder.file("why").path(percentEncoded: false))
      #expect(names.sorted() == ["01-red-apple.png", "step-01.png", "words.json"])
      let table = try String(contentsOf: folder.file("why/words.json"), encoding: .utf8)
      #expect(table.contains(#""word" : "Red apple""#) && table.contains("01-red-apple.png"))
    }

    @Test("a syntax whose signs have a meaning is refused")
    func syntax() async throws {
      let request = try request { $0.syntax = .a1111 }
      await #expect(
        throws: GenerateError.value(
          "explain", expected: "a prompt whose signs have no meaning", found: "the syntax a1111")
      ) { try await made(request, explaining) }
    }

    @Test("a tiny autoencoder shows the steps, and one of other latents is refused")
    func previews() async throws {
      var settings = RunSettings()
      settings.previewDecoder = try tinyDecoder(reduction: 2)
      let run = try await made(try request(), settings)
      let plain = try await made(try request(), RunSettings())
      #expect(run.images == plain.images)
      let (fast, own) = (try run.steps[4].preview.first(), try plain.steps[4].preview.first())
      #expect(fast.width == own.width && fast.height == own.height && fast != own)
      settings.previewDecoder = try tinyDecoder(reduction: 4)
      let error = await #expect(throws: ModelError.self) { try await made(request(), settings) }
      #expect(
        "\(try #require(error))".hasSuffix(
          "expected a decoder for this model, of 2 pixels a side of a latent, found 4"))
    }

    /// The folder of a tiny autoencoder with random weights.
    private func tinyDecoder(reduction: Int) throws -> URL {
      var sizes = AutoencoderTinyConfiguration()
      (sizes.encoderChannels, sizes.decoderChannels) = (4, 4)
      sizes.numEncoderBlocks = reduction == 2 ? [1, 1] : [1, 1, 1]
      sizes.numDecoderBlocks = sizes.numEncoderBlocks
      let name = "taesd\(reduction)"
      return try TinyNetwork.write(sizes, to: folder.file(name)) { AutoencoderTiny($0, sizes) }
    }
  }
}
