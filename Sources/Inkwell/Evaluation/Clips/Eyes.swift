internal import Evaluation
internal import Foundation
internal import Models
internal import Torch

/// Judges that say what is seen in clips, and have learnt from real ones alone.
struct Eyes {
  private let network: EfficientNetLite
  private let stop: StopSignal
  private let judges: [Question: RidgeClassifier]
  private let frames: FeatureMoments
  private let differences: FeatureMoments
  /// What was seen in the clips that the judges learnt from.
  let learnt: Sight

  /// What a judge is asked.
  enum Question: CaseIterable {
    case action, race, facing, team

    /// The right answer, if there is one.
    func answer(of clip: SpriteClip) -> String? {
      switch self {
      case .action: clip.action.rawValue
      case .race: clip.group
      case .facing: clip.facing
      case .team: clip.team?.rawValue
      }
    }
  }

  /// What the network sees in clips, and how much moves in them.
  struct Sight {
    /// The mean over the frames of a clip, `[clips, channels]`.
    let frames: Tensor
    /// The mean over the differences of neighbouring frames, `[clips, channels]`.
    let differences: Tensor
    /// The mean absolute difference of neighbouring frames, of 255.
    let motion: Double

    /// What judges are given, `[clips, 2 channels]`.
    var both: Tensor { concatenate(frames, differences, dim: 1) }
  }

  /// Learns what real clips, `[clips, 3, frames, side, side]`, `uint8`, show.
  init(
    _ network: EfficientNetLite, clips: Tensor, records: [SpriteClip], stop: StopSignal,
    onClip: (Int) -> Void
  ) throws {
    self.network = network
    self.stop = stop
    let sight = try Self.sight(of: clips, network, stop, onClip)
    judges = try Dictionary(
      uniqueKeysWithValues: Question.allCases.compactMap { question in
        let known = records.indices.filter { question.answer(of: records[$0]) != nil }
        let labels = known.compactMap { question.answer(of: records[$0]) }
        guard !labels.isEmpty else { return nil }
        return (
          question,
          try RidgeClassifier(
            checked { sight.both.indexSelected(dim: 0, Tensor(known)) }, labels: labels)
        )
      })
    frames = try checked { FeatureMoments(sight.frames) }
    differences = try checked { FeatureMoments(sight.differences) }
    learnt = sight
  }

  /// Looks at clips, as ``init(_:clips:records:stop:onClip:)`` takes them.
  func sight(of clips: Tensor, onClip: (Int) -> Void) throws -> Sight {
    try Self.sight(of: clips, network, stop, onClip)
  }

  /// What is seen in at least two clips beside what is said of them.
  func seen(
    _ sight: Sight, as records: [SpriteClip], resamples: Int, seed: UInt64
  ) throws -> VideoFigures.Seen {
    /// Nothing where no clip, real or made, has an answer.
    func share(_ question: Question) throws -> Estimate? {
      let asked = records.indices.filter { question.answer(of: records[$0]) != nil }
      guard let judge = judges[question], !asked.isEmpty else { return nil }
      let found = try judge(sight.both)
      return Estimate(
        successes: asked.count { found[$0] == question.answer(of: records[$0]) }, of: asked.count)
    }
    func distance(_ features: Tensor, _ reference: FeatureMoments) throws -> Estimate {
      try FrechetDistance(features, from: reference)
        .estimate(resamples: resamples, using: Generator(seed: seed)) { _ in try stop.check() }
    }
    return VideoFigures.Seen(
      action: try share(.action), race: try share(.race), facing: try share(.facing),
      team: try share(.team), frames: try distance(sight.frames, frames),
      differences: try distance(sight.differences, differences), motion: sight.motion)
  }

  /// The differences of neighbouring frames, `[clips, 3, frames - 1, side, side]`.
  private static func changes(_ clips: Tensor) -> Tensor {
    let x = clips.converted(to: .float32)
    let count = clips.shape[2] - 1
    return x.narrowed(dim: 2, start: 1, length: count)
      - x.narrowed(dim: 2, start: 0, length: count)
  }

  /// Looks at clips, `[clips, 3, frames, side, side]`, `uint8`, of at least two frames.
  static func sight(
    of clips: Tensor, _ network: EfficientNetLite, _ stop: StopSignal, _ onClip: (Int) -> Void
  ) throws -> Sight {
    /// The mean of what is seen in the frames of one clip, `[1, channels]`.
    func mean(_ clip: Tensor) -> Tensor {
      let pictures = clip.selected(dim: 0, index: 0).transposed(0, 1)
      return network.features(network.prepared(pictures)).mean(dims: [0], keepingDims: true)
    }
    let parts = try (0..<clips.shape[0]).map { index in
      try stop.check()
      let clip = clips.narrowed(dim: 0, start: index, length: 1)
      defer { onClip(1) }
      return try checked {
        withoutGradients { (mean(clip), mean(changes(clip) * 0.5 + 127.5)) }
      }
    }
    return try checked {
      Sight(
        frames: parts.map(\.0).concatenated(), differences: parts.map(\.1).concatenated(),
        motion: changes(clips).absolute().mean().item())
    }
  }
}
