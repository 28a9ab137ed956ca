import Foundation
import Testing
import Torch

@testable import Diffusion

@Suite struct WrappedNormalTests {
  @Test(
    "the score at one radian has the known digits",
    arguments: [(0.1, -100), (0.5, -4), (1, -0.999990998788), (3.14, -0.0120699551753)])
  func score(sigma: Double, expected: Double) {
    let score = WrappedNormal(sigma: sigma).score(Tensor([1.0])).item()
    #expect(relativeError(score, expected) < 1e-11)
  }

  @Test("both sums agree where both have digits", arguments: [0.9, 1.5, 2, 3, 4])
  func sums(sigma: Double) {
    let distribution = WrappedNormal(sigma: sigma)
    let angles = Tensor([-3.1, -1.0, 0.0, 1e-6, 0.4, 2, 3, 3.14])
    let (turns, waves) = (distribution.turns(angles), distribution.waves(angles))
    #expect(distance(turns.logDensity, waves.logDensity) < 1e-13)
    #expect(distance(turns.score, waves.score) < 1e-13)
  }

  @Test("the density integrates to 1 over a turn", arguments: [0.05, 0.5, 1.99, 2.01, 5, 50])
  func integral(sigma: Double) {
    // Equidistant places integrate a periodic function with all digits.
    let angles = Tensor((0..<1000).map { Double($0) / 1000 * 2 * .pi })
    let mean = WrappedNormal(sigma: sigma).logDensity(angles).exponential().mean().item()
    #expect(abs(mean * 2 * .pi - 1) < 1e-12)
  }

  @Test(
    "the mean square of the score has the known digits",
    arguments: [
      (0.1, 100.0), (0.5, 3.9999998363610842), (1, 0.9489197855677959),
      (1.99, 0.03883548381964305), (2.01, 0.03579993672032868), (3.14, 0.00010449194401558937),
    ])
  func meanSquareScore(sigma: Double, expected: Double) {
    let found = WrappedNormal(sigma: sigma).meanSquareScore
    #expect(relativeError(found, expected) < 1e-10)
  }

  @Test("tails keep their digits, and every turn is the same")
  func tails() {
    let narrow = WrappedNormal(sigma: 0.02)
    #expect(relativeError(narrow.score(Tensor([3.0])).item(), -7500) < 1e-14)
    #expect(relativeError(narrow.score(Tensor([3.0 + 2 * .pi])).item(), -7500) < 1e-12)
    #expect(relativeError(narrow.score(Tensor([-3.0])).item(), 7500) < 1e-14)
    // Half-way round both ways are as long.
    #expect(abs(WrappedNormal(sigma: 0.5).score(Tensor([Double.pi])).item()) < 1e-13)
    let wide = WrappedNormal(sigma: 10)
    #expect(relativeError(wide.score(Tensor([1.0])).item(), -2 * exp(-50) * sin(1)) < 1e-12)
  }
}

@Suite struct RotationTests {
  /// Rotation vectors of all lengths.
  private let vectors = Tensor(
    [
      [1e-12, 0, 0], [1e-7, -2e-7, 3e-8], [0.3, -0.2, 0.1], [1, 1, -1], [-2, 1.5, 0.3],
      [3.1, 0.2, -0.1], [0, .pi - 1e-7, 0], [-1.8, 1.8, 1.8],
    ].flatMap { $0 }, shape: [8, 3])

  @Test("the two maps are inverse, from the smallest to the largest angles")
  func inverse() {
    let matrices = Rotations.matrices(vectors)
    let again = Rotations.rotationVectors(matrices)
    #expect(
      ((again - vectors).absolute() / vectors.absolute().maximum(dims: [1], keepingDims: true))
        .maximum().item() < 1e-7)
    #expect(distance(Rotations.matrices(again), matrices) < 1e-15)
    #expect(
      Rotations.rotationVectors(Rotations.matrices(Tensor([0.0, 0, 0], shape: [1, 3])))
        .absolute().maximum().item() == 0)
  }

  @Test("matrices are rotations by the angle about the axis")
  func matrices() {
    let matrices = Rotations.matrices(vectors).reshaped(-1, 3, 3)
    let identity = Tensor([1.0, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3, 3])
    #expect(distance(matrices.matmul(matrices.transposed(1, 2)), identity) < 1e-15)
    #expect(distance(matrices.matmul(vectors.unsqueezed(-1)).squeezed(-1), vectors) < 1e-15)
    let trace = Rotations.matrices(vectors).indexSelected(dim: 1, Tensor([0, 4, 8])).sum(dims: [1])
    let angle = vectors.vectorNorm(dims: [1])
    #expect(distance(trace, 1 + 2 * angle.cosine()) < 4e-15)
    // A quarter turn about z takes x to y.
    let quarter = Rotations.matrices(Tensor([0, 0, Double.pi / 2], shape: [1, 3]))
    #expect(distance(quarter, Tensor([0.0, -1, 0, 1, 0, 0, 0, 0, 1], shape: [1, 9])) < 1e-15)
  }

  @Test("half turns have an axis whatever it is")
  func halfTurns() {
    for axis in [[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0, 0.8], [-0.48, 0.6, 0.64]] {
      let vector = Tensor(axis.map { $0 * .pi }, shape: [1, 3])
      let found = Rotations.rotationVectors(Rotations.matrices(vector))
      #expect(abs(found.vectorNorm().item() - .pi) < 1e-12)
      // Both ends of the axis are right.
      #expect(abs(abs((found * vector).sum().item()) - .pi * .pi) < 1e-12)
    }
  }
}

