internal import Diffusion
internal import Files
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a network that turns the bonds of molecules, by torsional diffusion.
///
/// Jing et al. 2022, https://arxiv.org/abs/2206.01729: the angles of all bonds that turn get noise
/// of one scale, the network finds the score of the noisy conformer, and its error is weighed so
/// that every scale counts the same.
public struct ConformerTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "conformers"

  /// A folder of `inkwell dataset conformers`.
  public var data: String
  /// What the model makes, in a few words.
  public var summary: String
  /// The sizes of the network.
  public var network: TorsionalScoreConfiguration
  /// The folder of a trained model to start from, whose network has these sizes; new weights if not
  /// given.
  public var initial: String?
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    report(.note("reading the conformers of \(data)"))
    let source = URL(filePath: data)
    let set = try ConformerSet(folder: source, split: .train)
    let heldOut = try ConformerSet(folder: source, split: .validation, most: 256)
    let start = try start(
      of: TorsionalScoreNetwork.self, network, in: "score_model", of: initial)
    var names = ["conformers": set.hash]
    names["initial"] = start?.name
    let identity = try TrainingIdentity(self, hashes: names)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let store = weights(from: start?.weights)
    let network = try store.network { try TorsionalScoreNetwork($0, self.network) }
    let sampler = try WeightedSampler(
      count: set.count, batchSize: plan.batchSize, seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        try scoreErrors(
          of: network, set, sampler.indices(for: step), step.generator, isTraining: true
        ).found.mean()
      },
      sample: { _, average in
        let model = run.folder.url.appending(path: "model")
        try write(average, to: model)
        let found = try error(of: ConformerModel(ConformerModelFolder(model)), heldOut)
        report(
          .note("error on held-out scaffolds \(String(format: "%.4f", found)), of 1 for no score"))
      })
  }

  private func check() throws(RecipeError) {
    for (key, expected, found) in [
      ("network.in_node_features", MoleculeGraph.features, network.inNodeFeatures),
      ("network.in_edge_features", MoleculeGraph.bondKinds, network.inEdgeFeatures),
    ] where expected != found {
      throw .value(key, expected: "\(expected)", found: "\(found)")
    }
  }

  /// The squared error of the score of each bond, and what it would be for a score of 0; as parts
  /// of the score's mean square, so that every scale of noise counts the same.
  private func scoreErrors(
    of network: TorsionalScoreNetwork, _ set: ConformerSet, _ indices: [Int],
    _ generator: Generator, isTraining: Bool
  ) throws -> (found: Tensor, ofNone: Tensor) {
    let (low, high) = (log(self.network.sigmaMin), log(self.network.sigmaMax))
    let sigmas = generator.uniform([indices.count], dtype: .float64).values(as: Double.self)
      .map { exp(low + (high - low) * $0) }
    var items: [(graph: MoleculeGraph, places: Places)] = []
    var (targets, weights): ([Tensor], [Float]) = ([], [])
    for (index, sigma) in zip(indices, sigmas) {
      let graph = set.graphs[index]
      let count = graph.torsions.bonds.count
      let turns = generator.normal([count], dtype: .float64) * sigma
      items.append(
        (graph, graph.torsions.turned(set.places[index], by: turns.values(as: Double.self))))
      let noise = WrappedNormal(sigma: sigma)
      targets.append(noise.score(turns))
      weights += [Float](repeating: Float(1 / noise.meanSquareScore), count: count)
    }
    let batch = try MoleculeBatch(items, sigmas: sigmas, radius: self.network.maxRadius)
    let target = targets.concatenated().converted(to: .float32)
    let error = network(batch, isTraining: isTraining) - target
    return (error * error * Tensor(weights), target * target * Tensor(weights))
  }

  /// The mean error on held-out molecules as a part of what it would be for a score of 0, at the
  /// same noise every time.
  private func error(of model: ConformerModel, _ set: ConformerSet) throws -> Double {
    guard set.count > 0 else { return .nan }
    let generator = Generator(seed: 0)
    var (found, ofNone) = (0.0, 0.0)
    for start in stride(from: 0, to: set.count, by: 16) {
      let errors = try withoutGradients {
        try scoreErrors(
          of: model.network, set, Array(start..<min(start + 16, set.count)), generator,
          isTraining: false)
      }
      found += errors.found.sum().item()
      ofNone += errors.ofNone.sum().item()
    }
    return found / ofNone
  }

  /// Writes the whole model, which `inkwell conformers` runs.
  private func write(_ weights: WeightSource, to folder: URL) throws {
    try TorsionalScoreNetwork.write(weights, network, to: folder.appending(path: "score_model"))
    try AtomicFile.write(
      configurationData(
        ConformerModelIndex(ConformerModelDetails(summary: summary, hydrogens: false))),
      to: folder.appending(path: ModelFolder.indexFile))
  }
}
