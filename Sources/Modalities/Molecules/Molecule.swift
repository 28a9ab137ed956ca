internal import CRDKit

/// A molecule: atoms, the bonds between them, and perhaps the atoms' places in space.
///
/// RDKit holds it. It is a value: what changes a molecule gives another. Hydrogens are atoms where
/// the text that it was read from has them as atoms, or after ``addingHydrogens()``; other ones are
/// counted by the atoms that bear them.
public struct Molecule: Sendable {
  let handle: RDKit.Handle

  /// The atoms, in their order in the text.
  public let atoms: [Atom]

  /// The bonds.
  public let bonds: [Bond]

  /// Whether the atoms have places in space.
  public let hasCoordinates: Bool

  init(_ handle: RDKit.Handle) throws(MoleculeError) {
    self.handle = handle
    let molecule = handle.pointer
    var atoms = [CRDKitAtom](
      repeating: CRDKitAtom(), count: Int(crdkit_atom_count(molecule)))
    var bonds = [CRDKitBond](
      repeating: CRDKitBond(), count: Int(crdkit_bond_count(molecule)))
    try RDKit.filled("the atoms of a molecule") { crdkit_atoms(molecule, &atoms, $0) }
    try RDKit.filled("the bonds of a molecule") { crdkit_bonds(molecule, &bonds, $0) }
    self.atoms = atoms.map { Atom($0) }
    self.bonds = Self.bonds(bonds, atoms: atoms)
    hasCoordinates = crdkit_has_coordinates(molecule) != 0
  }

  /// The formula in Hill's order, such as `C9H8O4`, with all hydrogens.
  public var formula: String {
    get throws(MoleculeError) {
      try RDKit.text { crdkit_formula(handle.pointer, $0, $1) }
    }
  }

  /// The canonical SMILES: the same for the same molecule, whatever the order of its atoms.
  ///
  /// It is canonical for one version of RDKit.
  public var smiles: String { get throws(MoleculeError) { try smiles(stereochemistry: true) } }

  /// The canonical SMILES, with or without what is right and left, cis and trans.
  public func smiles(stereochemistry: Bool) throws(MoleculeError) -> String {
    try RDKit.text { crdkit_smiles(handle.pointer, stereochemistry ? 1 : 0, $0, $1) }
  }

  /// Whether bonds hold all of it together.
  public var isConnected: Bool {
    guard !atoms.isEmpty else { return true }
    let found = Self.atoms(around: 0, neighbors, without: nil)
    return found.count == atoms.count
  }

  /// How many bonds turn freely, by RDKit's default: amides, esters and the like do not count, nor
  /// do ends that look the same when turned.
  ///
  /// ``torsions`` are of more bonds: those whose ``Bond/isRotatable`` is true.
  public var rotatableBondCount: Int {
    get throws(MoleculeError) {
      var count: Int32 = 0
      try RDKit.filled("counting bonds") {
        crdkit_rotatable_bonds(handle.pointer, 1, &count, $0)
      }
      return Int(count)
    }
  }

  /// The rings with what links them, after Bemis and Murcko 1996,
  /// https://doi.org/10.1021/jm9602928; without any atom for a molecule without rings.
  ///
  /// Atoms that a double bond holds to them stay, as RDKit has it.
  public var scaffold: Molecule {
    get throws(MoleculeError) {
      try RDKit.molecule(RDKit.library("a scaffold")) { crdkit_scaffold(handle.pointer, $0, $1) }
    }
  }

  /// The molecule with every hydrogen as an atom, after the others, with a place if they have any.
  public func addingHydrogens() throws(MoleculeError) -> Molecule {
    var limits = MoleculeLimits().values
    return try RDKit.molecule(RDKit.library("adding hydrogens")) {
      crdkit_add_hydrogens(handle.pointer, &limits, $0, $1)
    }
  }

  /// The molecule with the hydrogens counted by the atoms that bear them.
  ///
  /// A hydrogen that says more stays an atom: an isotope, an ion, one that no other atom bears.
  public func removingHydrogens() throws(MoleculeError) -> Molecule {
    try RDKit.molecule(RDKit.library("removing hydrogens")) {
      crdkit_remove_hydrogens(handle.pointer, $0, $1)
    }
  }

  /// The molecule with its atoms in another order.
  /// - Parameter order: The old index of each new atom.
  /// - Returns: The same molecule.
  /// - Throws: `MoleculeError.order`.
  public func reordered(_ order: [Int]) throws(MoleculeError) -> Molecule {
    guard order.sorted() == Array(atoms.indices) else {
      throw .order(atoms: atoms.count, found: order)
    }
    let places = order.map { Int32($0) }
    return try RDKit.molecule(RDKit.library("another order")) {
      crdkit_renumbered(handle.pointer, places, $0, $1)
    }
  }
}

/// How much a molecule of a stranger's may hold.
public struct MoleculeLimits: Sendable {
  /// The number of atoms.
  public var atoms = 1000

  /// The number of independent rings.
  public var rings = 200

  /// The bytes of a molecule's text.
  public var bytes = 1 << 20

  /// The usual limits.
  public init() {}

  var values: CRDKitLimits { CRDKitLimits(atoms: Int64(atoms), rings: Int64(rings)) }
}
