package import Modalities

/// What the network is told of a ligand, but for the places of its atoms.
///
/// Its atoms are the heavy ones; what is known of one are sixteen choices, those of DiffDock (Corso
/// et al. 2023, https://arxiv.org/abs/2210.01776, appendix).
package struct LigandGraph: Sendable {
  /// How many choices each of the sixteen has.
  static let choices = [119, 4, 12, 12, 8, 10, 6, 6, 2, 8, 2, 2, 2, 2, 2, 2]

  /// The number of atoms.
  package let atoms: Int
  /// The choices of all atoms, one after the other.
  let features: [Int]
  /// The atoms of each bond, and its kind.
  let bonds: [(begin: Int, end: Int, kind: Int)]
  /// The bonds that turn.
  package let torsions: Torsions

  /// Looks at a ligand.
  ///
  /// - Parameter molecule: The ligand, its hydrogens counted by the atoms that bear them.
  /// - Throws: ``MoleculeGraphError`` for a bond that is neither single, double, triple nor
  ///   aromatic, or `MoleculeError`.
  package init(_ molecule: Molecule) throws {
    atoms = molecule.atoms.count
    torsions = molecule.torsions
    features = molecule.atoms.flatMap { Self.features(of: $0) }
    bonds = try MoleculeGraph.bonds(of: molecule)
  }

  private static func features(of atom: Molecule.Atom) -> [Int] {
    // What is none of the choices is the last.
    func choice(_ value: Int, from first: Int = 0, of count: Int) -> Int {
      (0..<count - 1).contains(value - first) ? value - first : count - 1
    }
    let hybrids: [Molecule.Atom.Hybridization] = [.sp, .sp2, .sp3, .sp3d, .sp3d2]
    return [
      choice(atom.number, from: 1, of: 119), atom.winding.rawValue,
      choice(atom.degree + atom.bareHydrogens, of: 12), choice(atom.charge, from: -5, of: 12),
      choice(atom.impliedHydrogens, of: 8), choice(atom.bareHydrogens, of: 10),
      choice(atom.radicalElectrons, of: 6), hybrids.firstIndex(of: atom.hybridization) ?? 5,
      atom.isAromatic ? 1 : 0, choice(atom.rings, of: 8),
    ] + (3...8).map { atom.ringSizes.contains($0) ? 1 : 0 }
  }
}
