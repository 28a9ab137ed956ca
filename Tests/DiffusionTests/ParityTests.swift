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
    let sampler = golden.name == "ddim-half" ? DDIM(eta: 0.5) : try Samplers.named(golden.sampler)
    var trajectory: [Tensor] = []
    _ = try sampler.sample(
      Tensor(golden.start, shape: fixtures.shape), over: levels,
      denoiser: denoiser(golden, schedule),
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

  /// The network of the reference, guided away from the one that does not know the prompt.
  private func denoiser(
    _ golden: Fixtures.Case, _ schedule: any NoiseSchedule
  ) throws -> some Denoiser {
    func prompted(_ x: Tensor, _ t: Tensor) -> Tensor {
      x * (0.6 + 0.2 * t / 1000) + 0.1 * x.tanh()
    }
    func unprompted(_ x: Tensor, _ t: Tensor) -> Tensor {
      x * (0.5 + 0.3 * t / 1000) - 0.1 * x.tanh()
    }
    func column(_ timesteps: Tensor) -> Tensor {
      timesteps.converted(to: .float64).reshaped(-1, 1, 1, 1)
    }
    let prediction = try #require(PredictionType(rawValue: golden.prediction))
    return BatchedClassifierFree(
      conditional: PredictionDenoiser(prediction, schedule: schedule) { x, timesteps in
        prompted(x, column(timesteps))
      },
      pair: PredictionDenoiser(prediction, schedule: schedule) { x, timesteps in
        let (x, t) = (x.chunked(2), column(timesteps).chunked(2))
        return concatenate(unprompted(x[0], t[0]), prompted(x[1], t[1]))
      },
      scale: golden.guidance)
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
