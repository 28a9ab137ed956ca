internal import Checkpoints
internal import Files
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a network that says how likely a docked pose is to be near the true one, beside a model
/// that docks.
///
/// Corso et al. 2023, section 4.4, https://arxiv.org/abs/2210.01776: a network of the same shape
/// sees poses without noise, and learns which of them are nearer than a distance. There the poses
/// are the model's own; here they are true ones that were moved by the model's noise at times from
/// 0 to 1, of which about half are near, because a small model finds next to none.
public struct DockingConfidenceTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "docking-confidence"

  /// A folder of `inkwell dataset poses`.
  public var data: String
  /// The folder of the model that docks.
  public var model: String
  /// How near a pose is to be, in Å, in (0, 10]: a root mean square over heavy atoms.
  public var near: Double
  /// How far the middle of a pocket is moved in training, the scale of each axis in Å.
  public var jitter: Double
  /// The sizes of the network.
  public var network: DiffDockConfiguration
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    let docking = try DockingModelFolder(URL(filePath: model))
    let moving = try DockingModel(docking).network.configuration
    let view = DockingTraining.View(radius: docking.index.about.pocketRadius, jitter: jitter)
    report(.note("reading the poses of \(data)"))
    let source = URL(filePath: data)
    let set = try PoseSet(folder: source, split: .train, view: view)
    let heldOut = try PoseSet(folder: source, split: .validation, view: view)
    let identity = try TrainingIdentity(
      self,
      hashes: [
        "poses": set.hash,
        "model": try TrainingIdentity.hash(
          of: DockingModelDetails.files.map { docking.url.appending(path: $0) }),
      ])
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
        let (said, distances) = try confidences(
          by: network, of: set, sampler.indices(for: step), moving, step.generator,
          isTraining: true)
        let isNear = Tensor(distances.map { Float($0 <= near ? 1 : 0) })
        // The cross entropy of a logit.
        return (said.softplus() - said * isNear).mean()
      },
      sample: { _, average in
        let model = run.folder.url.appending(path: "model")
        try write(average, beside: docking, to: model)
        let trained = try DockingModel(DockingModelFolder(model))
        guard let confidence = trained.confidence else { return }
        let share = try rightPairs(of: confidence, heldOut, moving)
        report(
          .note(
            "by held-out proteins a near pose is given more than a far one in "
              + String(format: "%.1f", 100 * share) + " % of pairs, by chance in 50"))
      })
  }

  private func check() throws(RecipeError) {
    for (key, isRight, expected, found) in [
      ("near", near > 0 && near <= 10, "more than 0, up to 10", "\(near)"),
      ("jitter", (0...10).contains(jitter), "0 to 10", "\(jitter)"),
      (
        "network.confidence_mode", network.confidenceMode, "true", "\(network.confidenceMode)"
      ),
      (
        "network.confidence_no_batchnorm", network.confidenceNoBatchnorm, "true",
        "\(network.confidenceNoBatchnorm)"
      ),
      (
        "network.num_confidence_outputs", network.numConfidenceOutputs == 1, "1",
        "\(network.numConfidenceOutputs)"
      ),
    ] where !isRight {
      throw .value(key, expected: expected, found: found)
    }
  }

  /// What a network says of noisy poses, as logits, `[indices.count]`, and how far they are from
  /// the true ones, in Å.
  private func confidences(
    by network: DiffDockNetwork, of set: PoseSet, _ indices: [Int], _ moving: DiffDockConfiguration,
    _ generator: Generator, isTraining: Bool
  ) throws -> (said: Tensor, distances: [Double]) {
    let times = generator.uniform([indices.count], dtype: .float64).values(as: Double.self)
    var (poses, distances): ([ComplexBatch.Complex], [Double]) = ([], [])
    for (index, time) in zip(indices, times) {
      let complex = try set.complex(index, self.network, using: generator)
      let moved = PoseExamples.noisy(complex, at: time, moving, using: generator).complex
      distances.append(Self.distance(moved.places, complex.places))
      poses.append(moved)
    }
    let batch = try ComplexBatch(
      poses, times: [Double](repeating: 0, count: poses.count), self.network)
    return (network.confidences(batch, isTraining: isTraining).squeezed(-1), distances)
  }

  /// The root mean square over the atoms, one by one.
  private static func distance(_ a: Places, _ b: Places) -> Double {
    let squares = zip(a, b).map { pair in
      let difference = pair.0 - pair.1
      return (difference * difference).sum()
    }
    return (squares.reduce(0, +) / Double(max(squares.count, 1))).squareRoot()
  }

  /// The share of all pairs of a near and a far pose in which the near one is given more, of
  /// held-out proteins, at the same noise every time; a half where there is no such pair.
  private func rightPairs(
    of network: DiffDockNetwork, _ set: PoseSet, _ moving: DiffDockConfiguration
  ) throws -> Double {
    let generator = Generator(seed: 0)
    var (nearOnes, farOnes): ([Double], [Double]) = ([], [])
    for _ in 0..<4 {
      for start in stride(from: 0, to: set.count, by: 8) {
        let (said, distances) = try withoutGradients {
          try confidences(
            by: network, of: set, Array(start..<min(start + 8, set.count)), moving, generator,
            isTraining: false)
        }
        for (value, distance) in zip(said.values(as: Double.self), distances) {
          if distance <= near { nearOnes.append(value) } else { farOnes.append(value) }
        }
      }
    }
    let pairs = nearOnes.count * farOnes.count
    guard pairs > 0 else { return 0.5 }
    return nearOnes.reduce(0) { sum, value in
      sum + farOnes.reduce(0) { $0 + (value > $1 ? 1 : value == $1 ? 0.5 : 0) }
    } / Double(pairs)
  }

  /// Writes the whole model, which `inkwell dock` runs: the one that docks, and this beside it.
  private func write(
    _ weights: WeightSource, beside docking: DockingModelFolder, to folder: URL
  ) throws {
    try DockingModelFolder.copy(
      ["score_model": docking.url.appending(path: "score_model")], into: folder)
    try DiffDockNetwork.write(weights, network, to: folder.appending(path: "confidence_model"))
    var details = docking.index.about
    details.confidenceWithin = near
    try AtomicFile.write(
      configurationData(DockingModelIndex(details)),
      to: folder.appending(path: ModelFolder.indexFile))
  }
}
