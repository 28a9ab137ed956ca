internal import Layers
package import Modalities
internal import Torch

/// What the network is told of a protein: its residues' names and the places of their alpha
/// carbons.
package struct ReceptorGraph: Sendable {
  /// How many kinds of residues there are, the last for all others.
  static let kinds = names.count + 1

  /// The kind of each residue.
  let residues: [Int]
  /// The places of the alpha carbons, in Å.
  package let places: Places
  /// The edges between residues, `[2, edges]`: who hears above who tells.
  let edges: Tensor

  /// Looks at a protein.
  ///
  /// Each residue tells its nearest ones, at least one. The reference joins residues so before it
  /// learns.
  ///
  /// - Parameters:
  ///   - residues: The residues of chains.
  ///   - configuration: How far residues see each other, and how many.
  /// - Throws: `GraphError` for places that are no numbers.
  package init(
    _ residues: [Protein.Residue], _ configuration: DiffDockConfiguration
  ) throws {
    let known = residues.compactMap { residue in
      residue.alphaCarbon.map {
        (Self.names.firstIndex(of: residue.name) ?? Self.kinds - 1, $0)
      }
    }
    self.residues = known.map(\.0)
    let places = known.map(\.1)
    self.places = places
    let points = try PointClouds(places, clouds: [Int](repeating: 0, count: places.count))
    let near = points.neighbours(
      within: configuration.receptorRadius, limit: configuration.cAlphaMaxNeighbors)
    var (from, to) = (near.row(0), near.row(1))
    // By itself a residue would hear and tell nothing.
    for lonely in Set(places.indices).subtracting(from).sorted() where places.count > 1 {
      let others = places.indices.filter { $0 != lonely }
      let place = places[lonely]
      func square(_ index: Int) -> Double {
        let difference = places[index] - place
        return (difference * difference).sum()
      }
      from.append(lonely)
      to.append(others.reduce(others[0]) { square($1) < square($0) ? $1 : $0 })
    }
    edges = Tensor(to + from, shape: [2, from.count])
  }

  /// The residues that have kinds, in the reference's order.
  private static let names = [
    "ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE", "LEU", "LYS", "MET",
    "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL", "HIP", "HIE", "TPO", "HID", "LEV", "MEU",
    "PTR", "GLV", "CYT", "SEP", "HIZ", "CYM", "GLM", "ASQ", "TYS", "CYX", "GLZ",
  ]
}

extension Tensor {
  /// The whole numbers of a row.
  func row(_ index: Int) -> [Int] { selected(dim: 0, index: index).values(as: Int.self) }
}
