import Checkpoints
import Foundation
import Layers
import Modalities
import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct TorsionalScoreTests {
  /// The golden molecules, with hydrogens, in their conformers.
  private func molecules() throws -> [(graph: MoleculeGraph, places: Places)] {
    let smiles = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: Golden.file("molecules.json")))
    let numbers = try Golden("golden.safetensors")["places"].values(as: Double.self)
    var first = 0
    return try smiles.map { text in
      let graph = try MoleculeGraph(Molecule(smiles: text).addingHydrogens())
      defer { first += 3 * graph.atoms }
      return (
        graph,
        stride(from: first, to: first + 3 * graph.atoms, by: 3).map {
          SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
        }
      )
    }
  }

  private let sigmas = [0.05, 0.6, 2.5]

  private func scores(
    _ network: TorsionalScoreNetwork, _ items: [(graph: MoleculeGraph, places: Places)],
    sigmas: [Double]? = nil
  ) throws -> Tensor {
    try checked {
      network(
        try MoleculeBatch(
          items, sigmas: sigmas ?? self.sigmas, radius: network.configuration.maxRadius))
    }
  }

  @Test("atoms have the features that the reference gives them")
  func features() throws {
    let batch = try MoleculeBatch(molecules(), sigmas: sigmas, radius: 5)
    #expect(distance(batch.features, try Golden("golden.safetensors")["features"]) == 0)
  }

  @Test(
    "scores of random weights are the reference's, with the sign of our angles",
    arguments: ["second", "plain"])
  func parity(name: String) throws {
    let network = try TorsionalScoreNetwork(folder: Golden.file(name))
    let expected = try Golden("golden.safetensors")["\(name).scores"]
    // float32; the order of the bonds is that of the molecules on both sides.
    #expect(relativeDistance(-(try scores(network, molecules())), expected) < 1e-4)
  }

  @Test(
    "neither turning and moving a molecule nor its neighbours change its scores; mirrors negate")
  func invariance() throws {
    let network = try TorsionalScoreNetwork(folder: Golden.file("second"))
    let items = try molecules()
    let found = try scores(network, items)
    let (c, s) = (cos(0.8), sin(0.8))
    func mapped(_ map: (SIMD3<Double>) -> SIMD3<Double>) throws -> Tensor {
      try scores(network, items.map { ($0.graph, $0.places.map(map)) })
    }
    let turned = try mapped { p in
      let q = SIMD3(c * p.x - s * p.y, s * p.x + c * p.y, p.z)
      return SIMD3(q.x, c * q.y - s * q.z, s * q.y + c * q.z) + SIMD3(4, -3, 2)
    }
    #expect(relativeDistance(turned, found) < 1e-5)
    #expect(relativeDistance(try mapped { SIMD3(-$0.x, $0.y, $0.z) }, -found) < 1e-5)
    let alone = try scores(network, [items[1]], sigmas: [sigmas[1]])
    let first = items[0].graph.torsions.bonds.count
    let own = found.narrowed(dim: 0, start: first, length: items[1].graph.torsions.bonds.count)
    #expect(relativeDistance(alone, own) < 1e-5)
  }

  @Test("another order of the atoms permutes the scores as it does the bonds")
  func permutation() throws {
    let network = try TorsionalScoreNetwork(folder: Golden.file("second"))
    let molecule = try Molecule(smiles: "C[C@H](N)C(=O)NCCS(C)(=O)=O").addingHydrogens()
      .embedded(seed: 3)
    let order = Array((0..<molecule.atoms.count).reversed())
    let other = try molecule.reordered(order)
    func named(_ molecule: Molecule, _ name: (Int) -> Int) throws -> [Set<Int>: Double] {
      let places = try #require(try molecule.places)
      let graph = try MoleculeGraph(molecule)
      let values = try scores(network, [(graph, places)], sigmas: [0.6]).values(as: Double.self)
      return Dictionary(
        uniqueKeysWithValues: zip(graph.torsions.bonds, values).map {
          (Set([name($0.atoms[1]), name($0.atoms[2])]), $1)
        })
    }
    let (first, second) = (try named(molecule) { $0 }, try named(other) { order[$0] })
    #expect(Set(first.keys) == Set(second.keys) && first.count == 5)
    for (bond, value) in first {
      #expect(abs(value - (second[bond] ?? .nan)) < 1e-5 * (abs(value) + 1))
    }
  }

  @Test("what is written is read again, and what follows from the sizes is passed over")
  func writing() throws {
    let folder = try TemporaryFolder()
    let network = try TorsionalScoreNetwork(folder: Golden.file("second"))
    let file = WeightSource(try Checkpoint(contentsOf: Golden.file("second/model.safetensors")))
    let unused = TorsionalScoreNetwork.unusedNames(file.names)
    #expect(unused.contains("bond_conv.tp.output_mask") && unused.allSatisfy { $0.contains("tp") })
    try TorsionalScoreNetwork.write(
      file.leavingOut(unused), network.configuration, to: folder.url)
    let again = try TorsionalScoreNetwork(folder: folder.url)
    #expect(again.configuration == network.configuration)
    let items = try molecules()
    #expect(distance(try scores(again, items), try scores(network, items)) == 0)
  }

  @Test(
    "an impossible size is refused, by name",
    arguments: [
      ("sigma_embed_dim", "7", "sigma_embed_dim: expected an even number from 4, found 7"),
      ("sigma_min", "9", "sigma_min: expected less than sigma_max, 3.14, found 9.0"),
      ("max_radius", "-1", "max_radius: expected a number above 0, at most 1000.0, found -1.0"),
      ("radius_embed_dim", "1", "radius_embed_dim: expected 2 or more, found 1"),
      ("ns", "0", "ns: expected 1 or more, found 0"),
    ])
  func sizes(key: String, value: String, message: String) throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(#"{"\#(key)": \#(value)}"#.utf8, to: "config.json")
    let error = #expect(throws: ConfigurationError.self) {
      let _: TorsionalScoreConfiguration = try readConfiguration(from: url)
    }
    #expect(error?.reason == message)
  }

  @Test("elements and bonds without a place are named")
  func strangers() throws {
    let error = #expect(throws: MoleculeGraphError.self) {
      try MoleculeGraph(Molecule(smiles: "C[Fe]C"))
    }
    #expect(error.map { "\($0)" }?.hasSuffix("found Fe, atom 2") == true)
    #expect(throws: MoleculeGraphError.bond(0, 1, molecule: "C$C")) {
      try MoleculeGraph(Molecule(smiles: "C$C"))
    }
    #expect(
      "\(MoleculeGraphError.bond(1, 2, molecule: "X"))"
        == "X: expected single, double, triple and aromatic bonds, found another between atoms 2 "
        + "and 3")
  }
}
