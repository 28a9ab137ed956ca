import Diffusion
import Testing
import Torch
import Verification

/// Trajectories of diffusers 0.42.1 and k-diffusion 0.1.1 in float64, level by level;
/// `Tests/Golden/deterministic_samplers.py`.
@Suite struct DeterministicParityTests {
  @Test(
    "every step lands where the reference's does, to 1e-9",
    arguments: try DeterministicFixtures.load().cases.filter(\.isStepwise))
  func trajectory(_ golden: DeterministicFixtures.Case) throws {
    let fixtures = try DeterministicFixtures.load()
    let samplers = try samplers(golden.name)
    #expect(!samplers.isEmpty)
    for sampler in samplers {
      var found: [Tensor] = []
      _ = try sampler.sample(
        Tensor(golden.samples[0], shape: fixtures.shape), over: golden.noiseLevels,
        denoiser: DeterministicFixtures.denoiser(golden), noise: NoiseSource(seeds: [1])
      ) { found.append($0.x) }
      #expect(found.count == golden.samples.count - 1)
      for (index, (found, expected)) in zip(found, golden.samples.dropFirst()).enumerated() {
        #expect(isClose(found, expected, fixtures.shape), "\(sampler) step \(index + 1)")
      }
    }
  }

  @Test(
    "in float32 the ends are the reference's in float64, to 1e-5",
    arguments: try DeterministicFixtures.load().cases.filter(\.isStepwise))
  func float32(_ golden: DeterministicFixtures.Case) throws {
    let fixtures = try DeterministicFixtures.load()
    for sampler in try samplers(golden.name) {
      let end = try sampler.sample(
        Tensor(golden.samples[0], shape: fixtures.shape).converted(to: .float32),
        over: golden.noiseLevels, denoiser: DeterministicFixtures.denoiser(golden),
        noise: NoiseSource(seeds: [1]))
      #expect(end.dtype == .float32)
      let expected = Tensor(golden.samples[golden.samples.count - 1], shape: fixtures.shape)
      let error = distance(end.converted(to: .float64), expected)
      #expect(error < 1e-5 * expected.absolute().maximum().item(), "\(sampler)")
    }
  }

