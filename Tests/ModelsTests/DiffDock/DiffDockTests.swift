import Checkpoints
import Diffusion
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Modalities
@testable import Models

@Suite struct DiffDockTests {
  private struct Facts: Decodable {
    let ligands: [String]
    let residues: [[String]]
    let times: [Double]
  }

  private let facts: Facts
  private let golden: Golden

  init() throws {
    facts = try JSONDecoder().decode(
      Facts.self, from: Data(contentsOf: Golden.file("complexes.json")))
    golden = try Golden("golden.safetensors")
  }

  /// The golden ligands, in their places.
  private func ligands() throws -> [(graph: LigandGraph, places: Places)] {
    var places = try golden["atoms"].points[...]
    return try facts.ligands.map { smiles in
      let graph = try LigandGraph(Molecule(smiles: smiles))
      defer { places = places.dropFirst(graph.atoms) }
      return (graph, Array(places.prefix(graph.atoms)))
    }
  }

  /// The golden residues, of alpha carbons only.
  private func residues() throws -> [[Protein.Residue]] {
    var places = try golden["residues"].points[...]
    return facts.residues.map { names in
      defer { places = places.dropFirst(names.count) }
      return zip(names, places).enumerated().map { number, residue in
        Protein.Residue(
          chain: "A", number: number, insertion: "", name: residue.0,
          atoms: [Protein.Atom(name: "CA", element: "C", place: residue.1)], isHeterogen: false)
      }
    }
  }

  /// The golden complexes, their places changed.
  private func batch(
    _ configuration: DiffDockConfiguration, only chosen: [Int] = [0, 1],
    mapped map: (SIMD3<Double>) -> SIMD3<Double> = { $0 }
  ) throws -> ComplexBatch {
    let complexes = try zip(ligands(), residues()).map { ligand, residues in
      let moved = residues.map { residue in
        Protein.Residue(
          chain: "A", number: residue.number, insertion: "", name: residue.name,
          atoms: residue.atoms.map {
            Protein.Atom(name: $0.name, element: $0.element, place: map($0.place))
          }, isHeterogen: false)
      }
      return ComplexBatch.Complex(
        ligand.graph, at: ligand.places.map(map), try ReceptorGraph(moved, configuration))
    }
    return try ComplexBatch(
      chosen.map { complexes[$0] },
      times: chosen.map { configuration.confidenceMode ? 0 : facts.times[$0] }, configuration)
  }

  private func scores(
    _ network: DiffDockNetwork, only chosen: [Int] = [0, 1],
    mapped map: (SIMD3<Double>) -> SIMD3<Double> = { $0 }
  ) throws -> DiffDockNetwork.Scores {
    try checked {
      try withoutGradients {
        network.scores(try batch(network.configuration, only: chosen, mapped: map))
      }
    }
  }

  @Test("atoms have the choices that the reference gives them")
  func features() throws {
    let network = try DiffDockNetwork(folder: Golden.file("plain"))
    let expected = try golden["features"]
    #expect(distance(try batch(network.configuration).atoms, expected) == 0)
  }

  @Test(
    "scores of random weights are the reference's, with the sign of our angles",
    arguments: ["second", "plain"])
  func parity(name: String) throws {
    let found = try scores(DiffDockNetwork(folder: Golden.file(name)))
    // float32, sums in another order.
    #expect(relativeDistance(found.shift, try golden["\(name).shift"]) < 1e-4)
    #expect(relativeDistance(found.rotation, try golden["\(name).rotation"]) < 1e-4)
    #expect(relativeDistance(-found.turns, try golden["\(name).turns"]) < 1e-4)
  }

  @Test("confidences of random weights are the reference's")
  func confidence() throws {
    let network = try DiffDockNetwork(folder: Golden.file("confidence"))
    let found = try checked {
      try withoutGradients { network.confidences(try batch(network.configuration)) }
    }
    #expect(relativeDistance(found, try golden["confidence.confidences"]) < 1e-4)
  }

  private func turned(_ p: SIMD3<Double>) -> SIMD3<Double> {
    let (c, s) = (cos(0.8), sin(0.8))
    let q = SIMD3(c * p.x - s * p.y, s * p.x + c * p.y, p.z)
    return SIMD3(q.x, c * q.y - s * q.z, s * q.y + c * q.z)
  }

  private func mapped(
    _ vectors: Tensor, _ map: (SIMD3<Double>) -> SIMD3<Double>
  ) -> Tensor {
    Tensor(vectors.points.map(map)).converted(to: .float32)
  }

