import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Checkpoints
@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// Models that were trained on a range of noise levels and no chain, as CosXL was.
  @Suite struct CosXLTests {
    let fixture: TaskFixture

    init() throws {
      fixture = try TaskFixture()
    }

    /// A scheduler's file with a field changed, or removed where it is nil.
    private func scheduler(_ key: String? = nil, _ value: Any? = nil) throws
      -> SchedulerConfiguration
    {
      let reference = try #require(try TaskTests.references("cos-euler").first)
      var fields = try #require(
        JSONSerialization.jsonObject(with: Data(reference.scheduler.utf8)) as? [String: Any])
      if let key { fields[key] = value }
      return try SchedulerConfiguration(
        contentsOf: fixture.folder.write(
          JSONSerialization.data(withJSONObject: fields), to: "s.json"))
    }

    @Test("a model of SDXL's kind draws with such levels as diffusers does")
    func drawing() throws {
      let reference = try #require(try TaskTests.references("cos-euler").first)
      let scheduler = try reference.configuration(in: fixture.folder)
      let model = try StableDiffusionFixture.model("sdxl", scheduler)
      let drawing = Drawing(settings: reference.settings(scheduler), size: reference.size)
      let latents = try model.latents(
        model.batch(reference.prompts, seeds: reference.seeds, drawing: drawing))
      #expect(relativeDistance(latents, try fixture.golden["cos-euler.latents"]) < 1e-4)
      #expect(try fixture.difference(model.pictures(latents), from: "cos-euler") <= 1)
    }

    @Test("the verb edits as the library does, and its picture is made again to the byte")
    func command() throws {
      let model = try fixture.model("edit-cos").path(percentEncoded: false)
      let run = try CommandRun(
        [
          "edit", "picture.png", "a red apple", "--guidance", "7.5", "--steps", "5", "--seed", "42",
          "--quiet", "--model", model, "--output", "cos.png",
        ], in: fixture.folder
      ).finish()
      #expect(run.status == 0, "\(run.errors)")
      let made = try Image(contentsOf: fixture.folder.file("cos.png"))
      #expect(try fixture.difference([made], from: "edit-cos-euler") <= 1)
      let again = try CommandRun(
        ["regenerate", "cos.png", "--model", model], in: fixture.folder
      ).finish()
      #expect(again.errors.contains("the same bytes as cos.png"), "\(again.errors)")
    }

    @Test("whether the picture is seen scaled is what the index says, or what the levels do")
    func scaling() throws {
      let folder = try fixture.model("edit-cos")
      #expect(try StableDiffusionFolder(folder).scalesPicture)
      #expect(try !StableDiffusionFolder(fixture.model("edit-xl")).scalesPicture)
      let index = folder.appending(path: "model_index.json")
      let text = try String(contentsOf: index, encoding: .utf8)
      try Data(text.replacing("{\n", with: "{\n\"is_cosxl_edit\": false,", maxReplacements: 1).utf8)
        .write(to: index)
      let source = try StableDiffusionFolder(folder)
      #expect(try !source.scalesPicture)
      let reference = try #require(try TaskTests.references("edit-cos-euler").first)
      let model = try source.model()
      var start = RedrawStart(picture: try fixture.picture("picture"), strength: 1)
      start.told = .instruction(pictureGuidance: 1.5)
      let latents = try model.latents(
        model.batch(
          reference.prompts, seeds: reference.seeds,
          drawing: Drawing(
            settings: reference.settings(model.scheduler), size: reference.size)), from: start)
      #expect(relativeDistance(latents, try fixture.golden["edit-cos-euler.latents"]) > 1e-3)
    }

    @Test("the levels go from the largest to the smallest sigma, and the network is told ln(σ) / 4")
    func levels() throws {
      let table = try scheduler().timetable(3, for: "euler")
      let expected = [120.0, (120 * 0.002).squareRoot(), 0.002]
      #expect(table.levels.count == 4 && table.levels[3] == .clean)
      for ((level, sigma), entry) in zip(zip(table.levels, expected), table.entries) {
        #expect(level.alpha == 1 && abs(level.sigma / sigma - 1) < 1e-12)
        #expect(abs(table.timestep(at: level) - log(sigma) / 4) < 1e-12)
        #expect(abs(entry.level.alpha * hypot(1, sigma) - 1) < 1e-12)
      }
      #expect(table.startScale == hypot(120, 1))
      #expect(abs(table.level(at: log(3.0) / 4).karrasSigma - 3) < 1e-12)
      let karras = try scheduler("sigma_schedule", "karras").timetable(3, for: "heun").levels
      let named = try scheduler().timetable(3, for: "heun", spacing: "karras").levels
      #expect(karras == named && karras[1].sigma > 2 * expected[1])
      // A last step of nothing is none.
      let lowest = try scheduler("final_sigmas_type", "sigma_min").timetable(3, for: "euler").levels
      #expect(lowest.count == 3 && abs(lowest[2].sigma - 0.002) < 1e-12)
    }

    @Test(
      "what is not done here is refused by its key",
      arguments: [
        ("sigma_data", "0.5", "sigma_data: expected 1.0 beside EDMEulerScheduler, found 0.5"),
        ("sigma_data", nil, "sigma_data: expected 1.0 beside EDMEulerScheduler, found 0.5"),
        ("prediction_type", "epsilon", "prediction_type: expected v_prediction beside EDMEuler"),
        ("prediction_type", nil, "prediction_type: expected v_prediction beside EDMEuler"),
        (
          "sigma_max", "0.001", "sigma_max: expected above sigma_min, which is above 0, found 0.001"
        ),
        ("sigma_min", "0", "sigma_max: expected above sigma_min, which is above 0, found 120.0"),
        (
          "sigma_schedule", "linear", "sigma_schedule: expected exponential or karras, found linear"
        ),
        ("final_sigmas_type", "one", "final_sigmas_type: expected sigma_min or zero, found one"),
      ])
    func refusals(key: String, value: String?, reason: String) throws {
      let error = #expect(throws: ConfigurationError.self) {
        try scheduler(key, value.map { Double($0).map { $0 as Any } ?? $0 })
      }
      #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }

    @Test("spacings and samplers of timesteps, and refiners, are refused")
    func timesteps() throws {
      let continuous = try scheduler()
      let spacing = #expect(throws: GenerateError.self) {
        try continuous.timetable(3, for: "euler", spacing: "trailing")
      }
      #expect(spacing?.description.contains("such as karras, for a model of no chain") == true)
      let sampler = #expect(throws: GenerateError.self) {
        try continuous.timetable(3, for: "tcd")
      }
      #expect(sampler?.description.contains("such as euler, found tcd") == true)
      #expect(throws: ScheduleError.self) { try continuous.timetable(0, for: "euler") }
      let model = try StableDiffusionFixture.model("sdxl", continuous)
      let refiner = #expect(throws: GenerateError.self) {
        try LoadedRefiner(
          Generate.Refiner(model: fixture.model("refiner").path(percentEncoded: false)),
          after: model, SamplingSettings())
      }
      #expect(
        refiner?.description
          == "refiner: expected none for a model of no chain of timesteps, found one")
    }

    @Test("a single file is told by its tensors, and becomes a folder that edits so in diffusers")
    func files() throws {
      let file = fixture.folder.file("cos.safetensors")
      try TinyFamily.write(to: file) { tensors in
        tensors["edm_vpred.sigma_max"] = Tensor.full([], 90, dtype: .float32)
        tensors["edm_vpred.sigma_min"] = Tensor.full([], 0.004, dtype: .float32)
        let name = "model.diffusion_model.input_blocks.0.0.weight"
        tensors[name] = tensors[name].map { concatenate($0, $0, dim: 1) }
      }
      let path = file.path(percentEncoded: false)
      let weights = try ModelWeights(path, among: [TinyFamily.family])
      #expect(weights.isContinuous && weights.inputs == 8)
      let range = try #require(try weights.scheduler.configuration.range)
      #expect(range.most == 90 && abs(range.least - 0.004) < 1e-8)
      #expect(range.spacing == .exponential)
      let folder = fixture.folder.file("cos")
      try ConvertModel(
        input: path, output: folder.path(percentEncoded: false), layout: .diffusers,
        precision: .float16
      ).run(among: [TinyFamily.family])
      let source = try StableDiffusionFolder(folder)
      #expect(source.index.pipeline == "StableDiffusionXLInstructPix2PixPipeline")
      #expect(try source.index.isCosXLEdit == true && source.scheduler.range == range)
      try TinyFamily.write(to: file)
      let plain = try ModelWeights(path, among: [TinyFamily.family])
      #expect(try !plain.isContinuous && plain.scheduler.configuration.range == nil)
    }
  }
}
