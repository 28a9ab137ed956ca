extension Protein {
  /// Reads the first model of an mmCIF file's text.
  ///
  /// Its table `_atom_site` is read, with the authors' names of chains and residues where they are
  /// told, which are those of PDB files.
  /// - Parameters:
  ///   - mmCIF: The whole file.
  ///   - source: What to name in errors.
  ///   - limits: How much it may hold.
  /// - Throws: ``ProteinError``, which tells the line.
  public init(
    mmCIF: some Sequence<UInt8>, source: String = "an mmCIF file",
    limits: ProteinLimits = ProteinLimits()
  ) throws(ProteinError) {
    let bytes = try Self.checked(mmCIF, source, limits)
    let table = try CIFTable("_atom_site", in: bytes, source: source, most: limits.atoms)
    let columns = try AtomColumns(table, source: source)
    var assembly = ProteinAssembly(source: source, limits: limits)
    var last: (model: String?, entity: String?)?
    for row in 0..<table.rows {
      let (model, chain) = (columns.model(row), columns.entityChain(row))
      if let last, last.model != model { break }
      if let last, last.entity != chain { try assembly.close() }
      last = (model, chain)
      try assembly.add(columns.atom(row))
    }
    self = try assembly.protein()
  }
}

/// The columns of atoms.
private struct AtomColumns {
  let table: CIFTable
  let source: String
  private let places: [String: Int]

  init(_ table: CIFTable, source: String) throws(ProteinError) {
    (self.table, self.source) = (table, source)
    places = Dictionary(
      zip(table.columns, table.columns.indices), uniquingKeysWith: { first, _ in first })
    for names in [
      ["auth_atom_id", "label_atom_id"], ["auth_comp_id", "label_comp_id"],
      ["auth_seq_id", "label_seq_id"], ["cartn_x"], ["cartn_y"], ["cartn_z"], ["type_symbol"],
    ] where !names.contains(where: { places[$0] != nil }) {
      throw .missing(
        source: source, expected: "a column _atom_site.\(names[0])", found: "none")
    }
  }

  /// The first of these columns that is there and known.
  private func value(_ row: Int, _ names: String...) -> String? {
    for name in names {
      if let place = places[name], let found = table.values[row * table.columns.count + place] {
        return found
      }
    }
    return nil
  }

  func model(_ row: Int) -> String? { value(row, "pdbx_pdb_model_num") }
  func entityChain(_ row: Int) -> String? { value(row, "label_asym_id") }

  func atom(_ row: Int) throws(ProteinError) -> ProteinRecord {
    let share = value(row, "occupancy")
    guard let occupancy = share.map({ $0.finite }) ?? 1 else {
      throw misfit(row, "an occupancy", share)
    }
    let number = value(row, "auth_seq_id", "label_seq_id")
    guard let residue = number.flatMap({ Int($0) }) else {
      throw misfit(row, "a residue's number", number)
    }
    guard let name = value(row, "auth_atom_id", "label_atom_id"),
      let element = value(row, "type_symbol"),
      let kind = value(row, "auth_comp_id", "label_comp_id")
    else { throw misfit(row, "an atom's name, its element and its residue's name", nil) }
    return ProteinRecord(
      line: line(row), isHeterogen: value(row, "group_pdb") == "HETATM", name: name,
      alternative: value(row, "label_alt_id") ?? "", residue: kind,
      chain: value(row, "auth_asym_id", "label_asym_id") ?? "", number: residue,
      insertion: value(row, "pdbx_pdb_ins_code") ?? "",
      place: SIMD3(
        try coordinate(row, "cartn_x"), try coordinate(row, "cartn_y"),
        try coordinate(row, "cartn_z")),
      occupancy: occupancy, element: element.uppercased())
  }

  private func coordinate(_ row: Int, _ name: String) throws(ProteinError) -> Double {
    let text = value(row, name)
    guard let value = text?.finite, abs(value) < 1e6 else {
      throw misfit(row, "\(name) in Å", text)
    }
    return value
  }

  private func line(_ row: Int) -> Int { table.lines[row * table.columns.count] }

  private func misfit(_ row: Int, _ expected: String, _ found: String?) -> ProteinError {
    .line(
      source: source, number: line(row), expected: expected,
      found: found.map { "\"\($0.prefix(40))\"" } ?? "nothing")
  }
}
