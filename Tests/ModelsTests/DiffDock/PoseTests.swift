import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct PoseTests {
  private let noise = PoseNoise(
    least: PoseScales(shift: 0.1, rotation: 0.03, turns: 0.0314),
    most: PoseScales(shift: 19, rotation: 1.55, turns: 3.14))

  /// A molecule with seven bonds that turn, without hydrogens.
  private func ligand() throws -> (torsions: Torsions, places: Places) {
    let molecule = try Molecule(smiles: "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)NCCO").addingHydrogens()
      .embedded(seed: 11).removingHydrogens()
    return (molecule.torsions, try #require(try molecule.places))
  }

  private func apart(_ a: Places, _ b: Places) -> Double {
    (zip(a, b).reduce(0) { $0 + (($1.0 - $1.1) * ($1.0 - $1.1)).sum() } / Double(a.count))
      .squareRoot()
  }

  private func middle(_ x: Places) -> SIMD3<Double> { x.reduce(.zero, +) / Double(x.count) }

  @Test("a shift moves the middle, a rotation leaves it, and the way back leads back")
  func rigid() throws {
    let (torsions, x) = try ligand()
    var move = PoseMove.zero(bonds: 7)
    #expect(apart(torsions.moved(x, by: move), x) < 1e-12)
    move.shift = SIMD3(3, -4, 5)
    let shifted = torsions.moved(x, by: move)
    #expect(zip(shifted, x).allSatisfy { (($0 - $1 - move.shift).max()) < 1e-12 })
    move = .zero(bonds: 7)
    move.rotation = SIMD3(0, 0, Double.pi / 2)
    let turned = torsions.moved(x, by: move)
    let m = middle(x)
    // A quarter about z takes x to y.
    for (p, q) in zip(x, turned) {
      let (a, b) = (p - m, q - m)
      #expect(abs(b.x + a.y) + abs(b.y - a.x) + abs(b.z - a.z) < 1e-12)
    }
    move.rotation = -move.rotation
    #expect(apart(torsions.moved(turned, by: move), x) < 1e-12)
  }

  @Test("turns of bonds set the angles and move the whole neither along nor about")
  func turns() throws {
    let (torsions, x) = try ligand()
    var move = PoseMove.zero(bonds: 7)
    move.turns = (0..<7).map { 1.3 * sin(Double($0) + 1) }
    let y = torsions.moved(x, by: move)
    let expectedAngles = zip(torsions.angles(x), move.turns).map { $0 + $1 }
    for (expected, found) in zip(expectedAngles, torsions.angles(y)) {
      #expect(abs(sin((expected - found) / 2)) < 1e-9)
    }
    let rest = RigidMotion(moving: Tensor(y), onto: Tensor(x))
    #expect(
      distance(rest.rotation, Rotations.matrices(Tensor([0.0, 0, 0])).reshaped([3, 3])) < 1e-9)
    #expect(rest.shift.absolute().maximum().item() < 1e-9)
    // A whole move is its turns, then its rigid part.
    move.shift = SIMD3(1, 2, 3)
    move.rotation = SIMD3(0.3, -2, 0.5)
    var whole = move
    whole.turns = PoseMove.zero(bonds: 7).turns
    let expected = torsions.moved(y, by: whole)
    #expect(apart(torsions.moved(x, by: move), expected) < 1e-9)
  }

  @Test("noise has its scales at both ends and grows as its variance does")
  func scales() {
    #expect(abs(noise.scales(at: 0).shift - 0.1) < 1e-15)
    #expect(abs(noise.scales(at: 1).rotation - 1.55) < 1e-14)
    #expect(abs(noise.scales(at: 0.5).turns - (0.0314 * 3.14).squareRoot()) < 1e-14)
    for part in [\PoseScales.shift, \.rotation, \.turns] {
      func variance(_ t: Double) -> Double { pow(noise.scales(at: t)[keyPath: part], 2) }
      let slope = (variance(0.6 + 1e-6) - variance(0.6 - 1e-6)) / 2e-6
      #expect(abs(noise.growth(part, at: 0.6) / slope - 1) < 1e-8)
    }
  }

  @Test("drawn noise has the scores of each part's distribution, and their mean squares")
  func scores() throws {
    let generator = Generator(seed: 3)
    let count = 2000
    let drawn = (0..<count).map { _ in noise.drawn(at: 0.7, bonds: 2, using: generator) }
    let sigma = noise.scales(at: 0.7)
    let (first, score) = drawn[0]
    #expect((score.shift * pow(sigma.shift, 2) + first.shift).max() < 1e-12)
    let x0 = Rotations.matrices(Tensor([0.0, 0, 0], shape: [1, 3]))
    let vector = Tensor([first.rotation])
    let expected = Rotations().score(
      at: Rotations.matrices(vector), of: x0, sigma: sigma.rotation)
    #expect(distance(Tensor([score.rotation]), expected) < 1e-9)
    #expect(
      distance(
        Tensor(score.turns), WrappedNormal(sigma: sigma.turns).score(Tensor(first.turns))) == 0)
    func mean(_ value: (PoseMove) -> Double) -> Double {
      drawn.reduce(0) { $0 + value($1.score) } / Double(count)
    }
    // Within five standard errors: squares of normal numbers vary by 2 / 3 of a mean of three.
    let tolerance = 5 * (1.0 / Double(count)).squareRoot()
    #expect(
      abs(mean { ($0.shift * $0.shift).sum() } * pow(sigma.shift, 2) / 3 - 1) < tolerance)
    let information = IsotropicGaussian(epsilon: sigma.rotation).meanSquareScore
    #expect(abs(mean { ($0.rotation * $0.rotation).sum() } / information - 1) < tolerance)
    #expect(
      abs(
        mean { $0.turns[0] * $0.turns[0] } / WrappedNormal(sigma: sigma.turns).meanSquareScore - 1)
        < 2 * tolerance)
    #expect(noise.score(of: .zero(bonds: 2), at: 0.7).rotation == .zero)
  }

  @Test("along the true score, walks from anywhere end at the pose", arguments: [true, false])
  func walk(isRandom: Bool) throws {
    let (torsions, x0) = try ligand()
    let walk = PoseWalk(noise: noise, isRandom: isRandom)
    let steps = 80
    for seed in 0..<6 {
      let generator = Generator(seed: UInt64(seed))
      var x = walk.start(torsions, x0, around: middle(x0), using: generator)
      let begin = apart(x, x0)
      for step in 0..<steps {
        let t = 1 - Double(step) / Double(steps)
        let isLast = step == steps - 1
        x = torsions.moved(
          x,
          by: walk.move(
            from: t, to: t - 1 / Double(steps), score: score(at: x, of: x0, torsions, time: t),
            using: isLast ? nil : generator))
      }
      #expect(begin > 5 && apart(x, x0) < 0.4, "\(apart(x, x0)) Å from \(begin) Å")
    }
  }

  /// The score of poses that all began at one.
  private func score(
    at x: Places, of x0: Places, _ torsions: Torsions, time: Double
  ) -> PoseMove {
    let turns = zip(torsions.angles(x), torsions.angles(x0)).map { remainder($0 - $1, 2 * .pi) }
    var move = PoseMove.zero(bonds: turns.count)
    move.turns = turns
    let bent = torsions.moved(x0, by: move)
    let rigid = RigidMotion(moving: Tensor(bent), onto: Tensor(x))
    move.rotation = PoseNoise.vector(Rotations.rotationVectors(rigid.rotation.reshaped([1, 9])))
    move.shift = middle(x) - middle(x0)
    return noise.score(of: move, at: time)
  }

  @Test(
    "along the score of a Gaussian its variance is reached; psi changes nothing",
    arguments: [0, 0.7])
  func variance(psi: Double) {
    let data = 2.0
    let temperature = PoseTemperature(inverse: 1, psi: psi, balance: 0.5)
    let walk = PoseWalk(
      noise: noise, temperatures: [temperature, temperature, temperature])
    let (steps, count) = (400, 700)
    let generator = Generator(seed: 5)
    var x = (0..<count).map { _ in
      (data * data + 19.0 * 19).squareRoot()
        * PoseNoise.vector(generator.normal([3], dtype: .float64))
    }
    for step in 0..<steps {
      let t = 1 - Double(step) / Double(steps)
      let variance = data * data + pow(noise.scales(at: t).shift, 2)
      for index in x.indices {
        let score = PoseMove(shift: x[index] / -variance, rotation: .zero, turns: [])
        x[index] +=
          walk.move(
            from: t, to: t - 1 / Double(steps), score: score, using: generator
          ).shift
      }
    }
    let found = x.reduce(0) { $0 + ($1 * $1).sum() } / Double(3 * count)
    // Five standard errors, and 3% that 400 steps of Euler's method leave.
    let tolerance = 5 * (2.0 / Double(3 * count)).squareRoot() + 0.03
    #expect(abs(found / (data * data + 0.01) - 1) < tolerance, "\(found)")
  }

  @Test("cold walks follow the score more where noise is much, and as it came where it is little")
  func cold() {
    let cold = PoseTemperature(inverse: 5, psi: 0.4, balance: 0.5)
    // 1 and T, and T · psi / 2 = 1.
    #expect(abs(cold.drift(at: 1e-9, least: 0.1, most: 10) - 2) < 1e-6)
    #expect(abs(cold.drift(at: 1e9, least: 0.1, most: 10) - 6) < 1e-6)
    // At the scale of the data, sqrt(0.1 · 10) = 1: 2 / (1 + 1 / 5).
    #expect(abs(cold.drift(at: 1, least: 0.1, most: 10) - (2 / 1.2 + 1)) < 1e-12)
    #expect(PoseTemperature().drift(at: 0.3, least: 0.1, most: 10) == 1)
    let score = PoseMove(shift: SIMD3(1, 0, 0), rotation: SIMD3(0, 1, 0), turns: [2])
    let plain = PoseWalk(noise: noise).move(from: 0.5, to: 0.4, score: score, using: nil)
    let flow = PoseWalk(noise: noise, isRandom: false)
      .move(from: 0.5, to: 0.4, score: score, using: Generator(seed: 1))
    // sigma(0.5)² · 2 · ln(ratio) / 10.
    #expect(abs(plain.shift.x - 0.1 * 19 * 2 * log(190) / 10) < 1e-12)
    #expect(abs(plain.rotation.y - 0.03 * 1.55 * 2 * log(1.55 / 0.03) / 10) < 1e-12)
    #expect(abs(plain.turns[0] - 2 * 0.0314 * 3.14 * 2 * log(100.0) / 10) < 1e-12)
    #expect(abs(flow.shift.x - plain.shift.x / 2) < 1e-12)
  }

  @Test("walks begin with poses in all directions and at all angles")
  func start() throws {
    let (torsions, x0) = try ligand()
    let walk = PoseWalk(noise: noise)
    let generator = Generator(seed: 8)
    let count = 400
    let center = SIMD3(10.0, 20, 30)
    var (sum, square, cosine) = (SIMD3<Double>.zero, 0.0, 0.0)
    for _ in 0..<count {
      let x = walk.start(torsions, x0, around: center, using: generator)
      let away = middle(x) - center
      square += (away * away).sum() / 3
      let axis = x[0] - x[3]
      sum += axis / (axis * axis).sum().squareRoot()
      cosine += cos(torsions.angles(x)[2])
    }
    // Five standard errors.
    let n = Double(count).squareRoot()
    #expect(abs((square / Double(count)).squareRoot() / 19 - 1) < 5 * 0.41 / n)
    #expect((sum * sum).sum().squareRoot() < 5 * n)
    #expect(abs(cosine) < 5 * 0.71 * n)
  }
}
