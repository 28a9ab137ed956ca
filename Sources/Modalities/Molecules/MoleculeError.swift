/// What can go wrong between a molecule, its places in space and its file.
public enum MoleculeError: Error, Equatable, CustomStringConvertible {
  /// The text is no molecule in its format.
  case text(source: String, expected: String, reason: String)
  /// The molecule has more atoms or rings, or its text more bytes, than allowed.
  case tooLarge(source: String, reason: String)
  /// The text was read, but its valences or its aromatic rings cannot be.
  case unchemical(source: String, reason: String)
  /// Numbers that are no places of the molecule's atoms.
  case coordinates(expected: String, found: String)
  /// The molecule has no places in space, which something needs.
  case noCoordinates(needed: String)
  /// Indices of atoms that are no order of all of them.
  case order(atoms: Int, found: [Int])
  /// No conformer was found, or the force field does not know the molecule.
  case conformer(molecule: String, reason: String)
  /// Two molecules that cannot be compared.
  case comparison(reason: String)
  /// A record of an SD file that is none, counted from 1.
  case record(source: String, number: Int, expected: String, found: String)
  /// A name or a value that an SD or PDB file cannot hold.
  case unwritable(expected: String, found: String)
  /// RDKit refused.
  case library(source: String, reason: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .text(let source, let expected, let reason):
      "\(source): expected \(expected): \(reason)"
    case .tooLarge(let source, let reason): "\(source): the molecule is too large: \(reason)"
    case .unchemical(let source, let reason):
      "\(source): expected a molecule that can be: \(reason)"
    case .coordinates(let expected, let found): "expected \(expected), found \(found)"
    case .noCoordinates(let needed):
      "\(needed) needs a molecule with places in space, found one without"
    case .order(let atoms, let found):
      "expected each of \(atoms) atoms once, found the indices \(found)"
    case .conformer(let molecule, let reason): "\(molecule): no conformer: \(reason)"
    case .comparison(let reason):
      "expected two conformers of one molecule: \(reason)"
    case .record(let source, let number, let expected, let found):
      "\(source), record \(number): expected \(expected), found \(found)"
    case .unwritable(let expected, let found): "expected \(expected), found \(found)"
    case .library(let source, let reason): "\(source): \(reason)"
    }
  }
}
