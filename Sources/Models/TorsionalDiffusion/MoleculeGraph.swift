package import Modalities

/// Why a molecule cannot be read by the network.
public enum MoleculeGraphError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An element that the network has no place for.
  case element(String, atom: Int, molecule: String)
  /// A bond that is neither single, double, triple nor aromatic.
  case bond(Int, Int, molecule: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .element(let symbol, let atom, let molecule):
      "\(molecule): expected one of the elements \(MoleculeGraph.symbols.joined(separator: ", ")), "
        + "found \(symbol), atom \(atom + 1)"
    case .bond(let begin, let end, let molecule):
      "\(molecule): expected single, double, triple and aromatic bonds, found another between atoms "
        + "\(begin + 1) and \(end + 1)"
    }
  }
}

/// What the network is told of a molecule, but for the places of its atoms.
///
/// The features of atoms and bonds are those of GeoMol (Ganea et al. 2021,
/// https://arxiv.org/abs/2106.07802), as Jing et al. 2022 take them for drugs: the element, its
/// number, whether it is aromatic, neighbours, hybridization, hydrogens that are no atoms, charge,
/// rings.
package struct MoleculeGraph: Sendable {
  /// How many features an atom has.
  package static let features = 74
  /// The kinds of bonds.
  package static let bondKinds = 4

  /// The number of atoms.
  package let atoms: Int
  /// The features of all atoms, one after the other.
  let features: [Float]
  /// The atoms of each bond, and its kind.
  let bonds: [(begin: Int, end: Int, kind: Int)]
  /// The bonds that turn.
  package let torsions: Torsions

  /// Looks at a molecule.
  ///
  /// - Parameter molecule: The molecule, with hydrogens as atoms or without.
  /// - Throws: ``MoleculeGraphError`` or `MoleculeError`.
  package init(_ molecule: Molecule) throws {
    atoms = molecule.atoms.count
    torsions = molecule.torsions
    features = try zip(molecule.atoms.indices, molecule.atoms).flatMap { index, atom in
      guard let features = Self.features(of: atom) else {
        throw MoleculeGraphError.element(
          try atom.symbol, atom: index, molecule: try molecule.smiles)
      }
      return features
    }
    bonds = try Self.bonds(of: molecule)
  }

  /// The atoms of each bond, and its kind.
  ///
  /// - Throws: ``MoleculeGraphError/bond(_:_:molecule:)`` or `MoleculeError`.
  static func bonds(of molecule: Molecule) throws -> [(begin: Int, end: Int, kind: Int)] {
    try molecule.bonds.map { bond in
      let kinds: [Double: Int] = [1: 0, 2: 1, 3: 2, 1.5: 3]
      guard let kind = kinds[bond.order] else {
        throw MoleculeGraphError.bond(bond.begin, bond.end, molecule: try molecule.smiles)
      }
      return (bond.begin, bond.end, kind)
    }
  }

  /// The elements, by number.
  private static let numbers = [
    1, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 20, 23, 24, 25, 29, 30, 31, 32, 33, 34, 35,
    47, 49, 51, 53, 64, 78, 79, 80, 83,
  ]

  /// The elements' symbols.
  static let symbols = [
    "H", "Li", "B", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "V",
    "Cr",
    "Mn", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Ag", "In", "Sb", "I", "Gd", "Pt", "Au", "Hg",
    "Bi",
  ]

  private static func features(of atom: Molecule.Atom) -> [Float]? {
    guard let element = numbers.firstIndex(of: atom.number) else { return nil }
    let hybrids: [Molecule.Atom.Hybridization] = [.sp, .sp2, .sp3, .sp3d, .sp3d2]
    var values = oneHot(element, of: numbers.count)
    values += [Float(atom.number), atom.isAromatic ? 1 : 0]
    // What is none of the choices has a place of its own, the last.
    values += oneHot(atom.degree, of: 7, others: true)
    values += oneHot(hybrids.firstIndex(of: atom.hybridization), of: 5, others: true)
    values += oneHot(atom.bareHydrogens, of: 7, others: true)
    values += oneHot(atom.charge + 1, of: 3, others: true)
    values += (3...8).map { atom.ringSizes.contains($0) ? 1 : 0 }
    values += oneHot(atom.rings, of: 4, others: true)
    return values
  }

  private static func oneHot(_ place: Int?, of count: Int, others: Bool = false) -> [Float] {
    var values = [Float](repeating: 0, count: others ? count + 1 : count)
    if let place, (0..<count).contains(place) { values[place] = 1 } else { values[count] = 1 }
    return values
  }
}
