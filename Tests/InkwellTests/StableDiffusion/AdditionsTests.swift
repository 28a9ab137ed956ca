import Checkpoints
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Diffusion
@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// LoRAs, words with vectors of their own, and prompts with weights behind the task.
  @Suite struct AdditionsTests {
    let folder: TemporaryFolder
    let model = StableDiffusionFixture.folder("sd1")

    init() throws { folder = try TemporaryFolder() }

    /// What a LoRA changes, its names there, and its products' factors.
    private static let changes = [
      (
        file: "unet/diffusion_pytorch_model.safetensors",
        weight: "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight",
        place: "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", size: 4
      ),
      (
        file: "text_encoder/model.safetensors",
        weight: "encoder.layers.0.self_attn.q_proj.weight",
        place: "lora_te_text_model_encoder_layers_0_self_attn_q_proj", size: 8
      ),
    ]

    private static func factors(_ size: Int) -> (up: Tensor, down: Tensor) {
      let generator = Generator(seed: UInt64(size))
      return (3 * generator.normal([size, 1]), generator.normal([1, size]))
    }

    /// A LoRA in kohya's dialect.
    private func lora() throws -> String {
      let file = folder.file("style.safetensors")
      let drafts = Self.changes.flatMap { change in
        let (up, down) = Self.factors(change.size)
        return [
          Safetensors.Draft("\(change.place).lora_up.weight", up),
          Safetensors.Draft("\(change.place).lora_down.weight", down),
        ]
      }
      try Safetensors.write(drafts, to: file)
      return file.path(percentEncoded: false)
    }

    /// The model with the products added to its weights.
    private func merged(_ weight: Double) throws -> String {
      let copy = folder.file("merged")
      try FileManager.default.copyItem(at: model, to: copy)
      for change in Self.changes {
        let file = copy.appending(path: change.file)
        let weights = try Checkpoint(contentsOf: model.appending(path: change.file))
        let (up, down) = Self.factors(change.size)
        let drafts = try weights.names.map { name in
          let own = try weights.tensor(name).converted(to: .float32)
          return Safetensors.Draft(
            name, name == change.weight ? own + weight * up.matmul(down) : own)
        }
        try FileManager.default.removeItem(at: file)
        try Safetensors.write(drafts, to: file)
      }
      return copy.path(percentEncoded: false)
    }

    private func image(
      _ prompt: String = "a red apple", model: String? = nil,
      _ change: (inout Generate.Options) -> Void = { _ in }
    ) async throws -> MadePicture<Generate.Request> {
      var options = Generate.Options(steps: 4)
      change(&options)
      let request = try Generate.Request(
        prompts: [prompt], model: model ?? self.model.path(percentEncoded: false), seed: 7,
        options: options)
      return try #require(try await Generate()(request).images().first)
    }

    @Test("a LoRA draws what the model with its products in its weights draws, and is hashed")
    func loras() async throws {
      let path = try lora()
      let adapted = try await image {
        $0.loras = [Generate.Adapter(path: path, weight: 0.5)]
      }
      let expected = try await image(model: merged(0.5))
      let plain = try await image()
      #expect(adapted.image == expected.image)
      #expect(adapted.image != plain.image)
      #expect(adapted.provenance.files["lora 1"]?.count == 64)
      let request = adapted.provenance.request
      #expect(request.loras == [Generate.Adapter(path: path, weight: 0.5)])
      let text = request.parameters(files: adapted.provenance.files, program: "p")
      #expect(text.hasPrefix("a red apple <lora:style:0.5>\n"))
      let off = try await image { $0.loras = [Generate.Adapter(path: path, weight: 0)] }
      #expect(off.image == plain.image)
    }

    @Test("a LoRA beside the weights draws the bytes that it draws in them")
    func live() async throws {
      var options = Generate.Options(steps: 4)
      options.loras = [Generate.Adapter(path: try lora(), weight: 0.5)]
      let request = try Generate.Request(
        prompts: ["a red apple"], model: model.path(percentEncoded: false), seed: 7,
        options: options)
      var workshop = Workshop()
      workshop.run.changesInUse = true
      var plans: [MemoryPlan] = []
      var live: [MadePicture<Generate.Request>] = []
      for try await event in Generate(workshop)(request) {
        if case .planned(let plan) = event { plans.append(plan) }
        if case .image(let picture) = event { live.append(picture) }
      }
      let merged = try #require(try await Generate()(request).images().first)
      #expect(plans.map(\.saving.changesInUse) == [true])
      #expect(live.map(\.image) == [merged.image] && live.first?.provenance == merged.provenance)
    }

    @Test("a LoRA that does not fit, a weight out of range and another model's are refused")
    func refusals() async throws {
      let file = folder.file("other.safetensors")
      try Safetensors.write(
        [
          .init("lora_unet_nowhere.lora_up.weight", .ones([4, 1])),
          .init("lora_unet_nowhere.lora_down.weight", .ones([1, 4])),
        ], to: file)
      let adapter = Generate.Adapter(path: file.path(percentEncoded: false))
      await #expect(throws: LoRAError.self) { _ = try await image { $0.loras = [adapter] } }
      await #expect(throws: GenerateError.self) {
        _ = try await image { $0.loras = [Generate.Adapter(path: adapter.path, weight: 11)] }
      }
      let path = try lora()
      for change in [
        { $0.loras = [Generate.Adapter(path: path)] }, { $0.syntax = .a1111 },
      ] as [(inout Generate.Options) -> Void] {
        await #expect(throws: GenerateError.self) {
          _ = try await image(model: "inkwell-emoji", change)
        }
      }
    }

    @Test("a word with a vector of its own draws what its token draws, and is hashed")
    func words() async throws {
      // The vectors of the tokens of "red" under another name.
      let stable = try StableDiffusionFolder(model).model()
      let encoder = try #require(stable.text.encoders.first)
      let ids = encoder.tokenizer.encode("red", maximumLength: 77).ids.dropFirst().dropLast()
      let table = try Checkpoint(
        contentsOf: model.appending(path: "text_encoder/model.safetensors")
      ).tensor("embeddings.token_embedding.weight").converted(to: .float32)
      let file = folder.file("crimson.safetensors")
      try Safetensors.write(
        [.init("emb_params", table.indexSelected(dim: 0, Tensor(Array(ids))))], to: file)
      let drawn = try await image("a crimson apple") {
        $0.embeddings = [file.path(percentEncoded: false)]
      }
      let expected = try await image("a red apple")
      #expect(drawn.image == expected.image)
      #expect(drawn.provenance.files["embedding 1"]?.count == 64)
    }

    @Test("weights and chunks of the web UI and of compel reach the denoiser")
    func syntaxes() async throws {
      let plain = try await image("a red apple")
      for (syntax, prompt) in [(.a1111, "a (red:1.0) apple"), (.compel, "a (red)1.0 apple")]
        as [(Generate.PromptSyntax, String)]
      {
        let same = try await image(prompt) { $0.syntax = syntax }
        #expect(same.image == plain.image, "\(syntax)")
        let other = try await image(prompt.replacing("1.0", with: "1.9")) { $0.syntax = syntax }
        #expect(other.image != plain.image, "\(syntax)")
        #expect(other.provenance.request.syntax == syntax)
      }
    }

    @Test("a prompt of two chunks beside a negative one of one is as if each ran alone")
    func lengths() throws {
      let stable = try StableDiffusionFolder(model).model()
      func encoded(_ text: String) throws -> StableDiffusionPrompt {
        try stable.text.encode(text, as: .prompt, syntax: .a1111).prompt
      }
      let (long, short) = (try encoded("a red apple BREAK a cat"), try encoded("a dog"))
      #expect(long.states.shape.sizes == [1, 154, 8] && short.states.shape.sizes == [1, 77, 8])
      func estimate(
        _ prompt: StableDiffusionPrompt, from negative: StableDiffusionPrompt, _ scale: Double
      ) throws -> Tensor {
        let settings = SamplingSettings(steps: 4, guidance: scale, sampler: "ddim")
        let plan = try stable.plan(settings)
        let x = NoiseSource(seeds: [1]).normal(stable.latentShape(stable.nativeSize))
        let denoiser = try stable.denoiser(
          PromptedBatch(
            prompts: [prompt], negative: negative, seeds: [1],
            drawing: Drawing(settings: settings, size: stable.nativeSize)),
          plan: plan, extra: nil)
        return try denoiser(x, at: plan.levels[1])
      }
      let (cond, uncond) = (try estimate(long, from: long, 1), try estimate(short, from: short, 1))
      let guided = try estimate(long, from: short, 3)
      let expected = uncond + 3 * (cond - uncond)
      #expect(distance(guided, expected) < 1e-4 * expected.absolute().maximum().item())
      #expect(distance(cond, uncond) > 1e-3)
    }
  }
}
