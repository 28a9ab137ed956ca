internal import Modalities
internal import Torch

/// Moments of drives, from which a judge of actions learns or in which it looks for them.
struct DriveLesson {
  /// The frames that a judge sees of a moment: a change of speed shows in three, a car that stands
  /// after a hit in more.
  static let seen = 4

  /// Some frames in a row, and what was done before the last of them.
  struct Moment: Sendable, Hashable {
    /// The place of the last frame among all frames.
    let frame: Int
    /// The number of the action that led to it.
    let action: Int
    /// The drive's number.
    let drive: Int
  }

  /// All frames, `[frames, 3, side, side]`, `uint8`.
  let frames: Tensor
  /// The moments.
  let moments: [Moment]

  /// The moments of real drives.
  init(_ set: EpisodeSet) {
    let past = Self.seen - 1
    self.init(
      frames: set.frames,
      moments: (0..<set.count(past: past)).map { index in
        let target = set.target(index, past: past)
        return Moment(
          frame: target.frame, action: target.action, drive: target.frame / set.length)
      })
  }

  /// Moments among frames.
  init(frames: Tensor, moments: [Moment]) {
    self.frames = frames
    self.moments = moments
  }

  /// Only the moments that are told.
  func filtered(_ isKept: (Moment) -> Bool) -> DriveLesson {
    DriveLesson(frames: frames, moments: moments.filter(isKept))
  }

  /// This and another lesson.
  func joined(with other: DriveLesson) -> DriveLesson {
    let (frames, drives) = (self.frames.shape[0], (moments.map(\.drive).max() ?? -1) + 1)
    return DriveLesson(
      frames: [self.frames, other.frames].concatenated(dim: 0),
      moments: moments
        + other.moments.map {
          Moment(frame: $0.frame + frames, action: $0.action, drive: $0.drive + drives)
        })
  }

  /// The frames of some moments, `[count, seen, 3, side, side]`, in [-1, 1].
  func clips(_ indices: [Int]) -> Tensor {
    let places = indices.flatMap { index in
      (moments[index].frame + 1 - Self.seen...moments[index].frame).map { $0 }
    }
    let side = frames.shape[3]
    return Image.scaled(frames.indexSelected(dim: 0, Tensor(places)))
      .reshaped(indices.count, Self.seen, 3, side, side)
  }
}
