import Diffusion
import Testing
import Torch

/// Trajectories of diffusers 0.42.1, step by step; `Tests/Golden/samplers.py`.
@Suite struct ParityTests {
  @Test("every step lands where diffusers' does", arguments: try Fixtures.load().cases)
  func trajectory(_ golden: Fixtures.Case) throws {
    let fixtures = try Fixtures.load()
    let schedule = try #require(try schedule(golden))
    var levels = try schedule.levels(golden.steps)
    // diffusers takes these two over variance-preserving networks in x / alpha.
    if ["euler", "heun"].contains(golden.sampler), golden.prediction != "velocity" {
      levels = levels.map { NoisePath.varianceExploding.level($0) }
    }
    let prediction = try #require(PredictionType(rawValue: golden.prediction))
    let denoiser = PredictionDenoiser(prediction, schedule: schedule) { x, timesteps in
      let t = timesteps.converted(to: x.dtype).reshaped(-1, 1, 1, 1)
      return x * (0.6 + 0.2 * t / 1000) + 0.1 * x.tanh()
    }
    let sampler = golden.name == "ddim-half" ? DDIM(eta: 0.5) : try Samplers.named(golden.sampler)
    var trajectory: [Tensor] = []
    _ = try sampler.sample(
      Tensor(golden.start, shape: fixtures.shape), over: levels, denoiser: denoiser,
      noise: NoiseSource(seeds: fixtures.seeds)
    ) { trajectory.append($0.x) }

    #expect(trajectory.count == golden.trajectory.count)
    for (index, (found, expected)) in zip(trajectory, golden.trajectory).enumerated() {
      let expected = Tensor(expected, shape: fixtures.shape)
      let size = expected.absolute().maximum().item()
      #expect(distance(found, expected) < tolerance(golden) * size, "step \(index + 1)")
    }
  }

  @Test("a seed gives PyTorch's noise, draw after draw")
  func noise() throws {
    for golden in try Fixtures.load().noise {
      let dtype: DType = golden.float64 ? .float64 : .float32
      let source = NoiseSource(seeds: [golden.seed])
      let like = Tensor.zeros([1] + golden.shape, dtype: dtype)
      #expect(source.normal(like: like).values(as: Double.self) == golden.first)
      #expect(source.normal(golden.shape, dtype: dtype).values(as: Double.self) == golden.second)
    }
  }

  /// DDPM and DDIM step in float64 there; the others keep sigmas and samples in float32.
  private func tolerance(_ golden: Fixtures.Case) -> Double {
    golden.sampler.hasPrefix("dd") ? 1e-11 : 1e-5
  }

  private func schedule(_ golden: Fixtures.Case) throws -> (any NoiseSchedule)? {
    let spacing = spacing(golden.spacing) ?? .trailing
    return switch golden.schedule {
    case "linear": try DiscreteSchedule(.linear(), spacing: spacing)
    case "scaled-linear": try DiscreteSchedule(.scaledLinear(), spacing: spacing)
    case "cosine": try DiscreteSchedule(.cosine(), spacing: spacing)
    case "flow-1": try FlowSchedule()
    case "flow-3": try FlowSchedule(shift: 3)
    default: nil
    }
  }
}