  @Test("DPM-Solver-fast ends where k-diffusion's does, to 1e-9", arguments: [9, 10, 11])
  func fast(evaluations: Int) throws {
    let fixtures = try DeterministicFixtures.load()
    let golden = try #require(
      fixtures.cases.first { $0.name == "k-dpm-fast-\(evaluations)" })
    let (first, last) = (golden.noiseLevels[0], golden.noiseLevels[1])
    let levels = DPMFast.levels(evaluations: evaluations, from: first, to: last)
    #expect(levels.count == evaluations + 1)
    let end = try DPMFast(evaluations: evaluations).sample(
      Tensor(golden.samples[0], shape: fixtures.shape), over: levels,
      denoiser: DeterministicFixtures.denoiser(golden), noise: NoiseSource(seeds: [1]))
    #expect(isClose(end, golden.samples[1], fixtures.shape))
  }

  @Test(
    "adaptive steps are accepted and refused as k-diffusion's are, and end there to 1e-9",
    arguments: [2, 3], [0.05, 0.001])
  func adaptive(order: Int, tolerance: Double) throws {
    let fixtures = try DeterministicFixtures.load()
    let golden = try #require(
      fixtures.cases.first { $0.name == "k-dpm-adaptive-\(order)-\(tolerance)" })
    let counting = CountingDenoiser(try DeterministicFixtures.denoiser(golden))
    let sampler = DPMAdaptive(
      order: order, relativeTolerance: tolerance, absoluteTolerance: tolerance / 5)
    let end = try sampler.sample(
      Tensor(golden.samples[0], shape: fixtures.shape), over: golden.noiseLevels,
      denoiser: counting, noise: NoiseSource(seeds: [1]))
    #expect(isClose(end, golden.samples[1], fixtures.shape))
    let (accepted, rejected) = (try #require(golden.accepted), try #require(golden.rejected))
    // What a refused step evaluated at its begin is kept.
    #expect(counting.count == accepted + (order - 1) * (accepted + rejected))
  }

  @Test("inversion lands where diffusers' does, to 1e-9")
  func inversion() throws {
    let fixtures = try DeterministicFixtures.load()
    let golden = try #require(fixtures.cases.first { $0.name == "ddim-inversion" })
    let levels = golden.noiseLevels
    let base = try DeterministicFixtures.denoiser(golden)
    // It tells the network the timestep of the noisier end: the noise is as if estimated there.
    let ahead = FunctionDenoiser { x, level in
      let index = levels.firstIndex(of: level) ?? 0
      let next = levels[min(index + 1, levels.count - 1)]
      let epsilon = next.epsilon(in: x, of: try base(x, at: next))
      return (x - level.sigma * epsilon) / level.alpha
    }
    var found: [Tensor] = []
    _ = try Inversion()(
      Tensor(golden.samples[0], shape: fixtures.shape), over: levels, denoiser: ahead
    ) { found.append($0) }
    #expect(found.count == 9)
    for (found, expected) in zip(found, golden.samples.dropFirst()) {
      #expect(isClose(found, expected, fixtures.shape))
    }
  }

  private func isClose(_ found: Tensor, _ expected: [Double], _ shape: [Int]) -> Bool {
    let expected = Tensor(expected, shape: shape)
    return distance(found, expected) < 1e-9 * expected.absolute().maximum().item()
  }

  /// The samplers that must go the way of a case.
  private func samplers(_ name: String) throws -> [any Sampler] {
    let schedule = try DiscreteSchedule(.scaledLinear())
    let halfTimestep: PNDM.Middle = { t, s in
      schedule.level(at: (schedule.timestep(at: t) + schedule.timestep(at: s)) / 2)
    }
    return switch name {
    case "dpmpp-2m", "k-dpmpp-2m":
      [DPMSolverPlusPlus2M(), DPMSolverMultistep(values: 2)]
    case "dpmpp-2m-heun", "k-dpmpp-2m-heun":
      [DPMSolverMultistep(values: 2, rule: .exact)]
    case "dpmpp-3m": [DPMSolverMultistep(values: 3)]
    case "dpmpp-3m-heun", "k-dpmpp-3m": [try Samplers.named("dpmpp-3m")]
    case "dpm-2m": [DPMSolverMultistep(values: 2, prediction: .epsilon)]
    case "dpm-2m-heun", "deis-2":
      [DPMSolverMultistep(values: 2, prediction: .epsilon, rule: .exact), DEIS(order: 2)]
    case "dpm-3m": [DPMSolverMultistep(values: 3, prediction: .epsilon)]
    case "dpm-3m-heun": [DPMSolverMultistep(values: 3, prediction: .epsilon, rule: .heun)]
    case "deis-3":
      [DPMSolverMultistep(values: 3, prediction: .epsilon, rule: .exact), DEIS(order: 3)]
    case "dpmpp-2s-midpoint": [DPMFast(order: 2, prediction: .x0, rule: .published)]
    case "dpmpp-2s-heun": [DPMFast(order: 2, prediction: .x0)]
    case "dpmpp-3s-heun": [DPMFast(order: 3, prediction: .x0)]
    case "dpm-2s-midpoint": [DPMFast(order: 2, rule: .published)]
    case "dpm-2s-heun": [DPMFast(order: 2)]
    case "dpm-3s-heun": [DPMFast(order: 3)]
    case "k-dpmpp-2s": [DPMSolverSinglestep(order: 2)]
    case "unipc-bh1-1": [UniPC(values: 1, kind: .bh1)]
    case "unipc-bh1-2": [UniPC(values: 2, kind: .bh1)]
    case "unipc-bh1-3": [UniPC(values: 3, kind: .bh1)]
    case "unipc-bh2-1": [UniPC(values: 1)]
    case "unipc-bh2-2": [UniPC(values: 2)]
    case "unipc-bh2-3": [UniPC(values: 3)]
    case "lms", "k-lms": [LMS(), DEIS(order: 4, over: .sigma)]
    case "dpm2", "k-dpm2":
      [DPM2(), DPMSolverSinglestep(order: 2, prediction: .epsilon)]
    case "plms": [PLMS()]
    case "pndm": [PNDM(middle: halfTimestep)]
    case "ipndm": [IPNDM()]
    default: []
    }
  }
}
