internal import CEBUR128Library
internal import Foundation

/// How loud a sound is, by ITU-R BS.1770 as EBU R 128 has it.
public struct Loudness: Sendable, Hashable {
  /// The loudness of the whole with silence gated out, in LUFS; none for silence.
  public let integrated: Double?
  /// The highest peak of the waveform between samples too, in dBTP; none for silence.
  public let truePeak: Double?
}

extension Sound {
  /// Measures the loudness, by libebur128.
  ///
  /// Every channel counts by itself, so a mono sound is 3 LU softer than the same in stereo. What
  /// is shorter than a block of 0.4 seconds has none.
  /// - Returns: The loudness.
  /// - Throws: `SoundError.library` if the library refuses the rate or the channels.
  public func loudness() throws(SoundError) -> Loudness {
    let modes = EBUR128_MODE_I.rawValue | EBUR128_MODE_TRUE_PEAK.rawValue
    var state = ebur128_init(UInt32(channels), UInt(sampleRate), CInt(modes))
    defer { ebur128_destroy(&state) }
    guard state != nil else {
      throw .library(
        source: "measuring loudness",
        reason: "libebur128 does not take \(channels) channels at \(sampleRate) Hz")
    }
    var frame: [Float] = []
    frame.reserveCapacity(samples.count)
    for place in 0..<frames {
      for channel in 0..<channels { frame.append(samples[channel * frames + place]) }
    }
    var code = ebur128_add_frames_float(state, frame, frames)
    var integrated = -Double.infinity
    if code == 0 { code = ebur128_loudness_global(state, &integrated) }
    var peak = 0.0
    for channel in 0..<channels where code == 0 {
      var found = 0.0
      code = ebur128_true_peak(state, UInt32(channel), &found)
      peak = max(peak, found)
    }
    guard code == 0 else {
      throw .library(source: "measuring loudness", reason: "libebur128's error \(code)")
    }
    return Loudness(
      integrated: integrated.isFinite ? integrated : nil,
      truePeak: peak > 0 ? 20 * log10(peak) : nil)
  }
}
