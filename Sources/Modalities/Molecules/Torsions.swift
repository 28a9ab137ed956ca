internal import Foundation
public import Torch

/// The bonds of a molecule that turn, with the atoms that each of them turns.
///
/// Bond lengths, angles and rings stay when a bond turns, and so do the torsion angles of the other
/// bonds: a conformer is these angles, and the rest that stays (Jing et al. 2022,
/// https://arxiv.org/abs/2206.01729). Angles are in radians.
public struct Torsions: Sendable, Hashable {
  /// One bond that turns.
  public struct Torsion: Sendable, Hashable {
    /// Four atoms in a row, whose angle about the middle two is the torsion angle.
    ///
    /// The last two are on the side that turns.
    public let atoms: [Int]

    /// The atoms whose places change when the bond turns: those of the smaller side, but for the
    /// one that the bond ends at.
    public let turned: [Int]
  }

  /// The bonds, in the molecule's order.
  public let bonds: [Torsion]

  /// The number of the molecule's atoms.
  public let atoms: Int

  /// The torsion angles, in [-π, π].
  ///
  /// By IUPAC's rule: seen along the bond, positive if the far end is turned clockwise.
  /// - Parameter coordinates: Places, `[…, atoms, 3]`.
  /// - Returns: `[…, torsions]`, in the places' dtype.
  public func angles(_ coordinates: Tensor) -> Tensor {
    check(coordinates)
    let numbers = coordinates.values(as: Double.self)
    let batch = Array(coordinates.shape.dropLast(2))
    var angles: [Double] = []
    for first in stride(from: 0, to: numbers.count, by: 3 * atoms) {
      let places = stride(from: first, to: first + 3 * atoms, by: 3).map {
        SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
      }
      angles += self.angles(places)
    }
    return Tensor(angles, shape: batch + [bonds.count])
      .converted(to: coordinates.dtype).moved(to: coordinates.device)
  }

  /// Turns each bond by an angle.
  ///
  /// The bonds turn one after another, each about where it then is; another order gives the same
  /// conformer, moved as a whole.
  /// - Parameters:
  ///   - coordinates: Places, `[…, atoms, 3]`.
  ///   - angles: `[…, torsions]`.
  /// - Returns: Places in the same shape.
  public func turned(_ coordinates: Tensor, by angles: Tensor) -> Tensor {
    check(coordinates)
    precondition(
      Array(angles.shape) == coordinates.shape.dropLast(2) + [bonds.count],
      "angles of shape \(angles.shape) are none of \(bonds.count) torsions")
    var x = coordinates
    for (index, bond) in bonds.enumerated() {
      let angle = angles.narrowed(dim: -1, start: index, length: 1).unsqueezed(-1)
      let start = x.narrowed(dim: -2, start: bond.atoms[1], length: 1)
      let along = x.narrowed(dim: -2, start: bond.atoms[2], length: 1) - start
      let axis = along / along.vectorNorm(dims: [-1], keepingDims: true)
      let turned = start + Self.turned(x - start, about: axis, by: angle)
      x = mask(bond).moved(to: x.device).choosing(turned, else: x)
    }
    return x
  }

  /// Turns each bond to an angle.
  /// - Parameters:
  ///   - coordinates: Places, `[…, atoms, 3]`.
  ///   - angles: The torsion angles to have, `[…, torsions]`.
  /// - Returns: Places in the same shape.
  public func turned(_ coordinates: Tensor, to angles: Tensor) -> Tensor {
    turned(coordinates, by: angles - self.angles(coordinates))
  }

  /// Rodrigues' formula.
  private static func turned(_ v: Tensor, about axis: Tensor, by angle: Tensor) -> Tensor {
    let (c, s) = (angle.cosine(), angle.sine())
    let along = (axis * v).sum(dims: [-1], keepingDims: true)
    return c * v + s * crossProduct(axis, v) + (1 - c) * along * axis
  }

  private static func crossProduct(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (a, b) = (a.chunked(3, dim: -1), b.chunked(3, dim: -1))
    return [
      a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0],
    ].concatenated(dim: -1)
  }

  static func angle(
    _ a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>, _ d: SIMD3<Double>
  ) -> Double {
    let (first, middle, last) = (b - a, c - b, d - c)
    let (m, n) = (cross(first, middle), cross(middle, last))
    return atan2(dot(middle, middle).squareRoot() * dot(first, n), dot(m, n))
  }

  private func mask(_ bond: Torsion) -> Tensor {
    var isTurned = [Bool](repeating: false, count: atoms)
    for atom in bond.turned { isTurned[atom] = true }
    return Tensor(isTurned, shape: [atoms, 1])
  }

  private func check(_ coordinates: Tensor) {
    precondition(
      coordinates.rank >= 2 && coordinates.shape.suffix(2) == [atoms, 3],
      "coordinates of shape \(coordinates.shape) are none of \(atoms) atoms")
  }
}

extension Molecule {
  /// The torsions of the bonds that are rotatable.
  public var torsions: Torsions {
    let neighbors = neighbors
    // The torsion of a bond is told by heavy atoms, the first ones.
    func other(_ atom: Int, than end: Int) -> Int? {
      neighbors[atom].filter { $0 != end && atoms[$0].number != 1 }.min()
    }
    let torsions = bonds.filter(\.isRotatable).compactMap { bond -> Torsions.Torsion? in
      var (from, to) = (bond.begin, bond.end)
      let sides = [
        Self.atoms(around: to, neighbors, without: from),
        Self.atoms(around: from, neighbors, without: to),
      ]
      if sides[1].count < sides[0].count { swap(&from, &to) }
      let side = sides[1].count < sides[0].count ? sides[1] : sides[0]
      guard let first = other(from, than: to), let last = other(to, than: from) else { return nil }
      return Torsions.Torsion(
        atoms: [first, from, to, last], turned: side.filter { $0 != to }.sorted())
    }
    return Torsions(bonds: torsions, atoms: atoms.count)
  }

  /// The neighbours of each atom.
  var neighbors: [[Int]] {
    var neighbors = [[Int]](repeating: [], count: atoms.count)
    for bond in bonds {
      neighbors[bond.begin].append(bond.end)
      neighbors[bond.end].append(bond.begin)
    }
    return neighbors
  }

  /// The atoms that hang together with `atom`, when its bond to `end`, which is in no ring, is cut.
  static func atoms(around atom: Int, _ neighbors: [[Int]], without end: Int?) -> Set<Int> {
    var (found, open): (Set<Int>, [Int]) = ([atom], [atom])
    while let next = open.popLast() {
      for neighbor in neighbors[next] where neighbor != end || next != atom {
        if found.insert(neighbor).inserted { open.append(neighbor) }
      }
    }
    return found
  }
}
