internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A model that turns the bonds of molecules to how they may be seen.
struct ConformerModel {
  let network: TorsionalScoreNetwork
  let details: ConformerModelDetails

  /// Reads a model.
  init(_ folder: ConformerModelFolder) throws {
    network = try TorsionalScoreNetwork(folder: folder.url.appending(path: "score_model"))
    details = folder.index.about
    let file = folder.url.appending(path: ModelFolder.indexFile).path(percentEncoded: false)
    guard (1...1000).contains(details.sampling.steps) else {
      throw ModelError.unsupported(
        file: file, key: "inkwell.sampling.steps", expected: "1 to 1000",
        found: "\(details.sampling.steps)")
    }
    let sizes = network.configuration
    guard sizes.inNodeFeatures == MoleculeGraph.features,
      sizes.inEdgeFeatures == MoleculeGraph.bondKinds
    else {
      throw ModelError.mismatch(
        folder: folder.url.path(percentEncoded: false),
        expected:
          "\(MoleculeGraph.features) features of atoms, \(MoleculeGraph.bondKinds) of bonds",
        found: "\(sizes.inNodeFeatures), \(sizes.inEdgeFeatures)")
    }
  }

  /// The most atoms that the network sees at once, of all conformers together.
  private static let atomsAtOnce = 2048

  /// Turns the bonds of conformers, each of its own seed.
  ///
  /// Jing et al. 2022, https://arxiv.org/abs/2206.01729: the angles begin anywhere on the torus and
  /// are led back, level by level, by the network's score. Levels fall geometrically.
  ///
  /// - Parameters:
  ///   - conformer: The molecule.
  ///   - starts: The places to begin with, whose bond lengths, angles and rings stay.
  ///   - seeds: The seed of each conformer.
  ///   - sampling: The way back.
  ///   - onStep: Called before each step; what it throws ends the run.
  /// - Returns: Places for each start.
  /// - Throws: What `onStep` throws, or a `GraphError`.
  func turned(
    _ conformer: FlexibleMolecule, starts: [Places], seeds: [UInt64],
    _ sampling: ConformerSampling, onStep: () throws -> Void = {}
  ) throws -> [Places] {
    let torsions = conformer.torsions
    guard !torsions.bonds.isEmpty else { return starts }
    let share = max(1, Self.atomsAtOnce / max(conformer.graph.atoms, 1))
    return try stride(from: 0, to: starts.count, by: share).flatMap { first in
      let range = first..<min(first + share, starts.count)
      return try turnedAtOnce(
        conformer, Array(starts[range]), Array(seeds[range]), sampling, onStep)
    }
  }

  private func turnedAtOnce(
    _ conformer: FlexibleMolecule, _ starts: [Places], _ seeds: [UInt64],
    _ sampling: ConformerSampling, _ onStep: () throws -> Void
  ) throws -> [Places] {
    let count = conformer.torsions.bonds.count
    let torus = Torus(angles: count)
    let generators = seeds.map { Generator(seed: $0) }
    var angles = generators.map { ($0.uniform([count], dtype: .float64) * 2 - 1) * Double.pi }
    func places() -> [Places] {
      zip(starts, angles).map { conformer.torsions.turned($0, by: $1.values(as: Double.self)) }
    }
    let levels = self.levels(sampling.steps)
    for (t, s) in zip(levels, levels.dropFirst()) {
      try onStep()
      let batch = try MoleculeBatch(
        places().map { (conformer.graph, Array($0.prefix(conformer.graph.atoms))) },
        sigmas: [Double](repeating: t, count: starts.count),
        radius: network.configuration.maxRadius)
      let scores = withoutGradients { network(batch) }
        .converted(to: .float64).reshaped(starts.count, count)
      angles = angles.indices.map { index in
        torus.step(
          angles[index], from: t, to: s, score: scores.selected(dim: 0, index: index),
          using: sampling.method == .walk ? generators[index] : nil)
      }
    }
    return places()
  }

  /// Scales of noise from the largest to the smallest, both included.
  private func levels(_ steps: Int) -> [Double] {
    let (low, high) = (network.configuration.sigmaMin, network.configuration.sigmaMax)
    return (0...steps).map { high * pow(low / high, Double($0) / Double(steps)) }
  }
}

/// A molecule with hydrogens, what the network is told of it, and what turns.
struct FlexibleMolecule {
  /// The molecule with every hydrogen as an atom, without places.
  let whole: Molecule
  /// What the network is told of it; its atoms are the first ones of `whole`.
  let graph: MoleculeGraph
  /// The bonds that turn, with all atoms that they turn.
  let torsions: Torsions

  /// Looks at a molecule.
  ///
  /// - Parameters:
  ///   - molecule: The molecule, its hydrogens counted by the atoms that bear them.
  ///   - hydrogens: Whether the network sees hydrogens.
  /// - Throws: `MoleculeGraphError` or `MoleculeError`.
  init(_ molecule: Molecule, hydrogens: Bool) throws {
    whole = try molecule.addingHydrogens()
    graph = try MoleculeGraph(hydrogens ? whole : molecule)
    torsions = whole.torsions
  }

  /// The places of all atoms in a conformer that RDKit makes.
  func start(seed: UInt64) throws -> Places {
    try whole.embedded(seed: UInt32(truncatingIfNeeded: seed)).places ?? []
  }
}
