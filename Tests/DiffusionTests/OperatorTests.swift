import Diffusion
import Testing
import Torch

/// What every linear operator promises, checked on its matrix.
@Suite struct OperatorTests {
  static let shape = [3, 4, 6]
  static let mask = Tensor((0..<24).map { Double($0 % 5 % 2) }, shape: [1, 4, 6])
  static let blur = SeparableOperator.blur(deviation: 0.8, height: 4, width: 6)

  static let operators: [(name: String, operator: any LinearOperator)] = [
    ("whole", WholeOperator()), ("mask", MaskOperator(mask)),
    ("pooling", PoolingOperator(factor: 2)),
    ("channels", ChannelOperator(weights: [0.3, 0.6, 0.1])),
    ("blur", blur),
    (
      "resize",
      SeparableOperator(
        rows: Tensor([0.5, 0.5, 0, 0, 0, 0, 0.7, 0.2], shape: [2, 4]),
        columns: Tensor((0..<18).map { Double($0 * $0 % 7) / 5 }, shape: [3, 6]))
    ),
  ]

  private func check(
    _ name: String, _ body: (Problem) throws -> Void
  ) throws {
    let found = try #require(Self.operators.first { $0.name == name })
    try body(Problem(found.operator))
  }

  /// An operator with samples and measurements to try it on.
  private struct Problem {
    let a: any LinearOperator
    let x = NoiseSource(seeds: [1, 2]).normal(OperatorTests.shape, dtype: .float64)
    let y: Tensor

    init(_ operator: any LinearOperator) {
      a = `operator`
      y = NoiseSource(seeds: [3, 4]).normal(Array(a(x).shape.dropFirst()), dtype: .float64)
    }
  }

  @Test("the adjoint is the transposed matrix", arguments: operators.map(\.name))
  func adjoint(name: String) throws {
    try check(name) { problem in
      func inner(_ a: Tensor, _ b: Tensor) -> Double { (a * b).sum().item() }
      let left = inner(problem.a(problem.x), problem.y)
      #expect(abs(left - inner(problem.x, problem.a.adjoint(problem.y))) < 1e-12)
      #expect(problem.a.adjoint(problem.y).shape == problem.x.shape)
    }
  }

  @Test("the pseudo-inverse is Moore and Penrose's", arguments: operators.map(\.name))
  func pseudoInverse(name: String) throws {
    try check(name) { problem in
      let (a, x, y) = (problem.a, problem.x, problem.y)
      #expect(distance(a(a.pseudoInverse(a(x))), a(x)) < 1e-11)
      let inverse = a.pseudoInverse(y)
      #expect(distance(a.pseudoInverse(a(inverse)), inverse) < 1e-9)
      // Both products are symmetric.
      let other = NoiseSource(seeds: [5, 6]).normal(like: y)
      let left = (other * a(a.pseudoInverse(y))).sum().item()
      #expect(abs(left - (y * a(a.pseudoInverse(other))).sum().item()) < 1e-10)
      let sample = NoiseSource(seeds: [5, 6]).normal(like: x)
      let right = (sample * a.pseudoInverse(a(x))).sum().item()
      #expect(abs(right - (x * a.pseudoInverse(a(sample))).sum().item()) < 1e-10)
    }
  }

  @Test("the spectrum is that of A Aᵀ", arguments: operators.map(\.name))
  func spectrum(name: String) throws {
    try check(name) { problem in
      let (a, y) = (problem.a, problem.y)
      #expect(distance(a.spectrum(y) { _ in 1 }, y) < 1e-13)
      #expect(distance(a.spectrum(y) { $0 }, a(a.adjoint(y))) < 1e-13)
      let twice = a.spectrum(a.spectrum(y) { $0 + 1 }) { 1 / ($0 + 1) }
      #expect(distance(twice, y) < 1e-12)
    }
  }

  @Test("single precision stays", arguments: operators.map(\.name).filter { $0 != "mask" })
  func dtypes(name: String) throws {
    try check(name) { problem in
      let x = problem.x.converted(to: .float32)
      let y = problem.a(x)
      #expect(y.dtype == .float32)
      #expect(problem.a.pseudoInverse(y).dtype == .float32)
      #expect(distance(y.converted(to: .float64), problem.a(problem.x)) < 1e-5)
    }
  }

  @Test("operators do what they say")
  func values() {
    let x = Tensor((0..<12).map(Double.init), shape: [1, 3, 2, 2])
    #expect(
      PoolingOperator(factor: 2)(x).values(as: Double.self) == [1.5, 5.5, 9.5])
    #expect(
      distance(ChannelOperator()(x), Tensor([4.0, 5, 6, 7], shape: [1, 1, 2, 2])) < 1e-14)
    let y = Tensor([8.0, 4], shape: [1, 1, 1, 2])
    #expect(
      PoolingOperator(factor: 2).pseudoInverse(y).values(as: Double.self)
        == [8, 8, 4, 4, 8, 8, 4, 4])
    let even = Tensor.ones([1, 1, 4, 6], dtype: .float64)
    #expect(distance(Self.blur(even), even) < 1e-15)
    #expect(
      LinearMeasurement(y, by: WholeOperator()).residual(of: 0.5 * y).values(as: Double.self) == [
        4, 2,
      ])
  }
}
