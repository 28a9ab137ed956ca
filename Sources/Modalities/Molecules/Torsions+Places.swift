internal import Foundation

/// Places of atoms in Å, on the host: what is done for thousands of molecules is faster there.
public typealias Places = [SIMD3<Double>]

extension Torsions {
  /// Turns each bond by an angle, as the function of tensors does.
  ///
  /// - Parameters:
  ///   - places: A place for each atom.
  ///   - angles: An angle for each torsion, in radians.
  /// - Returns: The places afterwards.
  public func turned(_ places: Places, by angles: [Double]) -> Places {
    precondition(
      places.count == atoms && angles.count == bonds.count,
      "\(places.count) places and \(angles.count) angles for \(atoms) atoms, \(bonds.count) bonds")
    var x = places
    for (bond, angle) in zip(bonds, angles) {
      let start = x[bond.atoms[1]]
      let turn = Turn(about: x[bond.atoms[2]] - start, by: angle)
      for atom in bond.turned { x[atom] = start + turn(x[atom] - start) }
    }
    return x
  }

  /// The torsion angles in [-π, π], as the function of tensors finds them.
  public func angles(_ places: Places) -> [Double] {
    bonds.map { bond in
      let x = bond.atoms.map { places[$0] }
      return Self.angle(x[0], x[1], x[2], x[3])
    }
  }

  /// The places that come nearest to others by turning bonds and by moving as a whole.
  ///
  /// Conformer matching: a molecule of other bond lengths and angles gets the torsions of a true
  /// conformer, so that what is learnt from it is of the local structure that there is when
  /// conformers are made (Jing et al. 2022, https://arxiv.org/abs/2206.01729, who search by
  /// differential evolution). Here each bond is turned in its turn to where the sum of squared
  /// distances is least, which has a closed form (cyclic coordinate descent, Canutescu and Dunbrack
  /// 2003, https://doi.org/10.1110/ps.0242703), and so is the whole about three axes: every turn
  /// lessens the distance.
  ///
  /// - Parameters:
  ///   - places: The places to begin with.
  ///   - target: Where the same atoms should be.
  ///   - rounds: How often all bonds are turned.
  /// - Returns: The places, and the root mean square of their distances in Å.
  public func matched(
    _ places: Places, to target: Places, rounds: Int = 60
  ) -> (places: Places, distance: Double) {
    precondition(
      places.count == atoms && target.count == atoms && atoms > 0,
      "\(places.count) and \(target.count) places for \(atoms) atoms")
    let wanted = zip(angles(target), angles(places)).map { $0 - $1 }
    var x = turned(places, by: wanted)
    superpose(&x, on: target, sweeps: 200)
    for _ in 0..<rounds {
      for bond in bonds {
        let start = x[bond.atoms[1]]
        Turn.nearest(
          &x, bond.turned, to: target, about: x[bond.atoms[2]] - start, through: start)
      }
      superpose(&x, on: target, sweeps: 3)
    }
    superpose(&x, on: target, sweeps: 50)
    let squares = zip(x, target).map { dot($0 - $1, $0 - $1) }
    return (x, (squares.reduce(0, +) / Double(atoms)).squareRoot())
  }

  /// Moves places as a whole to where they are nearest to others, about one axis after the other.
  private func superpose(_ x: inout Places, on target: Places, sweeps: Int) {
    let all = Array(x.indices)
    let (from, to) = (x.center, target.center)
    for index in x.indices { x[index] += to - from }
    let axes: [SIMD3<Double>] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    for _ in 0..<sweeps {
      for axis in axes { Turn.nearest(&x, all, to: target, about: axis, through: to) }
    }
  }
}

extension Places {
  /// The mean of all places.
  var center: SIMD3<Double> { reduce(.zero, +) / Double(Swift.max(count, 1)) }
}

/// A rotation about an axis through the origin, by Rodrigues' formula.
struct Turn {
  private let axis: SIMD3<Double>
  private let cosine: Double
  private let sine: Double

  init(about direction: SIMD3<Double>, by angle: Double) {
    self.init(about: direction, cosine: cos(angle), sine: sin(angle))
  }

  private init(about direction: SIMD3<Double>, cosine: Double, sine: Double) {
    axis = direction / dot(direction, direction).squareRoot()
    (self.cosine, self.sine) = (cosine, sine)
  }

  func callAsFunction(_ v: SIMD3<Double>) -> SIMD3<Double> {
    cosine * v + sine * cross(axis, v) + (1 - cosine) * dot(axis, v) * axis
  }

  /// Turns some places about an axis to where they are nearest to others.
  static func nearest(
    _ x: inout Places, _ turned: [Int], to target: Places, about direction: SIMD3<Double>,
    through start: SIMD3<Double>
  ) {
    let length = dot(direction, direction).squareRoot()
    guard length > 0 else { return }
    let axis = direction / length
    // The sum of products of target and turned place is a · cos + b · sin, and a constant.
    var (a, b) = (0.0, 0.0)
    for atom in turned {
      let v = x[atom] - start
      let w = target[atom] - start
      let across = v - dot(axis, v) * axis
      a += dot(across, w)
      b += dot(cross(axis, v), w)
    }
    let size = (a * a + b * b).squareRoot()
    guard size > 0 else { return }
    let turn = Turn(about: axis, cosine: a / size, sine: b / size)
    for atom in turned { x[atom] = start + turn(x[atom] - start) }
  }
}

extension Molecule {
  /// The places of the atoms in Å; none for a molecule without any.
  public var places: Places? {
    get throws(MoleculeError) {
      guard let numbers = try coordinateNumbers else { return nil }
      return stride(from: 0, to: numbers.count, by: 3).map {
        SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
      }
    }
  }

  /// The molecule with its atoms in other places.
  ///
  /// - Parameter places: A place for each atom, in Å.
  /// - Returns: The molecule there.
  /// - Throws: `MoleculeError.coordinates` for another count, or for what is no number below 1e6.
  public func placed(at places: Places) throws(MoleculeError) -> Molecule {
    try placed(numbers: places.flatMap { [$0.x, $0.y, $0.z] })
  }
}
