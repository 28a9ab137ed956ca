import Diffusion
import Testing
import Torch

/// What every inverse method in the catalogue promises.
@Suite struct InverseContractTests {
  static let names = InverseMethods.all.map(\.name)

  private let levels: [NoiseLevel]
  /// A prior that is not affine.
  private let prior = FunctionDenoiser { x, level in
    let scale = level.alpha / (level.alpha * level.alpha + level.sigma * level.sigma)
    return scale * x + 0.1 * (2 * x).tanh()
  }

  init() throws {
    levels = try DiscreteSchedule(.scaledLinear()).levels(12)
  }

  /// Samples given the mean of every four pixels.
  private func run(
    _ name: String, seeds: [UInt64], dtype: DType = .float64, y: Double = 1.5, times: Int = 1
  ) throws -> Tensor {
    let measurement = LinearMeasurement(
      Tensor.full([1, 2, 1, 2], .real(y), dtype: dtype), by: PoolingOperator(factor: 2),
      sigma: 0.1)
    let method = try InverseMethods.named(name)(prior, measurement)
    var end: Tensor?
    for _ in 0..<times {
      let noise = NoiseSource(seeds: seeds)
      let x = noise.normal([2, 2, 4], dtype: dtype)
      end = try method.sampler.sample(x, over: levels, denoiser: method.denoiser, noise: noise)
    }
    return try #require(end)
  }

  @Test("what is drawn measures more like y than what is drawn freely", arguments: names)
  func misfit(name: String) throws {
    let a = PoolingOperator(factor: 2)
    let noise = NoiseSource(seeds: [1, 2, 3])
    let free = try DDPM().sample(
      noise.normal([2, 2, 4], dtype: .float64), over: levels, denoiser: prior, noise: noise)
    for y in [-2.0, 1.5] {
      func misfit(_ x: Tensor) -> Double { (a(x) - y).absolute().mean().item() }
      #expect(misfit(try run(name, seeds: [1, 2, 3], y: y)) < 0.25 * misfit(free), "\(y)")
    }
  }

  @Test("a sample does not depend on its batch", arguments: names)
  func batches(name: String) throws {
    let together = try run(name, seeds: [5, 6, 7])
    for (index, seed) in [UInt64(5), 6, 7].enumerated() {
      let alone = try run(name, seeds: [seed])
      #expect(distance(together.narrowed(dim: 0, start: index, length: 1), alone) < 1e-12)
    }
    #expect(distance(try run(name, seeds: [5]), try run(name, seeds: [6])) > 0.01)
  }

  @Test(
    "the dtype and the shape stay, and no gradient is left", arguments: names,
    [DType.float16, .bfloat16, .float32])
  func dtypes(name: String, dtype: DType) throws {
    let end = try run(name, seeds: [1, 2], dtype: dtype)
    #expect(end.dtype == dtype)
    #expect(end.shape == [2, 2, 2, 4])
    #expect(!end.requiresGradient)
  }

  @Test("a run leaves nothing behind for the next one", arguments: names)
  func runs(name: String) throws {
    let once = try run(name, seeds: [1, 2])
    #expect(distance(once, try run(name, seeds: [1, 2], times: 2)) == 0)
  }

  @Test("names are unique, and unknown ones lead to the nearest")
  func named() {
    #expect(Set(Self.names).count == Self.names.count)
    #expect(InverseMethods.all.allSatisfy { !$0.summary.isEmpty })
    let error = #expect(throws: CatalogError.self) { try InverseMethods.named("ddmn") }
    #expect(error?.kind == "inverse method")
    #expect(error?.nearest.first == "ddnm")
  }
}
