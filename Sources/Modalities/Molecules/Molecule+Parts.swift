internal import CRDKit

extension Molecule {
  /// An atom, as RDKit sees it in its molecule.
  public struct Atom: Sendable, Hashable {
    /// How an atom's orbitals mix.
    public enum Hybridization: Int32, Sendable, CaseIterable {
      /// Not known.
      case unspecified = 0
      /// An orbital by itself, as of hydrogen.
      case s = 1
      /// Two, in a line.
      case sp = 2
      /// Three, in a plane.
      case sp2 = 3
      /// Four, to the corners of a tetrahedron.
      case sp3 = 4
      /// Four, in a plane.
      case sp2d = 5
      /// Five.
      case sp3d = 6
      /// Six.
      case sp3d2 = 7
      /// Of another kind.
      case other = 8
    }

    /// How the neighbours stand around an atom, in their order.
    ///
    /// It depends on the order of the bonds, which a ``Chirality`` does not.
    public enum Winding: Int, Sendable, CaseIterable {
      /// Not told, or all the same.
      case none = 0
      /// Seen from the first, clockwise.
      case clockwise = 1
      /// Seen from the first, counterclockwise.
      case counterclockwise = 2
      /// In another way than around a tetrahedron.
      case other = 3
    }

    /// A label of Cahn, Ingold and Prelog.
    public enum Chirality: Sendable {
      /// Right.
      case r
      /// Left.
      case s
    }

    /// The element's number; 0 for an atom of any kind.
    public let number: Int

    /// The formal charge.
    public let charge: Int

    /// The isotope's mass number, or 0 for the natural mixture.
    public let isotope: Int

    /// How its orbitals mix.
    public let hybridization: Hybridization

    /// Whether its neighbours stand to the right or the left, if that is told.
    public let chirality: Chirality?

    /// How its neighbours stand around it, if that is told.
    public let winding: Winding

    /// How many hydrogens are bound to it, atoms of their own or not.
    public let hydrogens: Int

    /// How many of these are no atoms of their own.
    public let bareHydrogens: Int

    /// How many of those follow from its valence: the text did not tell them.
    public let impliedHydrogens: Int

    /// How many of its neighbours are atoms of their own.
    public let degree: Int

    /// Its unpaired electrons.
    public let radicalElectrons: Int

    /// In how many of the smallest rings it is.
    public let rings: Int

    /// The sizes of those rings, from 3 to 8.
    public let ringSizes: [Int]

    /// Whether it is in an aromatic system.
    public let isAromatic: Bool

    /// Whether it is in a ring.
    public var isInRing: Bool { rings > 0 }

    /// The element's symbol, such as `Cl`; `*` for an atom of any kind.
    public var symbol: String {
      get throws(MoleculeError) { try RDKit.text { crdkit_symbol(Int32(number), $0, $1) } }
    }

    init(_ facts: CRDKitAtom) {
      number = Int(facts.number)
      charge = Int(facts.charge)
      isotope = Int(facts.isotope)
      hybridization = Hybridization(rawValue: facts.hybridization) ?? .other
      chirality =
        switch UInt8(truncatingIfNeeded: facts.label) {
        case UInt8(ascii: "R"): .r
        case UInt8(ascii: "S"): .s
        default: nil
        }
      winding = Winding(rawValue: Int(facts.chirality)) ?? .other
      hydrogens = Int(facts.hydrogens)
      bareHydrogens = Int(facts.bare_hydrogens)
      impliedHydrogens = Int(facts.implied_hydrogens)
      degree = Int(facts.degree)
      radicalElectrons = Int(facts.radical_electrons)
      rings = Int(facts.rings)
      ringSizes = (3...8).filter { facts.ring_sizes >> $0 & 1 == 1 }
      isAromatic = facts.is_aromatic != 0
    }
  }

  /// A bond between two atoms.
  public struct Bond: Sendable, Hashable {
    /// On which sides of a double bond the neighbours are.
    public enum Side: Sendable {
      /// Those of the higher rank on the same side: Z.
      case together
      /// Those on opposite sides: E.
      case opposite
    }

    /// The indices of its atoms.
    public let begin: Int, end: Int

    /// Its order: 1, 2, 3, and 1.5 if it is aromatic; another for a bond of another kind.
    public let order: Double

    /// The sides of its atoms' neighbours, if they are told.
    public let side: Side?

    /// Whether it is in an aromatic system.
    public let isAromatic: Bool

    /// Whether its electrons are shared with other bonds.
    public let isConjugated: Bool

    /// Whether it is in a ring.
    public let isInRing: Bool

    /// Whether its ends turn against each other: a single bond outside of rings, between two atoms
    /// that have other neighbours than hydrogens and no triple bond.
    ///
    /// That is RDKit's plain count. Bonds that turn with effort, as of amides, are among them.
    public let isRotatable: Bool
  }

  static func bonds(_ bonds: [CRDKitBond], atoms: [CRDKitAtom]) -> [Bond] {
    var heavyNeighbors = [Int](repeating: 0, count: atoms.count)
    var hasTripleBond = [Bool](repeating: false, count: atoms.count)
    for bond in bonds {
      for (atom, other) in [(bond.begin, bond.end), (bond.end, bond.begin)] {
        heavyNeighbors[Int(atom)] += atoms[Int(other)].number == 1 ? 0 : 1
        if bond.order == 3 { hasTripleBond[Int(atom)] = true }
      }
    }
    return bonds.map { bond in
      let ends = [Int(bond.begin), Int(bond.end)]
      let canTurn = bond.order == 1 && bond.is_in_ring == 0
      return Bond(
        begin: ends[0], end: ends[1], order: bond.order, side: side(bond.stereo),
        isAromatic: bond.is_aromatic != 0, isConjugated: bond.is_conjugated != 0,
        isInRing: bond.is_in_ring != 0,
        isRotatable: canTurn && ends.allSatisfy { heavyNeighbors[$0] > 1 && !hasTripleBond[$0] })
    }
  }

  /// RDKit's `STEREOZ`, `STEREOE`, `STEREOCIS` and `STEREOTRANS`.
  private static func side(_ stereo: Int32) -> Bond.Side? {
    switch stereo {
    case 2, 4: .together
    case 3, 5: .opposite
    default: nil
    }
  }
}
