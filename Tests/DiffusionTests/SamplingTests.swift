import Diffusion
import Testing
import Torch
import Verification

/// The loop over the levels.
@Suite struct SamplingTests {
  private let data = NormalData(variance: 0.25)
  private let noise = NoiseSource(seeds: [1, 2])

  @Test("every step is reported with its number, its level and both samples")
  func progress() throws {
    let levels = try FlowSchedule().levels(5)
    var steps: [SamplingStep] = []
    let end = try Euler().sample(
      noise.normal([3]), over: levels, denoiser: data, noise: noise
    ) { steps.append($0) }
    #expect(steps.map(\.index) == [1, 2, 3, 4, 5])
    #expect(steps.allSatisfy { $0.count == 5 && $0.x0.shape == [2, 3] })
    #expect(steps.map(\.level) == Array(levels.dropFirst()))
    #expect(steps.last?.x.isIdentical(to: end) == true)
  }

  @Test("what the observer throws ends the run at once")
  func cancel() throws {
    var evaluations = 0
    let counting = FunctionDenoiser { x, level in
      evaluations += 1
      return data(x, at: level)
    }
    #expect(throws: CancellationError.self) {
      try Euler().sample(
        noise.normal([3]), over: try FlowSchedule().levels(50), denoiser: counting, noise: noise
      ) { if $0.index == 3 { throw CancellationError() } }
    }
    #expect(evaluations == 3)
  }

  @Test("levels that do not fall are refused before any work")
  func levels() throws {
    let (a, b) = (NoiseLevel(alpha: 1, sigma: 2), NoiseLevel(alpha: 1, sigma: 1))
    let unused = FunctionDenoiser { _, _ in throw CancellationError() }
    func run(_ levels: [NoiseLevel]) throws -> Tensor {
      try Euler().sample(noise.normal([3]), over: levels, denoiser: unused, noise: noise)
    }
    #expect(throws: SamplingError.tooFewLevels(1)) { try run([a]) }
    #expect(throws: SamplingError.tooFewLevels(0)) { try run([]) }
    #expect(throws: SamplingError.risingNoise(index: 2, from: b, to: a)) { try run([a, b, a]) }
    #expect(throws: SamplingError.risingNoise(index: 1, from: a, to: a)) { try run([a, a]) }
    #expect(SamplingError.tooFewLevels(1).description.hasSuffix("two levels or more, found 1"))
  }

  @Test("a NaN is an error that names the step")
  func notFinite() throws {
    let levels = try KarrasSchedule().levels(4)
    let broken = FunctionDenoiser { x, level in
      level.sigma < 10 ? (0 * x).logarithm() * 0 : data(x, at: level)
    }
    let error = #expect(throws: SamplingError.self) {
      try DDIM().sample(noise.normal([3]), over: levels, denoiser: broken, noise: noise)
    }
    #expect(error == .notFinite(step: 2, count: 4, from: levels[1], to: levels[2]))
    #expect(error?.description.contains("step 2 of 4") == true)
  }

  @Test("a failing operation in the denoiser is thrown with LibTorch's message")
  func failure() throws {
    let broken = FunctionDenoiser { x, _ in x.matmul(x) }
    #expect(throws: TorchError.self) {
      try Heun().sample(
        noise.normal([3]), over: try FlowSchedule().levels(4), denoiser: broken, noise: noise)
    }
  }

  @Test("no gradient is recorded")
  func gradients() throws {
    let weight = Tensor([1.0]).withGradient()
    let denoiser = FunctionDenoiser { x, _ in weight * x }
    let end = try Euler().sample(
      noise.normal([3], dtype: .float64), over: try FlowSchedule().levels(4), denoiser: denoiser,
      noise: noise)
    #expect(!end.requiresGradient)
  }
}
