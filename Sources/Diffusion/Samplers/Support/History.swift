internal import Torch

/// The latest values that a multistep sampler saw, newest first.
struct History: Sendable {
  /// A value and the level that it was seen at.
  struct Entry: Sendable {
    let level: NoiseLevel
    let value: Tensor
  }

  private(set) var entries: [Entry] = []

  /// The number of values.
  var count: Int { entries.count }

  /// The values alone.
  var values: [Tensor] { entries.map(\.value) }

  /// Puts a value in front of the others, of which the newest `limit - 1` stay.
  mutating func add(_ value: Tensor, at level: NoiseLevel, keeping limit: Int) {
    entries = [Entry(level: level, value: value)] + entries.prefix(limit - 1)
  }
}
