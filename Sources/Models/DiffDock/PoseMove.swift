internal import Diffusion
package import Modalities
internal import Torch

/// A change of a ligand's pose, or a gradient by one: a shift and a turn of the whole, and a turn
/// of each bond.
///
/// Corso et al. 2023, https://arxiv.org/abs/2210.01776: poses that share bond lengths,
/// angles and rings are a product of shifts, rotations and angles, in which docking is a diffusion.
package struct PoseMove: Sendable, Hashable {
  /// The shift in Å.
  package var shift: SIMD3<Double>
  /// The rotation vector about the middle of the atoms, in radians, in the axes of space.
  package var rotation: SIMD3<Double>
  /// The turn of each bond, in radians.
  package var turns: [Double]

  /// A move of a molecule with so many bonds that turn as there are `turns`.
  package init(shift: SIMD3<Double>, rotation: SIMD3<Double>, turns: [Double]) {
    self.shift = shift
    self.rotation = rotation
    self.turns = turns
  }

  /// Whether all numbers are finite.
  var isFinite: Bool { (shift + rotation).sum().isFinite && turns.allSatisfy(\.isFinite) }

  /// No move.
  package static func zero(bonds: Int) -> PoseMove {
    PoseMove(shift: .zero, rotation: .zero, turns: [Double](repeating: 0, count: bonds))
  }
}

extension Torsions {
  /// Moves a ligand.
  ///
  /// Corso et al. 2023, https://arxiv.org/abs/2210.01776: after the bonds are turned, the places
  /// are laid on those before as well as a rigid motion can, so that turns of bonds move the whole
  /// neither about nor along, and each part of a move stays by itself.
  /// - Parameters:
  ///   - places: A place in Å for each atom.
  ///   - move: The move.
  /// - Returns: The places afterwards.
  package func moved(_ places: Places, by move: PoseMove) -> Places {
    let x = Tensor(places)
    let center = x.mean(dims: [0], keepingDims: true)
    let matrix = Rotations.matrices(Tensor([move.rotation])).reshaped([3, 3])
    let rigid = (x - center).matmul(matrix.transposed(0, 1)) + center + Tensor([move.shift])
    guard move.turns.contains(where: { $0 != 0 }) else { return rigid.points }
    let turned = Tensor(turned(rigid.points, by: move.turns))
    return RigidMotion(moving: turned, onto: rigid)(turned).points
  }
}

extension Tensor {
  /// Places, `[atoms, 3]` in `float64`.
  init(_ places: Places) {
    self.init(places.flatMap { [$0.x, $0.y, $0.z] }, shape: [places.count, 3])
  }

  /// The rows of `[atoms, 3]`.
  var points: Places {
    let numbers = values(as: Double.self)
    return stride(from: 0, to: numbers.count, by: 3).map {
      SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
    }
  }
}
