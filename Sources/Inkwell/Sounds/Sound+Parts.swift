internal import Modalities

extension Sound {
  /// Some frames; before the beginning and beyond the end is silence.
  func part(_ range: Range<Int>) throws -> Sound {
    let before = min(max(-range.lowerBound, 0), range.count)
    let parts = (0..<channels).flatMap { channel -> [Float] in
      let own = self[channel]
      let begin = own.startIndex + min(max(range.lowerBound, 0), frames)
      let found = own[begin..<min(begin + range.count - before, own.endIndex)]
      let after = range.count - before - found.count
      return [Float](repeating: 0, count: before) + found + [Float](repeating: 0, count: after)
    }
    return try Sound(channels: channels, sampleRate: sampleRate, samples: parts)
  }

  /// The sound, softer as a whole if a sample is beyond what whole numbers hold.
  func withinFullScale() throws -> Sound {
    guard peak > 1 else { return self }
    let factor = 1 / peak
    return try Sound(
      channels: channels, sampleRate: sampleRate,
      samples: samples.map { min(max($0 * factor, -1), 1) })
  }
}
