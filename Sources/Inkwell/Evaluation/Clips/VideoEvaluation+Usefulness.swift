internal import Evaluation
internal import Foundation
internal import Torch

/// Clips that a judge of actions learns from.
private struct Lesson {
  let actions: [String]
  /// What is seen in each, `[clips, channels]`.
  let features: Tensor

  /// Some of the clips.
  func part(_ indices: [Int]) throws -> Lesson {
    Lesson(
      actions: indices.map { actions[$0] },
      features: try checked { features.indexSelected(dim: 0, Tensor(indices)) })
  }

  /// The judge that learns from this and from others besides.
  func judge(with others: Lesson? = nil) throws -> RidgeClassifier {
    let parts = [features] + (others.map { [$0.features] } ?? [])
    return try RidgeClassifier(
      checked { parts.concatenated() }, labels: actions + (others?.actions ?? []))
  }
}

extension VideoEvaluation {
  /// How well judges of actions see real clips that were held out, by whether they learnt from real
  /// clips, from clips that the model made of training captions, or from both.
  func usefulness(on real: Eyes.Sight) throws -> VideoFigures.Usefulness {
    let everything = Lesson(actions: learnt.map(\.action.rawValue), features: eyes.learnt.both)
    let made = try made(of: Self.spread(request.clips, over: Array(learnt.indices)))
    let asked = chosen.map(\.record.action.rawValue)
    func judged(_ judge: RidgeClassifier) throws -> Estimate {
      Estimate(
        successes: zip(try judge(real.both), asked).count { $0 == $1 }, of: asked.count)
    }
    return VideoFigures.Usefulness(
      generatedClips: made.actions.count, real: try judged(everything.judge()),
      generated: try judged(made.judge()), both: try judged(everything.judge(with: made)),
      rare: try rare(on: real, asked, among: everything))
  }

  /// The same of the rarest action that enough held-out clips show, where all but a few real clips
  /// of it are taken away.
  private func rare(
    on real: Eyes.Sight, _ asked: [String], among everything: Lesson
  ) throws -> RareEvent? {
    let counts = Dictionary(grouping: everything.actions.indices) { everything.actions[$0] }
    let rarest =
      counts
      .filter { action, indices in
        indices.count > RareEvent.realCount && indices.count < everything.actions.count
          && (8..<asked.count).contains(asked.count { $0 == action })
      }
      .min { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
    guard let (action, indices) = rarest else { return nil }
    let kept = Set(Self.spread(RareEvent.realCount, over: indices))
    let few = try everything.part(
      everything.actions.indices.filter { everything.actions[$0] != action || kept.contains($0) })
    let made = try made(of: Self.spread(max(request.clips / 4, 8), over: indices))
    func judged(_ judge: RidgeClassifier) throws -> RareEvent.Sight {
      let found = try judge(real.both)
      let (shown, others) = (
        asked.indices.filter { asked[$0] == action }, asked.indices.filter { asked[$0] != action }
      )
      return RareEvent.Sight(
        seen: Estimate(successes: shown.count { found[$0] == action }, of: shown.count),
        falselySeen: Estimate(successes: others.count { found[$0] == action }, of: others.count))
    }
    return RareEvent(
      action: action, real: kept.count, generated: made.actions.count,
      few: try judged(few.judge()), withGenerated: try judged(few.judge(with: made)),
      all: try judged(everything.judge()))
  }

  /// Clips that the model makes of the captions of some training clips, with the action that the
  /// caption says; their seeds follow those of the held-out captions.
  private func made(of indices: [Int]) throws -> Lesson {
    let clips = try clips("clips to learn from", indices.count) { place in
      try model.frames(
        plan(
          learnt[indices[place]].text, known: KnownFrames(noneOf: model.latentShape),
          number: chosen.count + indices[place]))
    }
    return Lesson(
      actions: indices.map { learnt[$0].action.rawValue },
      features: try sight(of: clips, "clips to learn from").both)
  }

  /// At most `count` of some numbers, evenly.
  private static func spread(_ count: Int, over numbers: [Int]) -> [Int] {
    let count = min(count, numbers.count)
    return (0..<count).map { numbers[$0 * numbers.count / count] }
  }
}
