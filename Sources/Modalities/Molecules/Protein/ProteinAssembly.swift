/// An atom as a line of a file has it.
struct ProteinRecord {
  var line: Int
  var isHeterogen: Bool
  var name: String
  /// Which of several places of the same atom it is; empty for the only one.
  var alternative: String
  var residue: String
  var chain: String
  var number: Int
  var insertion: String
  var place: SIMD3<Double>
  var occupancy: Double
  var element: String

  fileprivate func isBeside(_ other: ProteinRecord) -> Bool {
    number == other.number && chain == other.chain && insertion == other.insertion
      && isHeterogen == other.isHeterogen
  }
}

/// Puts the atoms of a file together as residues.
///
/// Of the places that one atom may have, and of the residues at one place of a chain, those of the
/// highest occupancy are kept, the first of equal ones.
struct ProteinAssembly {
  let source: String
  let limits: ProteinLimits
  private var open: [ProteinRecord] = []
  private var groups: [Protein.Residue] = []
  private var count = 0

  init(source: String, limits: ProteinLimits) {
    self.source = source
    self.limits = limits
  }

  mutating func add(_ record: ProteinRecord) throws(ProteinError) {
    count += 1
    guard count <= limits.atoms else {
      throw .tooLarge(
        source: source, expected: "\(limits.atoms) atoms or less", found: "more")
    }
    if let last = open.last, !last.isBeside(record) { try close() }
    open.append(record)
  }

  /// Ends a chain: what follows is another residue even if its number is the same.
  mutating func close() throws(ProteinError) {
    var (places, parts): ([String: Int], [[ProteinRecord]]) = ([:], [])
    for record in open {
      if let place = places[record.residue] {
        parts[place].append(record)
      } else {
        places[record.residue] = parts.count
        parts.append([record])
      }
    }
    open = []
    // Residues of two names that are alternatives of each other.
    if parts.count > 1, parts.allSatisfy({ $0.contains { !$0.alternative.isEmpty } }) {
      let shares = parts.map { $0.reduce(0) { $0 + $1.occupancy } / Double($0.count) }
      let best = shares.indices.reduce(0) { shares[$1] > shares[$0] ? $1 : $0 }
      parts = [parts[best]]
    }
    for part in parts { groups.append(try residue(part)) }
  }

  mutating func protein() throws(ProteinError) -> Protein {
    try close()
    return try Protein(groups, source: source)
  }

  private func residue(_ records: [ProteinRecord]) throws(ProteinError) -> Protein.Residue {
    var (order, best): ([String], [String: ProteinRecord]) = ([], [:])
    var seen: Set<[String]> = []
    for record in records {
      guard seen.insert([record.name, record.alternative]).inserted else {
        throw .line(
          source: source, number: record.line,
          expected: "each atom of \(record.residue) \(record.number) once",
          found: "\(record.name) again")
      }
      if let other = best[record.name] {
        if record.occupancy > other.occupancy { best[record.name] = record }
      } else {
        order.append(record.name)
        best[record.name] = record
      }
    }
    let first = records[0]
    return Protein.Residue(
      chain: first.chain, number: first.number, insertion: first.insertion, name: first.residue,
      atoms: order.compactMap { best[$0] }.map {
        Protein.Atom(name: $0.name, element: $0.element, place: $0.place)
      }, isHeterogen: first.isHeterogen)
  }
}
