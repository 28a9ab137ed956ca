internal import Layers
package import Modalities
internal import Torch

/// Several ligands, each in a pose by its protein, as one graph, with the time of each.
package struct ComplexBatch: Sendable {
  /// A ligand in a pose by a protein.
  package struct Complex: Sendable {
    /// The ligand.
    package let ligand: LigandGraph
    /// A place in Å for each of its atoms.
    package let places: Places
    /// The protein.
    package let receptor: ReceptorGraph

    /// A ligand in a pose by a protein.
    package init(_ ligand: LigandGraph, at places: Places, _ receptor: ReceptorGraph) {
      precondition(places.count == ligand.atoms, "\(places.count) places, \(ligand.atoms) atoms")
      precondition(!receptor.places.isEmpty, "a protein without residues")
      self.ligand = ligand
      self.places = places
      self.receptor = receptor
    }
  }

  /// The times, from 0 to 1.
  let times: [Double]
  /// The choices of atoms, `[atoms, choices]`.
  let atoms: Tensor
  /// Their places in Å, `[atoms, 3]`, and then those of the residues.
  let positions: Tensor
  /// The complex of each atom, `[atoms]`.
  let atomOwners: Tensor
  /// The kinds of residues, `[residues, 1]`.
  let residues: Tensor
  /// The complex of each residue, `[residues]`.
  let residueOwners: Tensor
  /// Edges between atoms, `[2, edges]`: the bonds in both directions, then what is near.
  let ligandEdges: Tensor
  /// The kinds of the edges that are bonds, `[2 · bonds, kinds]`.
  let bondKinds: Tensor
  /// Edges between residues, counted after all atoms, `[2, edges]`.
  let receptorEdges: Tensor
  /// Atoms that hear residues, these counted after all atoms, `[2, edges]`.
  let crossEdges: Tensor
  /// How far each complex's atoms and residues see each other, in Å.
  let crossDistances: [Double]
  /// The bonds that turn.
  let bonds: BondViews
  /// The complex of each bond that turns.
  package let bondOwners: [Int]

  /// How many complexes there are.
  var count: Int { times.count }
  /// How many atoms there are.
  var atomCount: Int { atoms.shape[0] }

  /// Puts complexes beside each other, which do not see each other.
  ///
  /// - Parameters:
  ///   - complexes: The complexes.
  ///   - times: The time of each, from 0 to 1.
  ///   - configuration: How far atoms and residues see.
  /// - Throws: `GraphError` for a place that is no number.
  package init(
    _ complexes: [Complex], times: [Double], _ configuration: DiffDockConfiguration
  ) throws {
    precondition(times.count == complexes.count, "\(times.count) times, \(complexes.count) poses")
    self.times = times
    let ligands = Ligands(complexes)
    let owners = complexes.enumerated().flatMap { number, complex in
      complex.receptor.places.map { _ in number }
    }
    let places = complexes.flatMap(\.receptor.places)
    let distances = times.map { configuration.crossDistance(at: $0) }
    let count = ligands.places.count
    atoms = Tensor(
      complexes.flatMap(\.ligand.features), shape: [count, LigandGraph.choices.count])
    positions = Tensor(ligands.places + places).converted(to: .float32)
    atomOwners = Tensor(ligands.owners)
    residues = Tensor(complexes.flatMap(\.receptor.residues), shape: [places.count, 1])
    residueOwners = Tensor(owners)
    let points = try PointClouds(ligands.places, clouds: ligands.owners)
    ligandEdges = concatenate(
      ligands.edges, points.neighbours(within: configuration.maxRadius), dim: 1)
    bondKinds = Tensor(ligands.kinds).oneHot(DiffDockConfiguration.edgeFeatures)
      .converted(to: .float32)
    var (first, shifted): (Int, [Tensor]) = (count, [])
    for complex in complexes {
      shifted.append(complex.receptor.edges + first)
      first += complex.receptor.places.count
    }
    receptorEdges = shifted.concatenated(dim: 1)
    // In units of how far each complex sees, all see as far.
    func scaled(_ places: Places, _ owners: [Int]) throws -> PointClouds {
      try PointClouds(zip(places, owners).map { $0 / distances[$1] }, clouds: owners)
    }
    let seen = try scaled(places, owners).neighbours(
      of: try scaled(ligands.places, ligands.owners), within: 1, limit: Self.mostResidues)
    crossEdges = seen + Tensor([0, count], shape: [2, 1])
    crossDistances = distances
    bonds = try BondViews(
      ligands.places, clouds: ligands.owners, from: ligands.turning.map(\.0),
      to: ligands.turning.map(\.1), within: configuration.maxRadius)
    bondOwners = ligands.turning.map { ligands.owners[$0.0] }
  }

  /// The residues that an atom hears, at most.
  private static let mostResidues = 10_000
}

/// The ligands of complexes, their atoms counted from the first to the last.
private struct Ligands {
  var places: Places = []
  var owners: [Int] = []
  var kinds: [Int] = []
  var turning: [(Int, Int)] = []
  private var (begins, ends): ([Int], [Int]) = ([], [])

  init(_ complexes: [ComplexBatch.Complex]) {
    for (number, complex) in complexes.enumerated() {
      let first = places.count
      places += complex.places
      owners += [Int](repeating: number, count: complex.ligand.atoms)
      for bond in complex.ligand.bonds {
        begins += [bond.begin + first, bond.end + first]
        ends += [bond.end + first, bond.begin + first]
        kinds += [bond.kind, bond.kind]
      }
      turning += complex.ligand.torsions.bonds.map { ($0.atoms[1] + first, $0.atoms[2] + first) }
    }
  }

  /// The bonds in both directions, `[2, 2 · bonds]`.
  var edges: Tensor { Tensor(begins + ends, shape: [2, begins.count]) }
}
