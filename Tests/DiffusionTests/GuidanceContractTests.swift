import Diffusion
import Testing
import Torch

/// What every guidance rule in the catalogue promises.
@Suite struct GuidanceContractTests {
  static let names = Guidances.all.map(\.name)
  private let schedule = NoisePath.flow
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.4)

  private func levels() throws -> [NoiseLevel] { try FlowSchedule().levels(8) }

  private func rule(_ name: String, scale: Double) throws -> any Guidance {
    try Guidances.named(name)(scale, levels())
  }

  /// A guided denoiser of two that are alike but not affine.
  private func denoiser(by rule: any Guidance) -> any Denoiser {
    Guided(
      conditional: FunctionDenoiser { x, level in level.alpha * x + 0.1 * x.tanh() },
      unconditional: FunctionDenoiser { x, level in 0.8 * level.alpha * x - 0.1 * x.sine() },
      by: rule)
  }

  /// The estimate of two denoisers that are alike but not affine.
  private func estimate(_ x: Tensor, _ name: String, scale: Double? = nil) throws -> Tensor {
    let usual = name == "cfg-plus-plus" ? 0.5 : 2
    let guided = denoiser(by: try rule(name, scale: scale ?? usual))
    return try guided(x, at: level)
  }

  @Test("at the neutral scale the estimate stays as it is and no other is asked for")
  func identity() throws {
    let x = NoiseSource(seeds: [1, 2]).normal([3], dtype: .float64)
    let refusing = FunctionDenoiser { _, _ in throw CancellationError() }
    for name in Self.names where name != "cfg-plus-plus" {
      let guided = try Guided(
        conditional: FunctionDenoiser { x, _ in 0.3 * x }, unconditional: refusing,
        by: rule(name, scale: 1))(x, at: level)
      #expect(distance(guided, 0.3 * x) == 0, "\(name)")
    }
    // CFG++ has another: at 0 it is the unconditional denoiser.
    let uncond = try Guided(
      conditional: FunctionDenoiser { x, _ in 0.3 * x },
      unconditional: FunctionDenoiser { x, _ in 0.2 * x },
      by: rule("cfg-plus-plus", scale: 0))(x, at: level)
    #expect(distance(uncond, 0.2 * x) == 0)
  }

  @Test("estimates that agree are left as they are", arguments: names)
  func agreement(name: String) throws {
    let x = NoiseSource(seeds: [1, 2]).normal([2, 3], dtype: .float64)
    let same = FunctionDenoiser { x, _ in 0.3 * x + 0.2 }
    for scale in [0.0, 0.5, 2, 7.5] {
      let guided = try Guided(
        conditional: same, unconditional: same, by: rule(name, scale: scale))(x, at: level)
      #expect(distance(guided, 0.3 * x + 0.2) < 1e-7, "\(scale)")
    }
  }

  @Test("a scale above 1 moves away from the other estimate, on the side of the first")
  func side() throws {
    let x = NoiseSource(seeds: [1, 2]).normal([2, 3], dtype: .float64)
    for name in Self.names {
      let scale = name == "cfg-plus-plus" ? 0.7 : 3.0
      let guided = try estimate(x, name, scale: scale)
      let uncond = 0.8 * level.alpha * x - 0.1 * x.sine()
      let cond = level.alpha * x + 0.1 * x.tanh()
      let along = ((guided - uncond) * (cond - uncond)).sum(dims: [1, 2])
      let all = ((cond - uncond) * (cond - uncond)).sum(dims: [1, 2])
      // Projected and rescaled guidance take a part of it away again.
      let least = name == "apg" || name == "cfg-rescaled" ? 0 : 1.0
      #expect((along / all).values(as: Double.self).allSatisfy { $0 > least - 1e-9 }, "\(name)")
    }
  }

  @Test("a sample does not depend on its batch", arguments: names)
  func batches(name: String) throws {
    let levels = try levels()
    func run(_ seeds: [UInt64]) throws -> Tensor {
      let noise = NoiseSource(seeds: seeds)
      let x = noise.normal([3, 5], dtype: .float64)
      return try Heun().sample(
        x, over: levels, denoiser: denoiser(by: rule(name, scale: 2.5)), noise: noise)
    }
    let together = try run([5, 6, 7])
    for (index, seed) in [UInt64(5), 6, 7].enumerated() {
      let alone = try run([seed])
      #expect(distance(together.narrowed(dim: 0, start: index, length: 1), alone) < 1e-12)
    }
    #expect(distance(try run([5]), try run([6])) > 0.01)
  }

  @Test(
    "the dtype and the shape stay", arguments: names,
    [DType.float16, .bfloat16, .float32, .float64])
  func dtypes(name: String, dtype: DType) throws {
    let noise = NoiseSource(seeds: [1, 2])
    for shape in [[3], [2, 3, 3]] {
      let x = noise.normal(shape, dtype: dtype)
      for level in try levels().dropLast().dropFirst() {
        let guided = denoiser(by: try rule(name, scale: 2))
        let x0 = try guided(x, at: level)
        #expect(x0.dtype == dtype)
        #expect(x0.shape == x.shape)
        #expect(x0.isFinite().all().item() == 1)
      }
    }
  }

  @Test("half precision is single precision, rounded", arguments: names)
  func halves(name: String) throws {
    let x = NoiseSource(seeds: [1, 2]).normal([2, 3, 3], dtype: .bfloat16)
    let error =
      try estimate(x, name).converted(to: .float32) - estimate(x.converted(to: .float32), name)
    #expect(error.absolute().maximum().item() < 0.1)
  }

  @Test("estimates without a length or a deviation do no harm", arguments: names)
  func degenerate(name: String) throws {
    let zero = Tensor.zeros([2, 4], dtype: .float64)
    let pairs = [(zero, zero), (zero, zero + 1), (zero + 1, zero), (zero + 1, zero + 1)]
    for (cond, uncond) in pairs {
      let x0 = try rule(name, scale: 3).combine(cond: cond, uncond: uncond, at: level)
      #expect(x0.isFinite().all().item() == 1, "\(cond) \(uncond)")
    }
  }

  @Test("both estimates may come from one call", arguments: names)
  func batched(name: String) throws {
    let x = NoiseSource(seeds: [1, 2]).normal([2, 3], dtype: .float64)
    let cond = FunctionDenoiser { x, level in level.alpha * x + 0.1 * x.tanh() }
    let pair = FunctionDenoiser { x, level in
      let halves = x.chunked(2)
      return concatenate(
        0.8 * level.alpha * halves[0] - 0.1 * halves[0].sine(), try cond(halves[1], at: level))
    }
    let one = try BatchedGuided(
      conditional: cond, pair: pair, by: rule(name, scale: name == "cfg-plus-plus" ? 0.5 : 2))(
        x, at: level)
    let two = try estimate(x, name)
    #expect(distance(one, two) < 1e-14)
  }

  @Test("a run leaves nothing behind for the next one", arguments: names)
  func runs(name: String) throws {
    let rule = try rule(name, scale: 2.5)
    let levels = try levels()
    func run() throws -> Tensor {
      let noise = NoiseSource(seeds: [1, 2])
      return try Euler().sample(
        noise.normal([3], dtype: .float64), over: levels, denoiser: denoiser(by: rule),
        noise: noise)
    }
    #expect(distance(try run(), try run()) == 0)
  }

  @Test("names are unique, lead to their rules, and unknown ones to the nearest")
  func named() throws {
    #expect(Set(Self.names).count == Self.names.count)
    #expect(try rule("apg", scale: 2) is ProjectedGuidance)
    #expect(try rule("cfg", scale: 2) is LinearGuidance)
    #expect(Guidances.all.allSatisfy { !$0.summary.isEmpty })
    let error = #expect(throws: CatalogError.self) { try Guidances.named("cfg++") }
    #expect(error?.kind == "guidance")
    #expect(error?.nearest.first == "cfg")
  }
}
