import Testing
import Torch

@testable import Diffusion

/// Samples that are released from what is known one after the other.
@Suite struct ReleasingTests {
  private let known = Tensor([1, -2, 3, -4] as [Float], shape: [1, 4])
  private let noise = Tensor([0.5, 0.25, -0.5, -1] as [Float], shape: [1, 4])
  private let levels = [
    NoiseLevel(alpha: 0.2, sigma: 0.98), NoiseLevel(alpha: 0.6, sigma: 0.8),
    NoiseLevel(alpha: 0.8, sigma: 0.6), NoiseLevel.clean,
  ]
  private let denoiser = FunctionDenoiser { x, _ in 0.5 * x + 1 }

  private func run(_ sampler: some Sampler) throws -> [[Float]] {
    var steps: [[Float]] = []
    _ = try sampler.sample(
      levels[0].noised(known, by: noise), over: levels, denoiser: denoiser,
      noise: NoiseSource(seeds: [1])
    ) { steps.append($0.x.values(as: Float.self)) }
    return steps
  }

  @Test("white is drawn from the first step, grey from its share, black only in the last step")
  func shares() throws {
    let share = Tensor([1, 0.5, 0, 0.2] as [Float], shape: [1, 4])
    let found = try run(Releasing(DDIM(), known: known, noise: noise, share: share))
    let free = try run(DDIM())
    func last(from index: Int) throws -> [Float] {
      // What is drawn if everything is known until step `index`.
      var x = levels[index].noised(known, by: noise)
      let sampler = DDIM()
      for (t, s) in zip(levels[index...], levels[(index + 1)...]) {
        x = try sampler.step(
          x, from: t, to: s, denoiser: denoiser, noise: NoiseSource(seeds: [1]))
      }
      return x.values(as: Float.self)
    }
    // Three steps: 1 - share is above i / 3 until step i.
    let expected = [free[2][0], try last(from: 1)[1], try last(from: 2)[2], try last(from: 2)[3]]
    for (place, value) in expected.enumerated() {
      #expect(abs(found[2][place] - value) < 1e-5, "place \(place)")
    }
    #expect(abs(found[2][1] - free[2][1]) > 1e-3 && abs(found[2][2] - found[2][0]) > 1e-3)
  }

  @Test("it says of itself what the sampler that it wraps does")
  func wraps() {
    let share = Tensor.zeros([1, 4])
    let stochastic = Releasing(Ancestral(Euler()), known: known, noise: noise, share: share)
    #expect(stochastic.isStochastic && stochastic.order == Ancestral(Euler()).order)
    #expect(stochastic.target == .mean)
  }
}
