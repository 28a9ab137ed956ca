import Testing
import Torch

@testable import Diffusion

/// Samples of which a part is known.
@Suite struct BlendingTests {
  private let known = Tensor([1, -2, 3, -4] as [Float], shape: [1, 4])
  private let noise = Tensor([0.5, 0.25, -0.5, -1] as [Float], shape: [1, 4])
  private let x = Tensor([2, 1, -1, 0.5] as [Float], shape: [1, 4])
  private let denoiser = FunctionDenoiser { x, _ in 0.5 * x }

  private func run(mask: [Float], last: NoiseLevel = .clean) throws -> (
    whole: Tensor, steps: [Tensor]
  ) {
    var steps: [Tensor] = []
    let sampler = Blending(
      Euler(), known: known, noise: noise, mask: Tensor(mask, shape: [1, 4]))
    let levels = [
      NoiseLevel(alpha: 0.6, sigma: 0.8), NoiseLevel(alpha: 0.8, sigma: 0.6), last,
    ]
    let end = try sampler.sample(
      x, over: levels, denoiser: denoiser, noise: NoiseSource(seeds: [1])
    ) { steps.append($0.x) }
    return (end, steps)
  }

  private func isSame(_ a: Tensor, _ b: Tensor, _ places: [Int]) -> Bool {
    let (a, b) = (a.values(as: Float.self), b.values(as: Float.self))
    return places.allSatisfy { abs(a[$0] - b[$0]) < 1e-6 }
  }

  @Test("outside the mask is what is known, with its own noise until the end")
  func kept() throws {
    for last in [NoiseLevel.clean, NoiseLevel(alpha: 0.995, sigma: 0.0998)] {
      let (end, steps) = try run(mask: [0, 1, 0, 1], last: last)
      #expect(isSame(steps[0], 0.8 * known + 0.6 * noise, [0, 2]))
      #expect(isSame(end, known, [0, 2]))
    }
  }

  @Test("inside it are the steps of the sampler, here of a denoiser that looks at each alone")
  func drawn() throws {
    let (plain, _) = try run(mask: [1, 1, 1, 1])
    let (end, steps) = try run(mask: [0, 1, 0.25, 1])
    #expect(isSame(end, plain, [1, 3]))
    let direct = try Euler().step(
      x, from: NoiseLevel(alpha: 0.6, sigma: 0.8), to: NoiseLevel(alpha: 0.8, sigma: 0.6),
      denoiser: denoiser, noise: NoiseSource(seeds: [1]))
    #expect(isSame(steps[0], 0.75 * (0.8 * known + 0.6 * noise) + 0.25 * direct, [2]))
  }
}
