import Diffusion
import Foundation
import Layers
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  /// LoRAs of a tiny Stable Diffusion model.
  @Suite(.serialized) struct LoRATrainingTests {
    let folder: TemporaryFolder

    init() throws {
      Machine.threads = 1
      folder = try TemporaryFolder()
      try TrainingFixture.writePictures(to: folder)
    }

    private func training(
      model: URL = StableDiffusionFixture.folder("sd1"),
      _ change: (inout [String: Any]) -> Void = { _ in }
    ) throws -> LoRATraining {
      var fields: [String: Any] = [
        "train": "lora", "data": folder.file("pictures").path(percentEncoded: false),
        "styles": ["flat"], "model": model.path(percentEncoded: false) + "/", "side": 16,
        "layers": ["to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2"], "rank": 4,
        "alpha": 4,
        "captionDropout": 0.1, "weighting": ["minSNR": ["gamma": 5]],
        "samplePrompts": ["red apple"],
        "plan": [
          "steps": 60, "batchSize": 4, "accumulation": 1,
          "learningRate": ["peak": 0.02, "warmupSteps": 0, "decay": ["constant": [:]]],
          "optimizer": [
            "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weightDecay": 0.01,
            "decaysMatricesOnly": true,
          ],
          "averageDecay": 0.5, "precision": "fp32", "seed": 3, "saveEvery": 30, "sampleEvery": 60,
        ],
      ]
      change(&fields)
      try folder.write(JSONSerialization.data(withJSONObject: fields), to: "lora.json")
      return try #require(
        TrainingRecipe(contentsOf: folder.file("lora.json")).training as? LoRATraining)
    }

    /// The mean objective over the fixture's pictures, at the same levels and noise each time.
    private func loss(_ model: StableDiffusionModel) throws -> Double {
      let set = try PictureSet(
        folder: folder.file("pictures"), side: 16, split: "train", styles: ["flat"], cropped: true)
      let chain = try model.scheduler.trainedChain()
      let x0 = model.autoencoder.scaled(
        try encoded(set, Array(set.records.indices), by: model.autoencoder))
      let states = try set.records.map { try model.text.encode($0.text, as: .prompt).prompt.states }
      let prompt = try model.unet.prompt(UNetConditions(text: states.concatenated()))
      let generator = Generator(seed: 7)
      let objective = DenoisingObjective(
        model.scheduler.prediction, schedule: chain, weighting: .minSNR())
      return try withoutGradients {
        try (0..<100).map { _ in
          let epsilon = generator.normal(x0.shape.sizes)
          let levels = UniformTimesteps(chain).levels(x0.shape[0], using: generator)
          return try objective(x0: x0, epsilon: epsilon, levels: levels) { x, timesteps in
            model.unet(x, timestep: timesteps, prompt: prompt)
          }.item()
        }.reduce(0, +) / 100
      }
    }

    @Test("the loss falls, and the file is a LoRA of the model that changes its pictures")
    func learns() throws {
      var notes: [String] = []
      try training()(
        folder: folder.file("run"), report: { if case .note(let note) = $0 { notes.append(note) } })
      #expect(notes.contains { $0.contains("broken.png") })

      let lora = try LoRA(contentsOf: folder.file("run/lora.safetensors"))
      #expect(lora.networks == [.unet] && lora.ranks == [4])
      let source = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1"))
      func picture(_ loras: [WeightedLoRA]) throws -> Image {
        var additions = ModelAdditions()
        additions.loras = loras
        let model = try source.model(additions)
        var settings = try source.settings
        settings.steps = 20
        let size = PictureSize(width: 16, height: 16)
        let batch = PromptedBatch(
          prompts: [try model.encode("red apple", as: .prompt, settings).prompt],
          negative: try model.encode("", as: .negative, settings).prompt, seeds: [0],
          drawing: Drawing(settings: settings, size: size))
        return try model.images(batch)[0]
      }
      let (drawn, plain) = (try picture([WeightedLoRA(lora)]), try picture([]))
      #expect(
        distance(drawn.bytes.converted(to: .float32), plain.bytes.converted(to: .float32)) > 20)
      // The sheet's picture is made by the matrices as they are, this one by the file.
      let sheet = try ContactSheet(columns: 1, side: 16)([.init(drawn, label: "red apple")])
      let saved = try Image(contentsOf: folder.file("run/samples/0000060.png"))
      #expect(
        distance(saved.bytes.converted(to: .float32), sheet.bytes.converted(to: .float32)) <= 3)

      var additions = ModelAdditions()
      additions.loras = [WeightedLoRA(lora)]
      let (before, after) = (try loss(source.model()), try loss(source.model(additions)))
      #expect(after < 0.97 * before, "\(before) \(after)")
    }

    @Test("a run that was stopped ends with the very matrices of one that was not")
    func resumes() throws {
      let whole = try training()
      try whole(folder: folder.file("whole"))
      try whole.overridden(data: nil, steps: 30)(folder: folder.file("parts"))
      try whole(folder: folder.file("parts"))
      func matrices(_ run: String) throws -> Data {
        try Data(contentsOf: folder.file("\(run)/lora.safetensors"))
      }
      #expect(try matrices("whole") == matrices("parts"))
    }

    @Test("what the model cannot learn so is refused before anything is trained")
    func refusals() throws {
      var runs = 0
      func refusal(_ training: LoRATraining) -> String? {
        runs += 1
        let error = #expect(throws: (any Error).self) {
          try training(folder: folder.file("refused-\(runs)"))
        }
        return error.map { "\($0)" }
      }
      for (key, value, expected) in [
        ("rank", 0, "rank: expected 1 to 1024, found 0"),
        ("alpha", 0, "alpha: expected a number above 0, found 0.0"),
        ("captionDropout", 2, "captionDropout: expected 0 to 1, found 2.0"),
        ("side", 17, "side: expected a multiple of 2, found 17"),
        ("layers", [String](), "layers: expected one or more ends of names of layers"),
        ("layers", ["to_x"], "layers: expected ends of names of linear layers, such as"),
      ] as [(String, Any, String)] {
        let message = refusal(try training { $0[key] = value })
        #expect(message?.contains(expected) == true, "\(message ?? "")")
      }
      let tasks = try TaskFixture()
      let edits = refusal(try training(model: tasks.model("edit")))
      #expect(edits?.contains("model: expected a model of Stable Diffusion that draws") == true)
      let tiny = try TinyModel.make()
      let other = refusal(try training(model: tiny.file("models/tiny")))
      #expect(
        other?.contains("model: expected a model of Stable Diffusion, found") == true,
        "\(other ?? "")")
    }

    @Test("Stable Diffusion XL, which is told sizes and the whole prompt, is taught as well")
    func xl() throws {
      let place = StableDiffusionFixture.folder("sdxl")
      try training(model: place).overridden(data: nil, steps: 2)(folder: folder.file("xl"))
      let lora = try LoRA(contentsOf: folder.file("xl/lora.safetensors"))
      #expect(lora.networks == [.unet] && lora.ranks == [4])
      var additions = ModelAdditions()
      additions.loras = [WeightedLoRA(lora)]
      // A LoRA that fits another network, or changes nothing, is an error.
      _ = try StableDiffusionFolder(place).model(additions)
    }

    @Test("a run goes on with the same model only")
    func identity() throws {
      try training().overridden(data: nil, steps: 1)(folder: folder.file("run"))
      let other = try training(model: StableDiffusionFixture.folder("sdxl"))
      #expect(throws: (any Error).self) { try other(folder: folder.file("run")) }
    }
  }
}
