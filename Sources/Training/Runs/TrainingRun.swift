public import Layers
internal import Synchronization

/// A run of training: its plan, its folder, and the wish to stop it.
public final class TrainingRun: Sendable {
  /// What the weights depend on.
  public let plan: TrainingPlan
  /// Where everything is saved.
  public let folder: RunFolder
  /// What names the data, such as a hash of it; a run does not go on with other data.
  public let data: String

  private let isStopping = Atomic(false)

  /// A run that begins in the folder, or goes on from the last checkpoint there.
  public init(plan: TrainingPlan, folder: RunFolder, data: String) {
    self.plan = plan
    self.folder = folder
    self.data = data
  }

  /// Lets the run finish its step, save and return; from any thread.
  public func requestStop() {
    isStopping.store(true, ordering: .relaxed)
  }

  var shouldStop: Bool { isStopping.load(ordering: .relaxed) }
}

/// What a run came to.
public struct TrainingResult {
  /// The number of steps that are done.
  public let step: Int
  /// Whether all steps of the plan are done; if not, the run was asked to stop.
  public let isFinished: Bool
  /// The loss, averaged over about the last hundred steps.
  public let smoothedLoss: Double
  /// The average of the weights.
  public let average: WeightSource
  /// Where all of it is saved.
  public let checkpoint: RunCheckpoint
}
