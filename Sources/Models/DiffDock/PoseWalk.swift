internal import Diffusion
internal import Foundation
package import Modalities
package import Torch

/// How the noise of a part of poses is taken away: as it came, or colder.
package struct PoseTemperature: Sendable, Hashable {
  /// By how much densities are sharpened, from 1, which is not at all.
  package var inverse = 1.0
  /// How much noise is added and taken away again on the way, relative to the walk's own.
  package var psi = 0.0
  /// The scale of the data, between the least (0) and the largest noise (1), geometrically.
  package var balance = 0.5

  /// As the noise came.
  package init() {}

  /// Another temperature.
  package init(inverse: Double, psi: Double, balance: Double) {
    self.inverse = inverse
    self.psi = psi
    self.balance = balance
  }

  /// What the score is multiplied by: `(d + sigma) / (d + sigma / T) + T · psi / 2`, where `T` is
  /// ``inverse`` and `d` the scale of the data.
  func drift(at sigma: Double, least: Double, most: Double) -> Double {
    let data = pow(least, 1 - balance) * pow(most, balance)
    return (data + sigma) / (data + sigma / inverse) + inverse * psi / 2
  }
}

/// The way back from noise to poses: steps of the reverse process in equal times, as DiffDock takes
/// them.
///
/// Corso et al. 2023, https://arxiv.org/abs/2210.01776, by the method of Euler and Maruyama; low
/// temperatures are those of its later releases (`utils/sampling.py`). A step of a rotation is
/// about the axes of space.
package struct PoseWalk: Sendable, Hashable {
  /// The noise.
  package var noise: PoseNoise
  /// The temperatures of shifts, rotations and turns.
  package var temperatures: [PoseTemperature]
  /// Whether noise is added on the way; without, the probability flow is followed.
  package var isRandom: Bool

  /// The way back from noise.
  ///
  /// - Parameters:
  ///   - noise: The noise.
  ///   - temperatures: Those of shifts, rotations and turns.
  ///   - isRandom: Whether noise is added on the way.
  package init(
    noise: PoseNoise, temperatures: [PoseTemperature] = [.init(), .init(), .init()],
    isRandom: Bool = true
  ) {
    precondition(temperatures.count == 3, "\(temperatures.count) temperatures of three parts")
    self.noise = noise
    self.temperatures = temperatures
    self.isRandom = isRandom
  }

  /// A pose to begin with: bonds turned to any angle, the whole turned anyhow, its middle as far
  /// from a place as the most noise brings it.
  ///
  /// - Parameters:
  ///   - torsions: The bonds that turn.
  ///   - places: A conformer, whose bond lengths, angles and rings stay.
  ///   - center: The place, such as the middle of a pocket, in Å.
  ///   - generator: Where the random numbers come from.
  /// - Returns: The places.
  package func start(
    _ torsions: Torsions, _ places: Places, around center: SIMD3<Double>,
    using generator: Generator
  ) -> Places {
    let angles = (generator.uniform([torsions.bonds.count], dtype: .float64) * 2 - 1) * Double.pi
    let turned = torsions.turned(places, by: angles.values(as: Double.self))
    // Four normal numbers are a quaternion in any direction.
    let q = generator.normal([4], dtype: .float64).values(as: Double.self)
    let vector = SIMD3(q[1], q[2], q[3])
    let sine = (vector * vector).sum().squareRoot()
    let middle = turned.reduce(.zero, +) / Double(max(turned.count, 1))
    let away = noise.most.shift * PoseNoise.vector(generator.normal([3], dtype: .float64))
    let rotation = vector * (2 * atan2(sine, q[0]) / max(sine, .leastNormalMagnitude))
    return torsions.moved(
      turned,
      by: PoseMove(
        shift: center - middle + away, rotation: rotation,
        turns: PoseMove.zero(bonds: torsions.bonds.count).turns))
  }

  /// The move of one step.
  ///
  /// - Parameters:
  ///   - t: The time of the pose.
  ///   - s: The time to reach, below `t`.
  ///   - score: The score at the pose.
  ///   - generator: Where the noise comes from; none leaves it out, as the last step should.
  /// - Returns: The move.
  package func move(
    from t: Double, to s: Double, score: PoseMove, using generator: Generator?
  ) -> PoseMove {
    let shift = factors(\.shift, temperatures[0], t, s)
    let rotation = factors(\.rotation, temperatures[1], t, s)
    let turns = factors(\.turns, temperatures[2], t, s)
    let bonds = score.turns.count
    let unit = isRandom ? generator.map { Self.unit(bonds, using: $0) } : nil
    let z = unit ?? .zero(bonds: bonds)
    return PoseMove(
      shift: shift.drift * score.shift + shift.walk * z.shift,
      rotation: rotation.drift * score.rotation + rotation.walk * z.rotation,
      turns: zip(score.turns, z.turns).map { turns.drift * $0 + turns.walk * $1 })
  }

  /// What the score and unit noise are multiplied by.
  private func factors(
    _ part: KeyPath<PoseScales, Double>, _ temperature: PoseTemperature, _ t: Double, _ s: Double
  ) -> (drift: Double, walk: Double) {
    let variance = noise.growth(part, at: t) * (t - s)
    guard isRandom else { return (variance / 2, 0) }
    let drift = temperature.drift(
      at: noise.scales(at: t)[keyPath: part], least: noise.least[keyPath: part],
      most: noise.most[keyPath: part])
    return (variance * drift, (variance * (1 + temperature.psi)).squareRoot())
  }

  private static func unit(_ bonds: Int, using generator: Generator) -> PoseMove {
    let numbers = generator.normal([6 + bonds], dtype: .float64).values(as: Double.self)
    return PoseMove(
      shift: SIMD3(numbers[0], numbers[1], numbers[2]),
      rotation: SIMD3(numbers[3], numbers[4], numbers[5]), turns: Array(numbers[6...]))
  }
}
