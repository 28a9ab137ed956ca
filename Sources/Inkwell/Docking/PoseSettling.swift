internal import Foundation
internal import Modalities

/// Moves poses to where their score of shapes is least nearby: out of the protein's atoms, which
/// the network does not see.
///
/// A search along one coordinate after the other, of shifts, rotations and turns of bonds, whose
/// steps are halved where none helps (Hooke and Jeeves 1961,
/// https://doi.org/10.1145/321062.321069). There is no chance in it. A ligand's own atoms that are
/// four bonds apart or more count as the protein's do.
struct PoseSettling {
  private let score: StericScore
  private let torsions: Torsions
  private let radii: [Double]
  private let pairs: [(Int, Int)]

  /// Looks at a ligand.
  init(_ ligand: Molecule, by score: StericScore) throws {
    self.score = score
    torsions = ligand.torsions
    radii = try ligand.atoms.map { StericScore.radius(of: try $0.symbol) }
    let near = Self.reached(ligand, bonds: 3)
    pairs = ligand.atoms.indices.flatMap { first in
      ligand.atoms.indices.filter { $0 > first && !near[first].contains($0) }.map { (first, $0) }
    }
  }

  /// The pose that is found from one.
  ///
  /// - Parameter places: The places of the ligand's heavy atoms, in Å.
  /// - Returns: Places of a score that is no more, with the same bond lengths and angles.
  func settled(_ places: Places) -> Places {
    var (best, value) = (places, self.value(places))
    var scale = 1.0
    for _ in 0..<Self.sweeps where scale > Self.finest {
      var helped = false
      for coordinate in 0..<(6 + torsions.bonds.count) {
        for sign in [1.0, -1] {
          let moved = self.moved(best, coordinate, by: sign * scale)
          let found = self.value(moved)
          if found < value {
            (best, value, helped) = (moved, found, true)
            break
          }
        }
      }
      if !helped { scale /= 2 }
    }
    return best
  }

  /// The score by the protein and of the ligand's own atoms.
  private func value(_ places: Places) -> Double {
    pairs.reduce(score(places, radii: radii)) { sum, pair in
      let difference = places[pair.0] - places[pair.1]
      let distance = (difference * difference).sum().squareRoot()
      return sum + StericScore.term(distance - radii[pair.0] - radii[pair.1])
    }
  }

  /// The pose after a step along one coordinate.
  private func moved(_ places: Places, _ coordinate: Int, by step: Double) -> Places {
    if coordinate >= 6 {
      var angles = [Double](repeating: 0, count: torsions.bonds.count)
      angles[coordinate - 6] = Self.turn * step
      return torsions.turned(places, by: angles)
    }
    if coordinate < 3 {
      var shift = SIMD3<Double>.zero
      shift[coordinate] = Self.shift * step
      return places.map { $0 + shift }
    }
    let middle = places.reduce(.zero, +) / Double(places.count)
    let (a, b) = ((coordinate - 2) % 3, (coordinate - 1) % 3)
    let (sine, cosine) = (sin(Self.rotation * step), cos(Self.rotation * step))
    return places.map { place in
      var x = place - middle
      (x[a], x[b]) = (cosine * x[a] - sine * x[b], sine * x[a] + cosine * x[b])
      return x + middle
    }
  }

  /// The atoms that are so many bonds from each, or fewer.
  private static func reached(_ ligand: Molecule, bonds: Int) -> [Set<Int>] {
    var neighbours = [Set<Int>](repeating: [], count: ligand.atoms.count)
    for bond in ligand.bonds {
      neighbours[bond.begin].insert(bond.end)
      neighbours[bond.end].insert(bond.begin)
    }
    return ligand.atoms.indices.map { atom in
      (0..<bonds).reduce(into: Set([atom])) { known, _ in
        known.formUnion(known.flatMap { neighbours[$0] })
      }
    }
  }

  /// The first steps, in Å and radians, and the least part of them that is taken.
  private static let (shift, rotation, turn) = (0.5, 0.25, 0.35)
  private static let finest = 0.05
  private static let sweeps = 80
}
