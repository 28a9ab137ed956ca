internal import Files
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a network that docks: the score of noisy poses, as DiffDock learns it.
///
/// Corso et al. 2023, https://arxiv.org/abs/2210.01776: shifts, rotations and turns of bonds get
/// noise, and the network finds the score of each. Here it sees a pocket, not the whole protein.
public struct DockingTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "docking"

  /// What the network sees of a protein.
  public struct View: Codable, Sendable, Hashable {
    /// How far alpha carbons are seen from the middle of a pocket, in Å.
    public var radius: Double
    /// How far the middle is moved in training, the scale of each axis in Å.
    public var jitter: Double
  }

  /// A folder of `inkwell dataset poses`.
  public var data: String
  /// What the model makes, in a few words.
  public var summary: String
  /// What it sees of a protein.
  public var pocket: View
  /// The sizes of the network.
  public var network: DiffDockConfiguration
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    report(.note("reading the poses of \(data)"))
    let source = URL(filePath: data)
    let set = try PoseSet(folder: source, split: .train, view: pocket)
    let heldOut = try PoseSet(folder: source, split: .validation, view: pocket)
    let identity = try TrainingIdentity(self, hashes: ["poses": set.hash])
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let store = weights()
    let network = try store.network { try DiffDockNetwork($0, self.network) }
    let sampler = try WeightedSampler(
      count: set.count, batchSize: plan.batchSize, seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        let parts = try errors(
          of: network, set, sampler.indices(for: step), step.generator, isTraining: true)
        return parts.dropFirst().reduce(parts[0], +) / Double(parts.count)
      },
      sample: { _, average in
        let model = run.folder.url.appending(path: "model")
        try write(average, to: model)
        let found = try errors(of: DockingModel(DockingModelFolder(model)), heldOut)
          .map { String(format: "%.3f", $0) }
        report(
          .note(
            "errors by held-out proteins: \(found[0]) of shifts, \(found[1]) of rotations, "
              + "\(found[2]) of turns, of 1 for no score"))
      })
  }

  private func check() throws(RecipeError) {
    for (key, range, found) in [
      ("pocket.radius", 4.0...40, pocket.radius), ("pocket.jitter", 0.0...10, pocket.jitter),
    ] where !range.contains(found) {
      throw .value(
        key, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(found)")
    }
    guard !network.confidenceMode else {
      throw .value("network.confidence_mode", expected: "false", found: "true")
    }
  }

  /// The errors of shifts, rotations and turns, those that there are.
  private func errors(
    of network: DiffDockNetwork, _ set: PoseSet, _ indices: [Int], _ generator: Generator,
    isTraining: Bool
  ) throws -> [Tensor] {
    let complexes = try indices.map { try set.complex($0, self.network, using: generator) }
    let examples = try PoseExamples(complexes, self.network, using: generator)
    let errors = examples.errors(of: network.scores(examples.batch, isTraining: isTraining))
    return [errors.shift, errors.rotation, errors.turns]
  }

  /// The mean errors by held-out proteins, at the same noise every time.
  private func errors(of model: DockingModel, _ set: PoseSet) throws -> [Double] {
    let generator = Generator(seed: 0)
    var (sums, batches) = ([0.0, 0.0, 0.0], 0)
    for _ in 0..<4 {
      for start in stride(from: 0, to: set.count, by: 8) {
        let found = try withoutGradients {
          try errors(
            of: model.network, set, Array(start..<min(start + 8, set.count)), generator,
            isTraining: false)
        }
        sums = zip(sums, found).map { $0 + $1.item() }
        batches += 1
      }
    }
    return sums.map { $0 / Double(max(batches, 1)) }
  }

  /// Writes the whole model, which `inkwell dock` runs.
  private func write(_ weights: WeightSource, to folder: URL) throws {
    try DiffDockNetwork.write(weights, network, to: folder.appending(path: "score_model"))
    try AtomicFile.write(
      configurationData(
        DockingModelIndex(DockingModelDetails(summary: summary, pocketRadius: pocket.radius))),
      to: folder.appending(path: ModelFolder.indexFile))
  }
}
