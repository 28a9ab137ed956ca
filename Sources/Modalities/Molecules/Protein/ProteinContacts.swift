internal import CRDKit

/// How near a ligand comes to a protein, as PoseBusters measures it: whether it lies by the
/// protein, and whether atoms overlap.
///
/// Buttenschoen et al. 2024, https://arxiv.org/abs/2308.05777: heavy atoms clash that are nearer to
/// each other than three quarters of the sum of their van der Waals radii. Waters, ions and other
/// ligands do not count.
public struct ProteinContacts: Sendable, Hashable {
  /// The least distance of two heavy atoms, in Å.
  public let smallestDistance: Double

  /// The least distance as a part of the sum of two atoms' radii.
  public let smallestRelativeDistance: Double

  /// How many pairs of atoms clash.
  public let clashes: Int

  /// Whether some atoms are within 5 Å.
  public var isNear: Bool { smallestDistance <= 5 }

  /// Whether no atoms clash.
  public var isFree: Bool { clashes == 0 }

  /// Measures a pose.
  ///
  /// - Parameters:
  ///   - ligand: A ligand with places in space.
  ///   - protein: The protein.
  /// - Throws: `MoleculeError.noCoordinates`, or `library` for an element without a radius.
  public init(of ligand: Molecule, with protein: Protein) throws(MoleculeError) {
    guard let places = try ligand.places else {
      throw .noCoordinates(needed: "a ligand by a protein")
    }
    var radii = Radii()
    var own: [(place: SIMD3<Double>, radius: Double)] = []
    for (atom, place) in zip(ligand.atoms, places) where atom.number != 1 {
      own.append((place, try radii.radius(of: atom.symbol)))
    }
    var (least, relative, clashes) = (Double.infinity, Double.infinity, 0)
    for residue in protein.residues {
      for atom in residue.atoms where !atom.isHydrogen {
        let radius = try radii.radius(of: atom.element)
        for other in own {
          let difference = atom.place - other.place
          let distance = dot(difference, difference).squareRoot()
          let part = distance / (radius + other.radius)
          least = min(least, distance)
          relative = min(relative, part)
          if part < Self.closest { clashes += 1 }
        }
      }
    }
    smallestDistance = least
    smallestRelativeDistance = relative
    self.clashes = clashes
  }

  private static let closest = 0.75
}

/// The van der Waals radii of elements, as RDKit has them.
private struct Radii {
  private var known: [String: Double] = [:]

  mutating func radius(of symbol: String) throws(MoleculeError) -> Double {
    if let radius = known[symbol] { return radius }
    var radius = 0.0
    let name = symbol.prefix(1).uppercased() + symbol.dropFirst().lowercased()
    try RDKit.filled("the radius of \(name)") { crdkit_radius(name, &radius, $0) }
    known[symbol] = radius
    return radius
  }
}
