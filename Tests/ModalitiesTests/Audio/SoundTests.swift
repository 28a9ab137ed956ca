import Foundation
import Modalities
import Testing
import Torch

@Suite("sounds")
struct SoundTests {
  @Test("channels stand one after the other")
  func layout() throws {
    let sound = try Sound(channels: 2, sampleRate: 8_000, samples: [0.1, 0.2, 0.3, -0.4, 0.5, 0])
    #expect(sound.frames == 3)
    #expect(sound.seconds == 3.0 / 8000)
    #expect(Array(sound[0]) == [0.1, 0.2, 0.3])
    #expect(Array(sound[1]) == [-0.4, 0.5, 0])
    #expect(sound.peak == 0.5)
  }

  @Test(
    "numbers that do not fit together are refused",
    arguments: [
      (
        0, 8_000, [Float](repeating: 0, count: 4),
        SoundError.channels(source: "x", expected: "1 to 32 channels", found: 0)
      ),
      (33, 8_000, [], .channels(source: "x", expected: "1 to 32 channels", found: 33)),
      (1, 999, [0], .sampleRate(source: "x", expected: "1000 to 768000", found: 999)),
      (1, 768_001, [0], .sampleRate(source: "x", expected: "1000 to 768000", found: 768_001)),
      (2, 8_000, [0, 0, 0], .shape(source: "x", channels: 2, found: 3)),
      (1, 8_000, [], .shape(source: "x", channels: 1, found: 0)),
      (2, 8_000, [0, 0, 0, .nan], .notFinite(source: "x", channel: 1, frame: 1)),
      (2, 8_000, [0, -.infinity, 0, 0], .notFinite(source: "x", channel: 0, frame: 1)),
    ])
  func refusals(channels: Int, rate: Int, samples: [Float], error: SoundError) {
    #expect(throws: error) {
      try Sound(channels: channels, sampleRate: rate, samples: samples, source: "x")
    }
    #expect(error.description.hasPrefix("x: expected "))
  }

  @Test("stereo becomes the mean of its sides, mono both sides of stereo")
  func mixing() throws {
    let stereo = try Sound(channels: 2, sampleRate: 8_000, samples: [0.25, 1, 0.75, -1])
    let mono = try stereo.mixed(toChannels: 1)
    #expect(mono.samples == [0.5, 0] && mono.channels == 1)
    #expect(try mono.mixed(toChannels: 2).samples == [0.5, 0, 0.5, 0])
    #expect(try stereo.mixed(toChannels: 2) == stereo)
    let three = try Sound(channels: 3, sampleRate: 8_000, samples: [0, 0, 0])
    let error = SoundError.channels(
      source: "mixing to 2 channels", expected: "mono and stereo", found: 3)
    #expect(throws: error) { try three.mixed(toChannels: 2) }
  }

  @Test("sounds are clamped and made louder")
  func levels() throws {
    let sound = try Sound(channels: 1, sampleRate: 8_000, samples: [-1.5, 0.25, 3])
    #expect(sound.clamped().samples == [-1, 0.25, 1])
    #expect(try sound.amplified(byDecibels: -20).samples == [-0.15, 0.025, 0.3])
    #expect(throws: SoundError.self) { try sound.amplified(byDecibels: 1000) }
  }

  @Test("a sound and its tensor are the same numbers")
  func tensors() throws {
    let sound = try tones(seconds: 0.01)
    #expect(sound.tensor.shape.sizes == [2, 480])
    #expect(try Sound(tensor: sound.tensor, sampleRate: 48_000) == sound)
    #expect(
      throws: SoundError.library(
        source: "a tensor", reason: "expected shape [channels, frames], found [3]")
    ) { try Sound(tensor: Tensor.zeros([3]), sampleRate: 48_000) }
    let bad = Tensor([0, Float.nan], shape: [1, 2])
    #expect(throws: SoundError.notFinite(source: "a tensor", channel: 0, frame: 1)) {
      try Sound(tensor: bad, sampleRate: 48_000)
    }
  }
}