  @Test("scores turn with the complex, and neither shifts nor neighbours change them")
  func equivariance() throws {
    let network = try DiffDockNetwork(folder: Golden.file("second"))
    let found = try scores(network)
    let other = try scores(network) { turned($0) + SIMD3(4, -3, 2) }
    // float32.
    #expect(relativeDistance(other.shift, mapped(found.shift, turned)) < 1e-5)
    #expect(relativeDistance(other.rotation, mapped(found.rotation, turned)) < 1e-5)
    #expect(relativeDistance(other.turns, found.turns) < 1e-5)
    let alone = try scores(network, only: [1])
    #expect(
      relativeDistance(alone.shift, found.shift.narrowed(dim: 0, start: 1, length: 1)) < 1e-5)
    let own = alone.turns.count
    let first = found.turns.count - own
    #expect(own == 5 && first == 3)
    #expect(
      relativeDistance(alone.turns, found.turns.narrowed(dim: 0, start: first, length: own))
        < 1e-5)
  }

  @Test("in odd parity a mirror image has mirrored shifts, reversed rotations and turns")
  func mirrors() throws {
    let network = try DiffDockNetwork(folder: Golden.file("plain"))
    func mirror(_ p: SIMD3<Double>) -> SIMD3<Double> { SIMD3(-p.x, p.y, p.z) }
    let (found, other) = (try scores(network), try scores(network, mapped: mirror))
    #expect(relativeDistance(other.shift, mapped(found.shift, mirror)) < 1e-5)
    #expect(relativeDistance(other.rotation, mapped(found.rotation) { -mirror($0) }) < 1e-5)
    #expect(relativeDistance(other.turns, -found.turns) < 1e-5)
  }

  @Test("confidences do not change when the complex is turned and moved")
  func invariance() throws {
    let network = try DiffDockNetwork(folder: Golden.file("confidence"))
    func found(_ map: (SIMD3<Double>) -> SIMD3<Double>) throws -> Tensor {
      try checked {
        try withoutGradients {
          network.confidences(try batch(network.configuration, mapped: map))
        }
      }
    }
    let here = try found { $0 }
    #expect(relativeDistance(try found { turned($0) + SIMD3(4, -3, 2) }, here) < 1e-5)
  }

  @Test("every weight of a network of scores has a gradient")
  func gradients() throws {
    var sizes = DiffDockConfiguration()
    (sizes.ns, sizes.nv, sizes.numConvLayers, sizes.numProtEmbLayers) = (4, 2, 3, 1)
    let store = ParameterStore(initializing: Generator(seed: 1))
    let network = try store.network { try DiffDockNetwork($0, sizes) }
    let scores = network.scores(try batch(sizes), isTraining: true)
    let loss =
      (scores.shift * scores.shift).sum() + (scores.rotation * scores.rotation).sum()
      + (scores.turns * scores.turns).sum()
    try checked { loss.backward() }
    for parameter in store.parameters where parameter.tensor.count > 0 {
      // Those follow from batches, or from the sizes.
      let isFixed = ["running_mean", "running_var", "offset"].contains {
        parameter.name.hasSuffix($0)
      }
      let size = parameter.tensor.gradient.map { $0.absolute().maximum().item() as Double }
      #expect(isFixed ? size == nil : (size ?? .nan).isFinite, "\(parameter.name)")
    }
    #expect(store.parameters.count > 100)
  }

  @Test("what is written is read again, and what follows from the sizes is passed over")
  func writing() throws {
    let folder = try TemporaryFolder()
    let network = try DiffDockNetwork(folder: Golden.file("second"))
    let file = WeightSource(try Checkpoint(contentsOf: Golden.file("second/model.safetensors")))
    let unused = DiffDockNetwork.unusedNames(file.names)
    #expect(unused.contains { $0.hasPrefix("final_tp_tor") })
    try DiffDockNetwork.write(file.leavingOut(unused), network.configuration, to: folder.url)
    let again = try DiffDockNetwork(folder: folder.url)
    #expect(again.configuration == network.configuration)
    #expect(distance(try scores(again).shift, try scores(network).shift) == 0)
  }

  @Test("residues tell their nearest ones, and one far from all tells the nearest")
  func receptors() throws {
    var sizes = DiffDockConfiguration()
    (sizes.receptorRadius, sizes.cAlphaMaxNeighbors) = (5, 1)
    func residue(_ name: String, _ x: Double) -> Protein.Residue {
      Protein.Residue(
        chain: "", number: 1, insertion: "", name: name,
        atoms: [Protein.Atom(name: "CA", element: "C", place: SIMD3(x, 0, 0))],
        isHeterogen: false)
    }
    let graph = try ReceptorGraph(
      [residue("ALA", 0), residue("VAL", 4), residue("MSE", 7), residue("GLZ", 90)], sizes)
    #expect(graph.edges.row(0) == [1, 2, 1, 2] && graph.edges.row(1) == [0, 1, 2, 3])
    #expect(graph.residues == [0, 19, 37, 36])
  }

  @Test(
    "what the network does not have, and an impossible size, is refused by name",
    arguments: [
      ("sigma_embed_dim", "7", "sigma_embed_dim: expected an even number, found 7"),
      ("sh_lmax", "3", "sh_lmax: expected 1 to 2, found 3"),
      ("num_prot_emb_layers", "-1", "num_prot_emb_layers: expected 0 to 64, found -1"),
      ("tr_sigma_min", "99", "tr_sigma_min: expected less than tr_sigma_max, 30.0, found 99.0"),
      ("max_radius", "-1", "max_radius: expected a number above 0, at most 1000.0, found -1.0"),
      ("all_atoms", "true", "all_atoms: expected false, found true"),
      ("embedding_type", "\"fourier\"", "embedding_type: expected sinusoidal, found fourier"),
      ("esm_embeddings_path", "\"x\"", "esm_embeddings_path: expected none, found a value"),
    ])
  func sizes(key: String, value: String, message: String) throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(#"{"\#(key)": \#(value)}"#.utf8, to: "config.json")
    let error = #expect(throws: ConfigurationError.self) {
      let _: DiffDockConfiguration = try readConfiguration(from: url)
    }
    #expect(error?.reason == message)
  }
}
