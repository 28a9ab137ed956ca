internal import Evaluation
internal import Foundation
internal import Torch

/// What an evaluation of a model of a world compares.
struct WorldEvaluation {
  private let request: EvaluateWorld
  private let folder: WorldModelFolder
  private let model: WorldModel
  private let training: EpisodeSet
  private let heldOut: DriveLesson
  private let heldOutDrives: Int
  private let library: ModelLibrary
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void

  /// The most frames that an action of a drive that is made up is held for.
  private static let longestHold = 4

  /// Reads the model and the drives.
  init(
    _ request: EvaluateWorld, _ library: ModelLibrary, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.library = library
    self.stop = stop
    self.report = report
    folder = try library.worldModel(request.model)
    report(.note("reading the model \(folder.name) and the drives of \(request.data)"))
    model = try WorldModel(folder)
    let url = URL(filePath: request.data, directoryHint: .isDirectory)
    training = try EpisodeSet(folder: url, split: "train")
    let fewest = max(DriveLesson.seen, model.about.pastFrames) + 1
    guard training.side == model.about.side, training.length >= fewest else {
      throw ModelError.mismatch(
        folder: folder.url.path(percentEncoded: false),
        expected: "drives of \(fewest) frames or more of \(model.about.side) pixels",
        found: "\(training.length) frames of \(training.side) pixels")
    }
    let held = try EpisodeSet(folder: url, split: "heldout", limit: request.drives)
    // Fewer drives drawn anew say nothing of how far a figure may be off.
    guard held.labels.count >= EvaluateWorld.fewestDrives else {
      throw EvaluationError.tooFew(
        split: "heldout", expected: EvaluateWorld.fewestDrives, found: held.labels.count)
    }
    heldOut = DriveLesson(held)
    heldOutDrives = held.labels.count
  }

  /// Measures everything.
  func figures() throws -> WorldFigures {
    var progress = ProgressCounter("drives gone on with", of: heldOutDrives, report: report)
    let drift = try MeasureDrift(
      model: request.model, data: request.data, drives: request.drives, seed: request.seed)(
        library: library, until: stop
      ) { _, _ in progress.add(1) }
    return WorldFigures(
      model: folder.name, files: try folder.hashes(), seed: request.seed, data: training.hash,
      trainingDrives: training.labels.count, heldOutDrives: heldOutDrives, drift: drift,
      usefulness: try usefulness())
  }

  private func usefulness() throws -> WorldFigures.Usefulness {
    let everything = DriveLesson(training)
    let few = everything.filtered { $0.drive < request.realDrives }
    let generated = try generatedLesson()
    let all = try verdict(of: everything, "all real drives")
    return WorldFigures.Usefulness(
      realDrives: min(request.realDrives, training.labels.count),
      generatedDrives: request.generatedDrives,
      few: try verdict(of: few, "few real drives").balanced,
      generated: try verdict(of: generated, "the model's drives").balanced,
      both: try verdict(of: few.joined(with: generated), "both").balanced,
      all: all.balanced,
      chance: 1 / Double(model.about.actions.count),
      rare: try rare(among: everything, all, generated))
  }

  /// How well the rarest action is seen, where all but a few real moments of it are taken away.
  private func rare(
    among everything: DriveLesson, _ all: ActionVerdict, _ generated: DriveLesson
  ) throws -> RareEvent {
    let counts = Dictionary(grouping: everything.moments, by: \.action).mapValues(\.count)
    let action = counts.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
    let own = everything.moments.filter { $0.action == action }
    let kept = Set(
      (0..<min(RareEvent.realCount, own.count)).map { own[$0 * own.count / RareEvent.realCount] })
    let few = everything.filtered { $0.action != action || kept.contains($0) }
    let added = generated.filtered { $0.action == action }
    return RareEvent(
      action: model.about.actions[action], real: kept.count,
      generated: added.moments.count,
      few: try verdict(of: few, "few real moments").sight(of: action),
      withGenerated: try verdict(of: few.joined(with: added), "the model's moments besides")
        .sight(of: action),
      all: all.sight(of: action))
  }

  /// What a judge that learns from a lesson says of the held-out drives.
  private func verdict(of lesson: DriveLesson, _ name: String) throws -> ActionVerdict {
    report(.note("a judge learns from \(name): \(lesson.moments.count) moments"))
    let actions = model.about.actions.count
    let judge = try ActionJudge.taught(
      by: lesson, actions: actions, steps: request.judgeSteps, until: stop)
    return ActionVerdict(heldOut.moments, said: try judge.said(of: heldOut), actions: actions)
  }

  /// Drives that the model makes up: each goes on from somewhere in one of the few real drives, by
  /// actions at random, all of them as often.
  private func generatedLesson() throws -> DriveLesson {
    let past = model.about.pastFrames
    var random = WorldRandom(request.seed)
    var progress = ProgressCounter(
      "drives made up", of: request.generatedDrives, report: report)
    var (clips, moments): ([Tensor], [DriveLesson.Moment]) = ([], [])
    for drive in 0..<request.generatedDrives {
      try stop.check()
      let real = drive % min(request.realDrives, training.labels.count)
      let first = real * training.length + random.below(training.length - past + 1)
      var rollout = WorldRollout(
        model, start: training.frames((first..<first + past).map { $0 }),
        seed: request.seed &+ UInt64(drive))
      let actions = script(&random)
      for action in actions { try rollout.step(action) }
      let start = drive * (past + actions.count)
      // Moments that the model has made whole or goes on to from real frames.
      for (index, action) in actions.enumerated() where past + index + 1 >= DriveLesson.seen {
        moments.append(
          DriveLesson.Moment(frame: start + past + index, action: action, drive: drive))
      }
      clips.append(
        try checked { ((rollout.frames + 1) * 127.5).rounded().converted(to: .uint8) })
      progress.add(1)
    }
    return DriveLesson(frames: clips.concatenated(dim: 0), moments: moments)
  }

  /// The actions of a drive that is made up.
  private func script(_ random: inout WorldRandom) -> [Int] {
    var actions: [Int] = []
    while actions.count < request.generatedFrames {
      let action = random.below(model.about.actions.count)
      actions += [Int](repeating: action, count: 1 + random.below(Self.longestHold))
    }
    return Array(actions.prefix(request.generatedFrames))
  }
}