/// What holds for every space.
@Suite struct SpaceContractTests {
  static let spaces: [(name: String, space: any Space)] = [
    ("flat", Euclidean()), ("torus", Torus(angles: 3)), ("rotations", Rotations()),
    (
      "poses",
      ProductSpace([(Euclidean(), 2), (Rotations(), 1), (Torus(angles: 2), 0.5)])
    ),
  ]
  static let names = spaces.map(\.name)

  private func space(_ name: String) throws -> any Space {
    try #require(Self.spaces.first { $0.name == name }).space
  }

  /// Points that lie anywhere: a zero moved along a tangent vector.
  private func points(_ space: any Space, _ count: Int, seed: UInt64) -> Tensor {
    let tangent = Generator(seed: seed).normal([count, space.tangentWidth], dtype: .float64)
    return space.moved(origin(space, count), along: tangent)
  }

  private func origin(_ space: any Space, _ count: Int) -> Tensor {
    let row: [Double] =
      switch space.pointWidth {
      case 9: [1, 0, 0, 0, 1, 0, 0, 0, 1]
      case 14: [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0]
      default: [Double](repeating: 0, count: space.pointWidth)
      }
    return Tensor(row, shape: [1, space.pointWidth]).repeated([count, 1])
  }

  @Test("a direction leads where it says, and back", arguments: names)
  func directions(name: String) throws {
    let space = try space(name)
    let (x, y) = (points(space, 20, seed: 1), points(space, 20, seed: 2))
    let v = space.direction(from: x, to: y)
    #expect(v.shape == [20, space.tangentWidth])
    #expect(distance(space.moved(x, along: v), y) < 1e-13)
    #expect(distance(space.moved(space.moved(x, along: 0.3 * v), along: 0.7 * v), y) < 1e-13)
    #expect(distance(space.direction(from: y, to: x), -v) < 1e-12)
    #expect(distance(space.moved(x, along: 0 * v), x) < 1e-15)
  }

  @Test("where noise is little, the score is that of flat space", arguments: names)
  func flat(name: String) throws {
    guard name != "poses" else { return }
    let space = try space(name)
    let x0 = points(space, 10, seed: 1)
    let v = 0.001 * Generator(seed: 2).normal([10, space.tangentWidth], dtype: .float64)
    let score = space.score(at: space.moved(x0, along: v), of: x0, sigma: 0.01)
    #expect(distance(score, v / -1e-4) < 1e-4 * v.absolute().maximum().item() / 1e-4)
  }

  @Test("noise of a scale has that scale in each direction", arguments: names)
  func noise(name: String) throws {
    guard name != "poses" else { return }
    let space = try space(name)
    let x0 = points(space, 1, seed: 3).repeated([2000, 1])
    let x = space.noised(x0, sigma: 0.1, using: Generator(seed: 4))
    let v = space.direction(from: x0, to: x)
    let variances = (v * v).mean(dims: [0]).values(as: Double.self)
    // Five standard errors, and the curvature.
    #expect(variances.allSatisfy { abs($0 / 0.01 - 1) < 5 * (2.0 / 2000).squareRoot() + 0.01 })
  }

  @Test("a walk back along the score of a point ends at the point", arguments: names)
  func walk(name: String) throws {
    let space = try space(name)
    let generator = Generator(seed: 5)
    let x0 = points(space, 300, seed: 6)
    let scales = (0...60).map { 1.5 * pow(0.02 / 1.5, Double($0) / 60) }
    func end(_ generator: Generator?) throws -> Tensor {
      var x = space.noised(x0, sigma: scales[0], using: Generator(seed: 7))
      for (t, s) in zip(scales, scales.dropFirst()) {
        let score = space.score(at: x, of: x0, sigma: t)
        x = space.step(x, from: t, to: s, score: score, using: generator)
      }
      return space.direction(from: x0, to: x)
    }
    let size = (space.tangentWidth == 8 ? 2.0 : 1) * 0.02
    for v in [try end(generator), try end(nil)] {
      let largest = v.absolute().maximum().item()
      #expect(largest < 6 * size, "\(largest)")
      #expect(largest > size)
    }
  }

  @Test("on rotations and angles the score is the gradient of the log-density")
  func gradients() {
    let rotations = Rotations()
    let (x, x0) = (points(rotations, 6, seed: 8), points(rotations, 6, seed: 9))
    for sigma in [0.3, 1.4] {
      let score = rotations.score(at: x, of: x0, sigma: sigma)
      for axis in 0..<3 {
        func density(_ h: Double) -> Tensor {
          let v = Tensor((0..<3).map { $0 == axis ? h : 0 }, shape: [1, 3]).repeated([6, 1])
          let moved = rotations.moved(x, along: v)
          let angle = rotations.direction(from: x0, to: moved).vectorNorm(dims: [1])
          return IsotropicGaussian(epsilon: sigma).logDensity(angle)
        }
        let slope = (density(1e-5) - density(-1e-5)) / 2e-5
        #expect(distance(slope, score.selected(dim: 1, index: axis)) < 1e-6)
      }
    }
  }

  @Test("parts of a product do not see each other, and each has its scale")
  func product() {
    let product = ProductSpace([(Euclidean(), 2), (Torus(angles: 1), 0.5)])
    let (x, x0) = (
      Tensor([1.0, 2, 3, 0.7], shape: [1, 4]), Tensor([0.0, 0, 0, 0], shape: [1, 4])
    )
    let score = product.score(at: x, of: x0, sigma: 1).values(as: Double.self)
    let angle = WrappedNormal(sigma: 0.5).score(Tensor([0.7])).item()
    for (found, expected) in zip(score, [-0.25, -0.5, -0.75, angle]) {
      #expect(abs(found - expected) < 1e-14)
    }
    #expect(product.pointWidth == 4 && product.tangentWidth == 4)
  }
}
