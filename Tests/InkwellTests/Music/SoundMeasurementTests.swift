import Diffusion
import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// Sounds that agree with what was measured of them.
@Suite struct SoundMeasurementTests {
  /// A denoiser that knows what samples are normally distributed about 0 with a deviation of 1.
  private struct NormalSamples: Denoiser {
    func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
      let power = level.alpha * level.alpha + level.sigma * level.sigma
      return x * (level.alpha / power)
    }
  }

  private func measured(_ y: Tensor, sigma: Double) -> DecodedMeasurement<NormalSamples> {
    DecodedMeasurement(
      base: NormalSamples(), measurement: LinearMeasurement(y, by: WholeOperator(), sigma: sigma),
      decode: { $0 }, encode: { $0 })
  }

  @Test(
    "of what was measured is believed all while the level is the noisier one, then its part",
    arguments: [(4.0, 1.0), (0.5, 1.0), (0.25, 0.5), (0.05, 0.1), (0, 0)])
  func belief(sigma: Double, share: Double) throws {
    let y = Generator(seed: 1).normal([1, 1, 64])
    let level = NoiseLevel(alpha: 1, sigma: sigma)
    let found = try checked { try measured(y, sigma: 0.5)(.zeros([1, 1, 64]), at: level) }
    #expect(distance(found, y * share) < 1e-6)
    // Without noise, all of it at every level.
    let exact = try checked { try measured(y, sigma: 0)(.zeros([1, 1, 64]), at: level) }
    #expect(distance(exact, y) < 1e-6)
  }

  /// A denoiser that knows that all samples of a sound are one number, normally distributed.
  private struct EvenSamples: Denoiser {
    func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
      let count = Double(x.shape[-1])
      let weight =
        level.alpha * count / (level.alpha * level.alpha * count + level.sigma * level.sigma)
      return x.mean(dims: [-1], keepingDims: true) * weight + x * 0
    }
  }

  @Test("a sound of a known distribution loses its noise, and stays the same sound")
  func cleans() throws {
    let (count, level, sigma) = (1024, 0.7, 1.0)
    let generator = Generator(seed: 2)
    let noisy = generator.normal([1, 1, count]) * sigma + level
    let schedule = TextToSoundModel.trainedSchedule
    let plan = SamplingPlan(
      sampler: try Samplers.named("ddim"), schedule: schedule, levels: try schedule.levels(40))
    let denoiser = DecodedMeasurement(
      base: EvenSamples(),
      measurement: LinearMeasurement(noisy, by: WholeOperator(), sigma: sigma),
      decode: { $0 }, encode: { $0 })
    let made = try checked {
      try withoutGradients {
        try plan(
          generator.normal([1, 1, count]) * plan.levels[0].sigma, denoiser,
          NoiseSource(seeds: [1])
        ) { _ in }
      }
    }
    let (found, left) = try checked {
      (made.mean().item(), ((made - level) * (made - level)).mean().item())
    }
    // The noise's mean has a deviation of 1/32; its power was 1.
    #expect(abs(found - level) < 0.1, "\(found)")
    #expect(left < 0.05, "\(left)")
  }
}
