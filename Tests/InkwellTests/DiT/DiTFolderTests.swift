import Diffusion
import Foundation
import Layers
import Modalities
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// A small pipeline whose pictures diffusers made; see `dit.py`.
  @Suite struct DiTFolderTests {
    static let place = Golden.file("pipeline")

    @Test(
      "three steps by DDIM make diffusers' picture", arguments: [("guided", 4.0), ("plain", 1)])
    func parity(name: String, guidance: Double) throws {
      let golden = try Golden("pipeline.safetensors")
      let folder = try DiTFolder(Self.place)
      let model = try PixelModel(folder)
      var settings = model.about.settings
      #expect(settings.sampler == "ddim" && settings.guidance == 4 && settings.steps == 50)
      settings.guidance = guidance
      let spacing = try Spacings.named(try #require(settings.spacing))
      let schedule = try model.scheduler.process.schedule(spacing: spacing)
      let label = try model.label("goldfish")
      let (latents, wanted) = (
        try golden["\(name).latents"], try golden["\(name).picture"]
      )
      let denoiser = try model.denoiser([label], over: schedule, settings)
      let sampler = try Samplers.named(settings.sampler)
      let made = try sampler.sample(
        latents * schedule.path.priorScale(at: schedule.levels(3)[0]), over: schedule.levels(3),
        denoiser: denoiser, noise: NoiseSource(seeds: [0]), onStep: { _ in })
      let picture = try model.pictures(made)[0].tensor
      let expected = wanted.squeezed(0) * 2 - 1
      // A step of 255 is 2 / 255.
      #expect(distance(picture, expected) < 1.01 / 255)
    }

    @Test("a class is asked for by its number, its name, or one of several; not by one of two")
    func labels() throws {
      let model = try PixelModel(DiTFolder(Self.place))
      #expect(try model.label("goldfish, Carassius auratus") == .number(of: 2))
      #expect(try model.label("Carassius auratus") == .number(of: 2))
      #expect(try model.label("999") == .number(of: 999))
      #expect(try model.label("crane") == .number(of: 1))
      #expect(try model.label(nil) == PixelLabel.none)
      let folder = try TemporaryFolder()
      var parts = try TinyPixelModel.parts()
      parts.about.labels = .classes(names: ["crane, bird", "crane, machine", "ox"])
      let other = try PixelModel(PixelModel.write(parts, to: folder.file("model")))
      let error = #expect(throws: SampleError.self) { try other.label("crane") }
      #expect(
        "\(try #require(error))".contains("0 (crane, bird) or 1 (crane, machine), found crane"))
    }

    @Test("pictures are made by the task, and again from their files")
    func task() async throws {
      let folder = try TemporaryFolder()
      let request = try Sample.Request(
        model: Self.place.path(percentEncoded: false), labels: ["goldfish", "crane"], seed: 3,
        options: Sample.Options(steps: 2))
      let made = try await Sample()(request).pictures()
      #expect(made.map(\.image.width) == [16, 16])
      #expect(made.map(\.provenance.request.labels) == [["goldfish"], ["crane"]])
      let file = folder.file("a.png")
      let hash = try made[1].save(to: file)
      let again = try await Sample()(
        Regenerate.Request(
          file: file.path(percentEncoded: false), model: request.model)
      ).pictures()
      #expect(again[0].provenance == made[1].provenance)
      #expect(again[0].image == made[1].image)
      #expect(try again[0].save(to: folder.file("b.png")) == hash)
      let files = made[0].provenance.files
      let parameters = made[0].provenance.request.parameters(files: files, program: "p")
      let weights = try #require(files["transformer/diffusion_pytorch_model.safetensors"])
      #expect(parameters.contains("Model hash: \(weights.prefix(10)), "))
      #expect(
        files.keys.sorted() == [
          "model_index.json", "scheduler/scheduler_config.json", "transformer/config.json",
          "transformer/diffusion_pytorch_model.safetensors", "vae/config.json",
          "vae/diffusion_pytorch_model.safetensors",
        ])
    }

    @Test("a folder of an older diffusers is read, and one without names has numbers")
    func older() throws {
      let folder = try copy { index in
        index["transformer"] = ["diffusers", "Transformer2DModel"]
        index["id2label"] = nil
      }
      let model = try PixelModel(DiTFolder(folder.url))
      #expect(try model.label("17") == .number(of: 17))
    }

    @Test(
      "an index or a scheduler that is not run here is refused with its file and key",
      arguments: [
        (
          "model_index.json", "vae", ["diffusers", "AutoencoderDC"], "vae: expected diffusers Auto"
        ),
        (
          "model_index.json", "id2label", ["0": "a", "2": "b"], "id2label: expected the numbers 0 "
        ),
        ("model_index.json", "id2label", ["0": "a"], "expected a network told classes"),
        ("scheduler/scheduler_config.json", "steps_offset", 1, "steps_offset: expected 0, found 1"),
        (
          "scheduler/scheduler_config.json", "set_alpha_to_one", false,
          "set_alpha_to_one: expected true, found false"
        ),
        (
          "scheduler/scheduler_config.json", "rescale_betas_zero_snr", true,
          "timestep_spacing: expected the chain's own timesteps"
        ),
      ] as [(String, String, any Sendable, String)])
    func refused(file: String, key: String, value: any Sendable, reason: String) throws {
      let folder = try copy(file) { $0[key] = value }
      let error = #expect(throws: ModelError.self) { try PixelModel(DiTFolder(folder.url)) }
      #expect("\(try #require(error))".contains(reason), "\(error.map { "\($0)" } ?? "")")
    }

    @Test("estimates are held to [-1, 1] where diffusers' scheduler does so")
    func clipping() throws {
      let file = "scheduler/scheduler_config.json"
      #expect(try !DiTFolder(Self.place).isClipped)
      let ddim = try copy(file) { $0["clip_sample"] = nil }
      #expect(try PixelModel(DiTFolder(ddim.url)).scheduler.isClipped)
      let solver = try copy(file) {
        $0["clip_sample"] = nil
        $0["_class_name"] = "DPMSolverMultistepScheduler"
      }
      #expect(try !PixelModel(DiTFolder(solver.url)).scheduler.isClipped)
    }

    @Test("a prompt is not drawn, but told where classes are")
    func prompted() throws {
      let path = Self.place.path(percentEncoded: false) + "/"
      let error = #expect(throws: ModelError.self) {
        try ModelLibrary(folders: []).promptedModel(path)
      }
      #expect("\(try #require(error))".hasSuffix("found DiTPipeline, see `inkwell sample`"))
    }

    @Test("a scheduler without a chain is refused")
    func continuous() throws {
      let folder = try copy("scheduler/scheduler_config.json") {
        $0 = [
          "_class_name": "EDMEulerScheduler", "sigma_min": 0.002, "sigma_max": 80.0,
          "sigma_data": 1.0, "sigma_schedule": "karras", "prediction_type": "v_prediction",
        ]
      }
      let error = #expect(throws: ModelError.self) { try DiTFolder(folder.url) }
      #expect(
        "\(try #require(error))".contains(
          "_class_name: expected a chain of timesteps, found EDMEulerScheduler"))
    }

    @Test("what is missing is named")
    func missing() throws {
      let folder = try copy { _ in }
      for name in ["vae/config.json", "transformer/diffusion_pytorch_model.safetensors"] {
        try FileManager.default.removeItem(at: folder.file(name))
        let error = #expect(throws: ModelError.self) { try DiTFolder(folder.url) }
        guard case .incomplete(_, let missing) = error else {
          Issue.record("\(error.map { "\($0)" } ?? "nothing")")
          return
        }
        #expect(missing == [name])
        try FileManager.default.copyItem(
          at: Self.place.appending(path: name), to: folder.file(name))
      }
    }

    /// The folder with one file changed.
    private func copy(
      _ file: String = "model_index.json", _ change: (inout [String: Any]) -> Void
    ) throws -> TemporaryFolder {
      let folder = try TemporaryFolder()
      try FileManager.default.removeItem(at: folder.url)
      try FileManager.default.copyItem(at: Self.place, to: folder.url)
      let place = folder.file(file)
      var fields = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any])
      change(&fields)
      try JSONSerialization.data(withJSONObject: fields).write(to: place)
      return folder
    }
  }
}
