import Diffusion
import Foundation
import TestSupport
import Testing
import Torch

@testable import Models

/// A small Stable Audio from a prompt's tokens to a sound, as diffusers ran it; see
/// `stable_audio.py`.
@Suite struct StableAudioPipelineTests {
  /// float32 over six steps, of which the reference's levels are float32 too.
  static let tolerance = 2e-4

  static let seconds = 0.002..<0.014

  @Test("equal noise becomes diffusers' latents, with guidance and without, and its sound")
  func run() throws {
    let golden = try Golden("pipeline/golden.safetensors")
    let model = try StableAudioPipeline(folder: Golden.file("pipeline"))
    let (plain, guided, sound) = try checked {
      let conditions = model.conditions(
        ids: try golden["ids"], mask: try golden["mask"], seconds: Self.seconds)
      let denoiser = model.denoiser(conditions)
      let plain = try sample(model, golden, denoiser)
      let unconditional = model.denoiser(conditions.withoutPrompt)
      let guided = try sample(
        model, golden,
        ClassifierFree(conditional: denoiser, unconditional: unconditional, scale: 4))
      return (plain, guided, model.sound(guided, seconds: Self.seconds))
    }
    #expect(relativeDistance(plain, try golden["plain"]) < Self.tolerance)
    #expect(relativeDistance(guided, try golden["guided"]) < Self.tolerance)
    #expect(relativeDistance(sound, try golden["sound"]) < Self.tolerance)
    #expect(sound.shape.sizes == [2, 2, 12])
  }

  private func sample(
    _ model: StableAudioPipeline, _ golden: Golden, _ denoiser: some Denoiser
  ) throws -> Tensor {
    let increments = try (0..<6).map { try golden["increment.\($0)"] }
    let levels = try model.schedule.levels(6)
    let noise = NoiseSource(normal: { $0 }) { x, t, _ in
      let step = levels.firstIndex(of: t) ?? 0
      return increments[step].reshaped(x.shape.sizes)
    }
    return try DPMSolverPlusPlus2MSDE().sample(
      try golden["latents"], over: levels, denoiser: denoiser, noise: noise)
  }

  @Test("the network is told the angle of a level, and an angle is a level")
  func schedule() throws {
    let schedule: StableAudioSchedule = try readConfiguration(
      from: Golden.file("pipeline/scheduler/scheduler_config.json"))
    #expect(schedule.sigmaMin == 0.2 && schedule.sigmaMax == 50)
    let equal = NoiseLevel(alpha: 0.5.squareRoot(), sigma: 0.5.squareRoot())
    #expect(abs(schedule.timestep(at: equal) - 0.5) < 1e-12)
    for level in try schedule.levels(7).dropLast() {
      let same = schedule.level(at: schedule.timestep(at: level))
      #expect(abs(same.alpha - level.alpha) < 1e-12 && abs(same.sigma - level.sigma) < 1e-12)
      #expect(abs(pow(level.alpha, 2) + pow(level.sigma, 2) - 1) < 1e-12)
    }
  }

  @Test(
    "another schedule is refused, by name",
    arguments: [
      ("sigma_min", "0", "sigma_min: expected more than 0, found 0.0"),
      ("sigma_max", "0.1", "sigma_max: expected more than 0.2, found 0.1"),
      (
        "sigma_schedule", "\"karras\"", "sigma_schedule: expected exponential, found karras"
      ),
      (
        "prediction_type", "\"epsilon\"", "prediction_type: expected v_prediction, found epsilon"
      ),
      ("solver_order", "1", "solver_order: expected 2, found 1"),
      ("solver_type", "\"heun\"", "solver_type: expected midpoint, found heun"),
      ("sigma_data", "0.5", "sigma_data: expected 1.0, found 0.5"),
      (
        "final_sigmas_type", "\"sigma_min\"", "final_sigmas_type: expected zero, found sigma_min"
      ),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: StableAudioSchedule.self,
      in: Golden.file("pipeline/scheduler/scheduler_config.json"), key, json)
    #expect(found == reason)
  }

  @Test("networks that do not fit together are refused")
  func misfits() throws {
    let folder = try TemporaryFolder()
    for part in ["text_encoder", "projection_model", "transformer", "vae", "scheduler"] {
      let source = part == "projection_model" ? "projection" : "pipeline/\(part)"
      try FileManager.default.copyItem(at: Golden.file(source), to: folder.file(part))
    }
    let error = #expect(throws: ConfigurationError.self) {
      try StableAudioPipeline(folder: folder.url)
    }
    #expect(
      error?.reason
        == "text_encoder_dim: expected 6, as the other networks have it, found 5")
  }
}
