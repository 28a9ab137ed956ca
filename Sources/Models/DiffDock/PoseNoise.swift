internal import Diffusion
internal import Foundation
package import Torch

/// A scale for each part of a pose.
package struct PoseScales: Sendable, Hashable {
  /// Of shifts, in Å.
  package var shift: Double
  /// Of rotations, the epsilon of an `IsotropicGaussian`.
  package var rotation: Double
  /// Of the bonds' angles, in radians.
  package var turns: Double

  /// Scales, all above 0.
  package init(shift: Double, rotation: Double, turns: Double) {
    precondition(min(shift, rotation, turns) > 0, "scales \(shift), \(rotation), \(turns)")
    self.shift = shift
    self.rotation = rotation
    self.turns = turns
  }
}

/// The noise of poses: Brownian motion of each part, whose scales rise geometrically with time.
///
/// Corso et al. 2023, https://arxiv.org/abs/2210.01776:
/// `sigma(t) = sigmaMin^(1 - t) · sigmaMax^t` for times from 0 to 1.
package struct PoseNoise: Sendable, Hashable {
  /// The scales at time 0.
  package let least: PoseScales
  /// The scales at time 1.
  package let most: PoseScales

  /// Noise between scales.
  package init(least: PoseScales, most: PoseScales) {
    precondition(
      least.shift < most.shift && least.rotation < most.rotation && least.turns < most.turns,
      "scales that do not rise from \(least) to \(most)")
    self.least = least
    self.most = most
  }

  /// The scales at a time from 0 to 1.
  package func scales(at time: Double) -> PoseScales {
    func scale(_ part: KeyPath<PoseScales, Double>) -> Double {
      pow(least[keyPath: part], 1 - time) * pow(most[keyPath: part], time)
    }
    return PoseScales(
      shift: scale(\.shift), rotation: scale(\.rotation), turns: scale(\.turns))
  }

  /// The square of the diffusion coefficient, by which each part's variance grows in time:
  /// `2 · ln(sigmaMax / sigmaMin) · sigma²`.
  func growth(_ part: KeyPath<PoseScales, Double>, at time: Double) -> Double {
    let sigma = scales(at: time)[keyPath: part]
    return 2 * log(most[keyPath: part] / least[keyPath: part]) * sigma * sigma
  }

  /// Draws noise, and the score that a network should find where it leads: the gradient of the
  /// log-density of noisy poses that began at one.
  ///
  /// - Parameters:
  ///   - time: From 0 to 1.
  ///   - bonds: How many bonds turn.
  ///   - generator: Where the random numbers come from.
  /// - Returns: The move to the noisy pose, and the score there.
  package func drawn(
    at time: Double, bonds: Int, using generator: Generator
  ) -> (move: PoseMove, score: PoseMove) {
    let sigma = scales(at: time)
    let move = PoseMove(
      shift: sigma.shift * Self.vector(generator.normal([3], dtype: .float64)),
      rotation: Self.vector(
        IsotropicGaussian(epsilon: sigma.rotation).rotationVectors(1, using: generator)),
      turns: generator.normal([bonds], dtype: .float64).values(as: Double.self)
        .map { sigma.turns * $0 })
    return (move, score(of: move, at: time))
  }

  /// The score at the pose that a move leads to, of noisy poses that began where it begins.
  ///
  /// - Parameters:
  ///   - move: The move.
  ///   - time: From 0 to 1.
  /// - Returns: The gradient by shifts, by rotations about the axes of space, and by angles.
  package func score(of move: PoseMove, at time: Double) -> PoseMove {
    let sigma = scales(at: time)
    let angle = (move.rotation * move.rotation).sum().squareRoot()
    // Along the axis; 0 at the angle 0.
    let slope = IsotropicGaussian(epsilon: sigma.rotation).score(Tensor([angle])).item()
    return PoseMove(
      shift: move.shift / -(sigma.shift * sigma.shift),
      rotation: angle > 0 ? move.rotation * (slope / angle) : .zero,
      turns: WrappedNormal(sigma: sigma.turns).score(Tensor(move.turns)).values(as: Double.self))
  }

  static func vector(_ x: Tensor) -> SIMD3<Double> {
    let values = x.values(as: Double.self)
    return SIMD3(values[0], values[1], values[2])
  }
}