@Suite("sample rates and loudness")
struct SoundMeasureTests {
  /// The ends are left out: what is beyond them is not part of the sine.
  @Test(
    "a sine at another rate is the same sine",
    arguments: [(44_100, 48_000), (48_000, 44_100), (48_000, 16_000), (8_000, 44_100)])
  func resampling(from old: Int, to new: Int) throws {
    let sound = try Sound(
      channels: 2, sampleRate: old,
      samples: sine(frequency: 1000, amplitude: 0.5, frames: old / 2, rate: old)
        + sine(frequency: 1500, amplitude: 0.25, frames: old / 2, rate: old))
    let found = try sound.resampled(to: new)
    #expect(found.sampleRate == new && found.channels == 2 && found.frames == new / 2)
    let expected = [
      sine(frequency: 1000, amplitude: 0.5, frames: new / 2, rate: new),
      sine(frequency: 1500, amplitude: 0.25, frames: new / 2, rate: new),
    ]
    let margin = new / 10
    for (channel, wave) in expected.enumerated() {
      let pairs = zip(found[channel], wave).dropFirst(margin).dropLast(margin)
      // float32's last bits; the library's word for this quality is 28 bits.
      #expect(try #require(pairs.map { abs($0 - $1) }.max()) < 1e-6)
    }
  }

  @Test("what the new rate cannot hold is gone")
  func aliasing() throws {
    let sound = try Sound(
      channels: 1, sampleRate: 48_000,
      samples: sine(frequency: 6_000, amplitude: 0.5, frames: 24_000, rate: 48_000))
    let found = try sound.resampled(to: 8_000)
    let middle = found.samples.dropFirst(800).dropLast(800)
    #expect(try #require(middle.map { abs($0) }.max()) < 1e-6)
  }

  @Test("a rate and a length that no sound has are refused")
  func refusals() throws {
    let sound = try Sound(channels: 1, sampleRate: 8_000, samples: [0, 0.5])
    #expect(try sound.resampled(to: 8_000) == sound)
    #expect(
      throws: SoundError.sampleRate(
        source: "resampling to 1 Hz", expected: "1000 to 768000", found: 1)
    ) { try sound.resampled(to: 1) }
    let long = try Sound(
      channels: 1, sampleRate: 1_000, samples: [Float](repeating: 0, count: 400_000))
    #expect(
      throws: SoundError.tooLarge(
        source: "resampling to 768000 Hz", limit: Sound.sampleLimit, found: 307_200_000)
    ) { try long.resampled(to: 768_000) }
  }

  /// EBU Tech 3341, table 1, cases 1 to 4: stereo sines of 1 kHz whose peaks are at so many dBFS
  /// for so many seconds, and the loudness that a meter must show to within 0.1 LU.
  @Test(
    "the EBU's signals have the EBU's loudness",
    arguments: [
      ([(-23.0, 20.0)], -23.0), ([(-33.0, 20.0)], -33.0),
      ([(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
      ([(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
    ])
  func loudness(parts: [(Double, Double)], expected: Double) throws {
    let rate = 8_000
    let channel = parts.flatMap { level, seconds in
      sine(
        frequency: 1000, amplitude: pow(10, level / 20), frames: Int(seconds * Double(rate)),
        rate: rate)
    }
    let sound = try Sound(channels: 2, sampleRate: rate, samples: channel + channel)
    let found = try sound.loudness()
    #expect(abs(try #require(found.integrated) - expected) < 0.1)
    #expect(abs(try #require(found.truePeak) - (parts.map(\.0).max() ?? 0)) < 0.2)
    let mono = try sound.mixed(toChannels: 1).loudness()
    #expect(abs(try #require(mono.integrated) - (expected - 3.01)) < 0.1)
  }

  @Test("silence has no loudness")
  func silence() throws {
    let silence = try Sound(
      channels: 1, sampleRate: 8_000, samples: [Float](repeating: 0, count: 8_000))
    let found = try silence.loudness()
    #expect(found.integrated == nil && found.truePeak == nil)
  }
}
