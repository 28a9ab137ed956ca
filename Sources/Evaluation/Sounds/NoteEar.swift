internal import Foundation
public import Torch

/// Hears whether notes are played when they are to be.
///
/// A note is heard if of the twelve ``PitchClasses`` its own is the loudest, from its beginning to
/// that of the next one, for at most a quarter of a second. Octaves are not told apart.
public struct NoteEar: Sendable {
  private let classes: PitchClasses
  private let sampleRate: Int

  /// How much of a note is listened to, in seconds.
  private static let longest = 0.25
  /// Notes of which less than that is there are passed over, in seconds.
  private static let shortest = 0.05

  /// An ear for sounds of a rate.
  /// - Parameter sampleRate: In Hz.
  public init(sampleRate: Int) {
    self.sampleRate = sampleRate
    classes = PitchClasses(sampleRate: sampleRate)
  }

  /// The share of notes that is heard.
  ///
  /// - Parameters:
  ///   - sound: Samples, `[frames]`.
  ///   - pitches: The notes' MIDI numbers, in order.
  ///   - onsets: When each of them begins, in seconds. Of notes that begin together, the first
  ///     counts.
  /// - Returns: The share, in [0, 1]; nothing where no note is long enough.
  /// - Throws: A `TorchError`.
  public func callAsFunction(
    _ sound: Tensor, pitches: [Int], onsets: [Double]
  ) throws -> Double? {
    precondition(pitches.count == onsets.count, "a beginning of each note")
    let end = Double(sound.shape[0]) / Double(sampleRate)
    var parts: [Tensor] = []
    var expected: [Int] = []
    let window = Int(Self.longest * Double(sampleRate))
    for (index, onset) in onsets.enumerated() where index == 0 || onset > onsets[index - 1] {
      let next = onsets[index...].first { $0 > onset } ?? end
      let length = min(min(next, end) - onset, Self.longest)
      guard onset >= 0, length >= Self.shortest else { continue }
      let frames = Int(length * Double(sampleRate))
      let start = min(Int(onset * Double(sampleRate)), sound.shape[0] - frames)
      parts.append(
        try checked {
          sound.narrowed(dim: 0, start: start, length: frames).padded([0, window - frames])
        })
      expected.append(pitches[index] % 12)
    }
    guard !parts.isEmpty else { return nil }
    let heard = try checked {
      withoutGradients { classes(parts.stacked()).argmax(dim: 1).values(as: Int.self) }
    }
    return Double(zip(heard, expected).count { $0 == $1 }) / Double(expected.count)
  }
}
