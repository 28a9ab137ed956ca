internal import CRDKit

extension Molecule {
  /// A molecule from SMILES.
  ///
  /// - Parameters:
  ///   - smiles: One molecule, without a name or an extension behind it.
  ///   - limits: How much it may hold.
  /// - Throws: `MoleculeError` with RDKit's reason.
  public init(smiles: String, limits: MoleculeLimits = MoleculeLimits()) throws(MoleculeError) {
    self = try Self.read(
      smiles, CRDKIT_SMILES, "a molecule in SMILES", source: "SMILES \(RDKit.shortened(smiles))",
      keepingHydrogens: false, limits: limits)
  }

  /// A molecule from a MOL block of version 2000 or 3000, the first part of a record of an SD file.
  ///
  /// - Parameters:
  ///   - molBlock: The block, to its line `M  END`.
  ///   - source: What to name in errors.
  ///   - keepingHydrogens: Whether the hydrogens of the block stay atoms.
  ///   - limits: How much it may hold.
  /// - Throws: `MoleculeError` with RDKit's reason.
  public init(
    molBlock: String, source: String = "a MOL block", keepingHydrogens: Bool = true,
    limits: MoleculeLimits = MoleculeLimits()
  ) throws(MoleculeError) {
    // Without this line RDKit takes what there is.
    guard molBlock.split(whereSeparator: \.isNewline).contains(where: { $0.hasPrefix("M  END") })
    else {
      throw .text(
        source: source, expected: "a molecule in a MOL block",
        reason: "the line \"M  END\" is missing, so it is cut off or no such block")
    }
    self = try Self.read(
      molBlock, CRDKIT_MOL, "a molecule in a MOL block", source: source,
      keepingHydrogens: keepingHydrogens, limits: limits)
  }

  /// A molecule from a MOL2 block, whose atom types are Corina's.
  ///
  /// Its hydrogens must be in the block: none are added.
  ///
  /// - Parameters:
  ///   - mol2: The block.
  ///   - source: What to name in errors.
  ///   - keepingHydrogens: Whether the hydrogens of the block stay atoms.
  ///   - limits: How much it may hold.
  /// - Throws: `MoleculeError` with RDKit's reason.
  public init(
    mol2: String, source: String = "a MOL2 block", keepingHydrogens: Bool = true,
    limits: MoleculeLimits = MoleculeLimits()
  ) throws(MoleculeError) {
    self = try Self.read(
      mol2, CRDKIT_MOL2, "a molecule in MOL2", source: source,
      keepingHydrogens: keepingHydrogens, limits: limits)
  }

  /// A ligand from a PDB block.
  ///
  /// The block tells no bond orders but by repeated `CONECT` records; bonds that it does not
  /// tell are found from distances, as single bonds. Of several models the first is read.
  ///
  /// - Parameters:
  ///   - pdb: The block.
  ///   - source: What to name in errors.
  ///   - keepingHydrogens: Whether the hydrogens of the block stay atoms.
  ///   - limits: How much it may hold.
  /// - Throws: `MoleculeError` with RDKit's reason.
  public init(
    pdb: String, source: String = "a PDB block", keepingHydrogens: Bool = true,
    limits: MoleculeLimits = MoleculeLimits()
  ) throws(MoleculeError) {
    self = try Self.read(
      pdb, CRDKIT_PDB, "a molecule in a PDB block", source: source,
      keepingHydrogens: keepingHydrogens, limits: limits)
  }

  private static func read(
    _ text: String, _ format: CRDKitFormat, _ expected: String, source: String,
    keepingHydrogens: Bool, limits: MoleculeLimits
  ) throws(MoleculeError) -> Molecule {
    let count = text.utf8.count
    guard count <= limits.bytes else {
      throw .tooLarge(source: source, reason: "\(count) bytes, the limit is \(limits.bytes)")
    }
    var values = limits.values
    var text = text
    return try RDKit.molecule({ status, reason in
      switch status {
      case CRDKIT_TOO_LARGE: .tooLarge(source: source, reason: reason)
      case CRDKIT_UNCHEMICAL: .unchemical(source: source, reason: reason)
      default: .text(source: source, expected: expected, reason: reason)
      }
    }) { result, message in
      text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          crdkit_read(
            CInt(format.rawValue), $0.baseAddress, $0.count, keepingHydrogens ? 1 : 0, &values,
            result, message)
        }
      }
    }
  }
}
