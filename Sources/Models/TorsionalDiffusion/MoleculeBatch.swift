internal import Layers
package import Modalities
internal import Torch

/// Several molecules in conformers as one graph, with the noise of each.
package struct MoleculeBatch: Sendable {
  /// The features of atoms, `[atoms, features]`.
  let features: Tensor
  /// The places of atoms in Å, `[atoms, 3]`.
  let positions: Tensor
  /// The molecule of each atom, `[atoms]`.
  let molecules: Tensor
  /// The noise of each molecule, in radians.
  let sigmas: [Double]
  /// The edges between atoms, `[2, edges]`: the bonds in both directions, then what is near.
  let edges: Tensor
  /// The kinds of the edges that are bonds, `[2 · bonds, kinds]`.
  let bondKinds: Tensor
  /// The bonds that turn.
  let bonds: BondViews
  /// The molecule of each bond that turns.
  package let owners: [Int]

  /// Puts molecules beside each other, which do not see each other.
  ///
  /// - Parameters:
  ///   - items: The molecules, with a place in Å for each of their atoms.
  ///   - sigmas: The noise of each molecule's angles, in radians.
  ///   - radius: How far atoms see each other, in Å; at most the 32 nearest.
  /// - Throws: `GraphError` for a place that is no number.
  package init(
    _ items: [(graph: MoleculeGraph, places: Places)], sigmas: [Double], radius: Double
  ) throws {
    precondition(sigmas.count == items.count, "\(sigmas.count) noises of \(items.count) molecules")
    var (features, places, clouds, owners): ([Float], Places, [Int], [Int]) = ([], [], [], [])
    var (begins, ends, kinds): ([Int], [Int], [Int]) = ([], [], [])
    var (from, to): ([Int], [Int]) = ([], [])
    for (number, item) in items.enumerated() {
      let (graph, first) = (item.graph, places.count)
      precondition(item.places.count == graph.atoms, "a place for each atom")
      features += graph.features
      places += item.places
      clouds += [Int](repeating: number, count: graph.atoms)
      for bond in graph.bonds {
        begins += [bond.begin + first, bond.end + first]
        ends += [bond.end + first, bond.begin + first]
        kinds += [bond.kind, bond.kind]
      }
      for bond in graph.torsions.bonds {
        from.append(bond.atoms[1] + first)
        to.append(bond.atoms[2] + first)
        owners.append(number)
      }
    }
    let count = places.count
    self.features = Tensor(features, shape: [count, count == 0 ? 0 : features.count / count])
    positions = Tensor(
      places.flatMap { [Float($0.x), Float($0.y), Float($0.z)] }, shape: [count, 3])
    molecules = Tensor(clouds)
    self.sigmas = sigmas
    self.owners = owners
    let points = try PointClouds(places, clouds: clouds)
    let near = points.neighbours(within: radius)
    edges = concatenate(Tensor(begins + ends, shape: [2, begins.count]), near, dim: 1)
    bondKinds = Tensor(kinds).oneHot(MoleculeGraph.bondKinds).converted(to: .float32)
    bonds = try BondViews(places, clouds: clouds, from: from, to: to, within: radius)
  }
}
