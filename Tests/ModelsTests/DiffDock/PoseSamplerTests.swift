import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Modalities
@testable import Models

@Suite struct PoseSamplerTests {
  /// A ligand, two of its conformers, and a protein of alpha carbons in a ring about the origin.
  private func complex(
    _ configuration: DiffDockConfiguration
  ) throws -> (ligand: LigandGraph, conformers: [Places], receptor: ReceptorGraph) {
    let molecule = try Molecule(smiles: "C[C@H]([NH3+])C(=O)NCCS(C)(=O)=O")
    let conformers = try (1...2).map { seed in
      try #require(
        try molecule.addingHydrogens().embedded(seed: UInt32(seed)).removingHydrogens().places)
    }
    let residues = (0..<12).map { number in
      let angle = Double(number) * .pi / 6
      return Protein.Residue(
        chain: "A", number: number, insertion: "", name: ["ALA", "PHE", "ASP"][number % 3],
        atoms: [
          Protein.Atom(
            name: "CA", element: "C", place: SIMD3(9 * cos(angle), 9 * sin(angle), angle))
        ], isHeterogen: false)
    }
    return (
      try LigandGraph(molecule), conformers, try ReceptorGraph(residues, configuration)
    )
  }

  private func largest(_ a: Places, _ b: Places) -> Double {
    zip(a, b).map { (($0 - $1) * ($0 - $1)).sum().squareRoot() }.max() ?? .infinity
  }

  @Test("a seed gives its pose, again and beside others, in a ligand of the same lengths")
  func seeds() throws {
    let network = try DiffDockNetwork(folder: Golden.file("second"))
    let (ligand, conformers, receptor) = try complex(network.configuration)
    let sampler = PoseSampler(network, steps: 4)
    var steps: [Int: [Places]] = [:]
    func poses(_ seeds: [UInt64], _ starts: [Places]) throws -> [Places] {
      steps = [:]
      return try sampler.poses(
        of: ligand, from: starts, by: receptor, around: .zero, seeds: seeds,
        onStep: { steps[$0, default: []].append($1) })
    }
    let both = try poses([3, 4], conformers)
    #expect(steps.mapValues(\.count) == [0: 5, 1: 5])
    #expect(steps[1]?.last == both[1] && steps[1]?.first != both[1])
    #expect(try poses([3, 4], conformers) == both)
    // Sums in another order, in float32.
    #expect(largest(try poses([4], [conformers[1]])[0], both[1]) < 1e-3)
    #expect(largest(try poses([5], [conformers[1]])[0], both[1]) > 1)
    for bond in ligand.bonds {
      let lengths = [conformers[1], both[1]].map { places in
        let difference = places[bond.begin] - places[bond.end]
        return (difference * difference).sum().squareRoot()
      }
      #expect(abs(lengths[0] - lengths[1]) < 1e-9)
    }
  }

  @Test("scores that are no numbers end the run with the pose and the step")
  func numbers() throws {
    let whole = try DiffDockNetwork(folder: Golden.file("second"))
    let file = try Checkpoint(contentsOf: Golden.file("second/model.safetensors"))
    let weights = WeightSource(file).leavingOut(DiffDockNetwork.unusedNames(file.names))
    let store = ParameterStore(loading: weights, dtype: .float32, trainable: true)
    let network = try store.network { try DiffDockNetwork($0, whole.configuration) }
    let bias = try #require(store.parameters.first { $0.name == "tr_final_layer.3.bias" }).tensor
    _ = withoutGradients { bias.lerp(to: bias * Double.nan, weight: .real(1)) }
    let (ligand, conformers, receptor) = try complex(network.configuration)
    let error = #expect(throws: PoseError.self) {
      try PoseSampler(network, steps: 4).poses(
        of: ligand, from: [conformers[0]], by: receptor, around: .zero, seeds: [1])
    }
    #expect(error == .notFinite(pose: 1, step: 1, of: 4))
    #expect(
      error.map { "\($0)" } == "pose 1, step 1 of 4: expected finite scores, found others")
  }

  @Test("the true scores have no error, and no scores have one of 1 at any noise")
  func objective() throws {
    var sizes = DiffDockConfiguration()
    (sizes.ns, sizes.nv, sizes.receptorRadius) = (4, 2, 15)
    let (ligand, conformers, receptor) = try complex(sizes)
    let complex = ComplexBatch.Complex(ligand, at: conformers[0], receptor)
    let examples = try PoseExamples(
      [ComplexBatch.Complex](repeating: complex, count: 200), sizes, using: Generator(seed: 2))
    let targets = examples.targets
    let right = examples.errors(
      of: DiffDockNetwork.Scores(
        shift: targets[0], rotation: targets[1], turns: targets[2]))
    let silent = examples.errors(
      of: DiffDockNetwork.Scores(
        shift: 0 * targets[0], rotation: 0 * targets[1], turns: 0 * targets[2]))
    for error in [right.shift, right.rotation, right.turns] { #expect(error.item() == 0.0) }
    // Five standard errors of the mean of 600 squares and more.
    for error in [silent.shift, silent.rotation, silent.turns] {
      #expect(abs(error.item() - 1) < 5 * (2.0 / 600).squareRoot())
    }
  }

  @Test("a step against the gradient lessens the error")
  func descent() throws {
    var sizes = DiffDockConfiguration()
    (sizes.ns, sizes.nv, sizes.receptorRadius) = (4, 2, 15)
    let (ligand, conformers, receptor) = try complex(sizes)
    let complexes = conformers.map { ComplexBatch.Complex(ligand, at: $0, receptor) }
    let examples = try PoseExamples(
      complexes + complexes, sizes, using: Generator(seed: 5))
    let store = ParameterStore(initializing: Generator(seed: 1))
    let network = try store.network { try DiffDockNetwork($0, sizes) }
    func loss() -> Tensor {
      let errors = examples.errors(of: network.scores(examples.batch))
      return errors.shift + errors.rotation + errors.turns
    }
    let before = try checked {
      let found = loss()
      found.backward()
      return found.item() as Double
    }
    try checked {
      withoutGradients {
        for parameter in store.parameters {
          guard let gradient = parameter.tensor.gradient else { continue }
          parameter.tensor.lerp(to: parameter.tensor - 1e-3 * gradient, weight: .real(1))
        }
      }
    }
    let after = try checked { withoutGradients { loss().item() as Double } }
    #expect(after < before, "\(after) after \(before)")
  }
}
