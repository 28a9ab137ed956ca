internal import Foundation

/// A sound: channels of finite samples, nominally in [-1, 1], at a constant rate.
///
/// Louder samples are kept as they are, since decoders and networks overshoot; formats that cannot
/// hold them refuse them.
public struct Sound: Sendable, Equatable {
  /// The channels that a sound may have.
  public static let channelCounts = 1...32

  /// The sample rates that a sound may have, in Hz.
  public static let sampleRates = 1_000...768_000

  /// Samples that a sound may have in all channels unless the caller says otherwise: 50 minutes of
  /// stereo at 44.1 kHz, 1 GiB.
  public static let sampleLimit = 1 << 28

  /// The number of channels, at least 1.
  public let channels: Int

  /// Frames a second, in Hz.
  public let sampleRate: Int

  /// The samples, `[channels, frames]`: one channel after the other.
  public let samples: [Float]

  /// Makes a sound of samples.
  /// - Parameters:
  ///   - channels: The number of channels, in ``channelCounts``.
  ///   - sampleRate: Frames a second, in ``sampleRates``.
  ///   - samples: `[channels, frames]`, one channel after the other, at least one frame.
  ///   - source: What to name in errors.
  /// - Throws: `SoundError` if the numbers do not fit together, or a sample is not finite.
  public init(
    channels: Int, sampleRate: Int, samples: [Float], source: String = "a sound"
  ) throws(SoundError) {
    try Sound.check(channels: channels, sampleRate: sampleRate, source: source)
    guard !samples.isEmpty, samples.count.isMultiple(of: channels) else {
      throw .shape(source: source, channels: channels, found: samples.count)
    }
    if let place = samples.firstIndex(where: { !$0.isFinite }) {
      let (channel, frame) = place.quotientAndRemainder(dividingBy: samples.count / channels)
      throw .notFinite(source: source, channel: channel, frame: frame)
    }
    self.init(checked: samples, channels: channels, sampleRate: sampleRate)
  }

  init(checked samples: [Float], channels: Int, sampleRate: Int) {
    self.channels = channels
    self.sampleRate = sampleRate
    self.samples = samples
  }

  /// The number of frames, at least 1.
  public var frames: Int { samples.count / channels }

  /// How long the sound is, in seconds.
  public var seconds: Double { Double(frames) / Double(sampleRate) }

  /// The largest absolute value of a sample.
  public var peak: Float { samples.reduce(0) { max($0, abs($1)) } }

  /// The samples of one channel.
  /// - Parameter channel: In `0..<channels`.
  public subscript(channel: Int) -> ArraySlice<Float> {
    precondition((0..<channels).contains(channel), "no such channel")
    return samples[channel * frames..<(channel + 1) * frames]
  }

  /// Refuses channels and rates that no sound has.
  static func check(channels: Int, sampleRate: Int, source: String) throws(SoundError) {
    guard channelCounts.contains(channels) else {
      throw .channels(
        source: source, expected: "1 to \(channelCounts.upperBound) channels", found: channels)
    }
    guard sampleRates.contains(sampleRate) else {
      throw .sampleRate(
        source: source, expected: "\(sampleRates.lowerBound) to \(sampleRates.upperBound)",
        found: sampleRate)
    }
  }
}

extension Sound {
  /// The sound in mono or stereo.
  ///
  /// Mono is the mean of left and right; stereo has the one channel on both sides.
  /// - Parameter count: 1, 2, or the channels that the sound has.
  /// - Returns: The sound with so many channels.
  /// - Throws: `SoundError.channels` for any other pair of counts.
  public func mixed(toChannels count: Int) throws(SoundError) -> Sound {
    switch (channels, count) {
    case (count, _): return self
    case (1, 2): return Sound(checked: samples + samples, channels: 2, sampleRate: sampleRate)
    case (2, 1):
      let mean = zip(self[0], self[1]).map { left, right in left / 2 + right / 2 }
      return Sound(checked: mean, channels: 1, sampleRate: sampleRate)
    default:
      throw .channels(
        source: "mixing to \(count) channels", expected: "mono and stereo", found: channels)
    }
  }

  /// The sound with samples beyond [-1, 1] set to the nearer end.
  public func clamped() -> Sound {
    Sound(
      checked: samples.map { min(max($0, -1), 1) }, channels: channels, sampleRate: sampleRate)
  }

  /// The sound louder or softer by a number of decibels: 6.02 doubles the samples.
  /// - Parameter gain: In dB.
  /// - Returns: The scaled sound.
  /// - Throws: `SoundError.notFinite` if samples would overflow.
  public func amplified(byDecibels gain: Double) throws(SoundError) -> Sound {
    let factor = pow(10, gain / 20)
    return try Sound(
      channels: channels, sampleRate: sampleRate,
      samples: samples.map { Float(Double($0) * factor) }, source: "a sound louder by \(gain) dB")
  }
}
