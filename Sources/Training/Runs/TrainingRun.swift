internal import Foundation
public import Layers
internal import Synchronization

/// A run of training: its plan, its folder, and the wish to stop it.
public final class TrainingRun: Sendable {
  /// What the weights depend on.
  public let plan: TrainingPlan
  /// Where everything is saved.
  public let folder: RunFolder
  /// What names the data, such as a hash of it; a run does not go on with other data.
  ///
  /// It may have several parts, a line each: where they differ, only those that do are named.
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

extension TrainingRun {
  /// Refuses to go on with what other settings, or other data, began.
  ///
  /// ``train(_:store:loss:progress:sample:)`` does the same; this is for callers who have much to
  /// prepare before.
  ///
  /// - Throws: `TrainingError.otherPlan` with all differences, `TrainingError.damaged` if the last
  ///   checkpoint cannot be read, or `FileError` if the folder cannot.
  public func checkResumable() throws {
    guard FileManager.default.fileExists(atPath: folder.url.path(percentEncoded: false)),
      let last = try folder.checkpoints().last
    else { return }
    _ = try state(of: last)
  }

  /// What a checkpoint of the folder says, which must be of this run.
  func state(of checkpoint: RunCheckpoint) throws -> RunState {
    let saved = try checkpoint.readState()
    guard saved.step == checkpoint.step else {
      throw TrainingError.damaged(
        file: checkpoint.state.path(percentEncoded: false),
        expected: "the state of step \(checkpoint.step)", found: "that of step \(saved.step)")
    }
    var differences = plan.differences(from: saved.plan, at: saved.step)
    if saved.data != data { differences.append(dataDifference(from: saved.data)) }
    guard differences.isEmpty else {
      throw TrainingError.otherPlan(
        folder: folder.url.path(percentEncoded: false), differences: differences)
    }
    return saved
  }

  /// The parts of the data's name that were others when the run was begun, and what they are now.
  private func dataDifference(from former: String) -> String {
    let (old, new) = (former.split(separator: "\n"), data.split(separator: "\n"))
    func text(_ parts: [Substring], without others: [Substring]) -> String {
      let own = parts.filter { !others.contains($0) }
      return own.isEmpty ? "none" : own.joined(separator: ", ")
    }
    return "data: begun with \(text(old, without: new)), found \(text(new, without: old))"
  }
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
