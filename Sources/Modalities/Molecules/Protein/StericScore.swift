internal import Foundation

/// How well a ligand fills a place by a protein: the part of AutoDock Vina's score that knows of
/// shapes alone.
///
/// Trott and Olson 2010, https://doi.org/10.1002/jcc.21334, equations 6 to 8 and table 1: of each
/// pair of heavy atoms within 8 Å, by the distance of their surfaces, two bells where they touch
/// and a parabola where they overlap. Hydrogen bonds, hydrophobic contacts and how often bonds turn
/// are left out, so it ranks poses of one ligand and says nothing of how strongly it binds.
public struct StericScore: Sendable {
  private var cells: [SIMD3<Int>: [(place: SIMD3<Double>, radius: Double)]] = [:]

  /// Looks at the residues of a protein.
  public init(_ protein: Protein) {
    for residue in protein.residues {
      for atom in residue.atoms where !atom.isHydrogen {
        cells[Self.cell(of: atom.place), default: []]
          .append((atom.place, Self.radius(of: atom.element)))
      }
    }
  }

  /// The score of a pose; the less, the better.
  ///
  /// - Parameter ligand: A ligand with places in space.
  /// - Returns: The score.
  /// - Throws: `MoleculeError.noCoordinates`.
  public func callAsFunction(_ ligand: Molecule) throws(MoleculeError) -> Double {
    guard let places = try ligand.places else {
      throw .noCoordinates(needed: "a ligand by a protein")
    }
    var (own, radii): (Places, [Double]) = ([], [])
    for (atom, place) in zip(ligand.atoms, places) where atom.number != 1 {
      own.append(place)
      radii.append(Self.radius(of: try atom.symbol))
    }
    return self(own, radii: radii)
  }

  /// The score of heavy atoms.
  ///
  /// - Parameters:
  ///   - places: A place in Å for each.
  ///   - radii: The radius of each, as ``radius(of:)`` has it.
  /// - Returns: The score.
  package func callAsFunction(_ places: Places, radii: [Double]) -> Double {
    var sum = 0.0
    for (place, own) in zip(places, radii) {
      let middle = Self.cell(of: place)
      for x in -1...1 {
        for y in -1...1 {
          for z in -1...1 {
            guard let others = cells[middle &+ SIMD3(x, y, z)] else { continue }
            for other in others {
              let difference = other.place - place
              let square = dot(difference, difference)
              guard square < Self.reach * Self.reach else { continue }
              sum += Self.term(square.squareRoot() - own - other.radius)
            }
          }
        }
      }
    }
    return sum
  }

  /// What a pair of atoms adds.
  ///
  /// - Parameter d: How far apart their surfaces are, in Å; below 0 where they overlap.
  /// - Returns: The part of the score.
  package static func term(_ d: Double) -> Double {
    func bell(_ middle: Double, _ width: Double) -> Double {
      let x = (d - middle) / width
      return exp(-x * x)
    }
    return -0.0356 * bell(0, 0.5) - 0.00516 * bell(3, 2) + (d < 0 ? 0.840 * d * d : 0)
  }

  private static let reach = 8.0

  private static func cell(of place: SIMD3<Double>) -> SIMD3<Int> {
    let scaled = (place / reach).rounded(.down)
    return SIMD3(Int(scaled.x), Int(scaled.y), Int(scaled.z))
  }

  /// The radii of Vina's atoms, in Å; what it does not know is as large as carbon.
  ///
  /// - Parameter symbol: The element.
  /// - Returns: The radius.
  package static func radius(of symbol: String) -> Double {
    switch symbol.uppercased() {
    case "N": 1.8
    case "O": 1.7
    case "S": 2.0
    case "P": 2.1
    case "F": 1.5
    case "CL": 1.8
    case "BR": 2.0
    case "I": 2.2
    default: 1.9
    }
  }
}
