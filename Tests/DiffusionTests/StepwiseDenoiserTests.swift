import Testing
import Torch

@testable import Diffusion

/// A denoiser that is another one in each step.
@Suite struct StepwiseDenoiserTests {
  private let levels = [0.2, 0.6, 0.9].map {
    NoiseLevel(alpha: $0, sigma: (1 - $0 * $0).squareRoot())
  }
  private let x = Tensor([2, 1, -1, 0.5] as [Float], shape: [1, 4])

  private func constant(_ value: Double) -> FunctionDenoiser {
    FunctionDenoiser { x, _ in 0 * x + value }
  }

  @Test("the level decides: a step's from its first level down to the next step's")
  func levelsOfSteps() {
    let denoiser = StepwiseDenoiser(
      over: levels + [.clean], [constant(1), constant(2), constant(3)])
    let path =
      levels + [NoiseLevel(alpha: 0.1, sigma: 0.995), NoiseLevel(alpha: 0.5, sigma: 0.866)]
    #expect(path.map { denoiser.step(at: $0) } == [0, 1, 2, 0, 0])
    #expect(denoiser.step(at: NoiseLevel(alpha: 0.99, sigma: 0.141)) == 2)
    // The same levels on another path, in Karras' variables.
    let sigmas = levels.map { NoiseLevel(alpha: 1, sigma: $0.karrasSigma) }
    #expect(sigmas.map { denoiser.step(at: $0) } == [0, 1, 2])
  }

  @Test("a run is that of the first denoiser until a step, and that of the second from there")
  func run() throws {
    let (first, second) = (FunctionDenoiser { x, _ in 0.5 * x }, FunctionDenoiser { x, _ in 1 - x })
    let noise = NoiseSource(seeds: [1])
    let middle = try DDIM().sample(
      x, over: Array(levels[...1]), denoiser: first, noise: noise)
    let expected = try DDIM().sample(
      middle, over: [levels[1], levels[2], .clean], denoiser: second, noise: noise)
    let found = try DDIM().sample(
      x, over: levels + [.clean],
      denoiser: StepwiseDenoiser(over: levels + [.clean], [first, second, second]), noise: noise)
    #expect((found - expected).absolute().maximum().item() < 1e-6)
  }

  @Test("what Heun's method evaluates at a step's end is the next step's")
  func heun() throws {
    var heard: [Int] = []
    let denoisers = (0..<3).map { step in
      FunctionDenoiser { x, _ in
        heard.append(step)
        return 0.5 * x
      }
    }
    _ = try Heun().sample(
      x, over: levels + [.clean], denoiser: StepwiseDenoiser(over: levels + [.clean], denoisers),
      noise: NoiseSource(seeds: [1]))
    #expect(heard == [0, 1, 1, 2, 2])
  }
}

/// Several conditions in one batch.
@Suite struct BatchedCompositionTests {
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
  private let x = Tensor([2, 1, -1, 0.5, 3, -2] as [Float], shape: [2, 3])

  private func denoiser(_ factor: Double) -> FunctionDenoiser {
    FunctionDenoiser { x, _ in factor * x * x + factor }
  }

  /// All of them over a batch, one after the other.
  private func all(_ factors: [Double]) -> FunctionDenoiser {
    FunctionDenoiser { x, level in
      let parts = x.chunked(factors.count, dim: 0)
      return try zip(factors, parts).map { try denoiser($0)($1, at: level) }.concatenated()
    }
  }

  @Test("it is the composition with its weights times the guidance scale", arguments: [1.0, 7.5])
  func formula(scale: Double) throws {
    let weights = [0.7, -0.4]
    let batched = BatchedComposition(
      all([0.3, 1.1, -2]), weights: weights.map { Tensor([Float($0), Float($0)], shape: [2]) },
      by: LinearGuidance(scale: scale))
    let composed = Composition(
      unconditional: denoiser(0.3),
      conditions: zip([1.1, -2], weights).map {
        Composition.Condition(denoiser($0), weight: scale * $1)
      })
    let (found, expected) = (try batched(x, at: level), try composed(x, at: level))
    #expect((found - expected).absolute().maximum().item() < 1e-4)
  }

  @Test("each sample has weights of its own; 1 and 0 are the first condition alone")
  func samples() throws {
    let rule = LinearGuidance(scale: 3)
    let weights = [
      Tensor([1, 0.5] as [Float], shape: [2]), Tensor([0, 0.5] as [Float], shape: [2]),
    ]
    let found = try BatchedComposition(all([0.3, 1.1, -2]), weights: weights, by: rule)(
      x, at: level)
    let alone = try ClassifierFree(
      conditional: denoiser(1.1), unconditional: denoiser(0.3), scale: 3)(x, at: level)
    let other = try ClassifierFree(
      conditional: denoiser(-0.45), unconditional: denoiser(0.3), scale: 3)(x, at: level)
    let difference =
      found
      - [
        alone.narrowed(dim: 0, start: 0, length: 1),
        other.narrowed(dim: 0, start: 1, length: 1),
      ].concatenated()
    #expect(difference.absolute().maximum().item() < 1e-4)
  }
}
