/// A protein in its file's places: chains of residues, and what else is there.
///
/// A residue of a chain has the atoms `N`, `CA` and `C`. One that the file calls a heterogen
/// (`HETATM`) is part of a chain where a peptide bond holds it there, as selenomethionine; an amino
/// acid by itself is a ligand. Waters, ions, ligands and nucleotides are ``others``.
public struct Protein: Sendable, Hashable {
  /// An atom.
  public struct Atom: Sendable, Hashable {
    /// Its name in its residue, such as `CA`.
    public let name: String

    /// The element's symbol in capitals, such as `C` or `SE`.
    public let element: String

    /// Its place in Å.
    public let place: SIMD3<Double>

    /// Whether it is a hydrogen, or heavy hydrogen.
    public var isHydrogen: Bool { element == "H" || element == "D" }
  }

  /// Atoms that the file keeps together: an amino acid, a water, a ligand.
  public struct Residue: Sendable, Hashable {
    /// The chain's name; empty if the file has none.
    public let chain: String

    /// The number in the chain, which need not rise.
    public let number: Int

    /// A letter that tells residues of one number apart; empty for most.
    public let insertion: String

    /// The name of what it is, such as `ALA` or `HOH`.
    public let name: String

    /// The atoms, in the file's order.
    public let atoms: [Atom]

    /// Whether the file calls it a heterogen.
    public let isHeterogen: Bool

    /// The atom of that name.
    public subscript(name: String) -> Atom? { atoms.first { $0.name == name } }

    /// The atoms of the chain itself: nitrogen, the two carbons and the oxygens.
    public var backbone: [Atom] { atoms.filter { Self.backboneNames.contains($0.name) } }

    /// The atoms beyond the chain itself, without hydrogens.
    public var sideChain: [Atom] {
      atoms.filter { !Self.backboneNames.contains($0.name) && !$0.isHydrogen }
    }

    /// The place of `CA`, the carbon that bears the side chain; none where it is not there.
    public var alphaCarbon: SIMD3<Double>? { self["CA"]?.place }

    private static let backboneNames: Set<String> = ["N", "CA", "C", "O", "OXT"]

    var hasBackbone: Bool { ["N", "CA", "C"].allSatisfy { self[$0] != nil } }
  }

  /// The residues of the chains, in the file's order.
  public let residues: [Residue]

  /// What is no residue of a chain, in the file's order.
  public let others: [Residue]

  /// Sorts what a file has into chains and others.
  init(_ groups: [Residue], source: String) throws(ProteinError) {
    var isInChain = groups.map { !$0.isHeterogen && $0.hasBackbone }
    // A bond to what is in a chain brings a heterogen into it, and then its neighbour: both ways.
    let candidates = groups.indices.filter { groups[$0].isHeterogen && groups[$0].hasBackbone }
    for index in candidates + candidates.reversed() where !isInChain[index] {
      let before = index > 0 && isInChain[index - 1]
      let after = index + 1 < groups.count && isInChain[index + 1]
      isInChain[index] =
        before && Self.areBonded(groups[index - 1], groups[index])
        || after && Self.areBonded(groups[index], groups[index + 1])
    }
    residues = zip(groups, isInChain).filter(\.1).map(\.0)
    others = zip(groups, isInChain).filter { !$0.1 }.map(\.0)
    guard !residues.isEmpty else {
      throw .missing(
        source: source, expected: "residues with the atoms N, CA and C",
        found: groups.isEmpty ? "no atoms" : "none among \(groups.count) groups of atoms")
    }
  }

  /// Whether a peptide bond, 1.33 Å long, leads from one to the other.
  private static func areBonded(_ first: Residue, _ second: Residue) -> Bool {
    guard let carbon = first["C"], let nitrogen = second["N"] else { return false }
    let difference = carbon.place - nitrogen.place
    return dot(difference, difference) < 4
  }
}
