import Foundation
import Modalities

/// A tone a channel, 440 Hz and its multiples, of amplitude 0.4.
func tones(seconds: Double = 0.25, rate: Int = 48_000, channels: Int = 2) throws -> Sound {
  let frames = Int(seconds * Double(rate))
  let samples = (1...channels).flatMap { channel in
    sine(frequency: 440 * Double(channel), amplitude: 0.4, frames: frames, rate: rate)
  }
  return try Sound(channels: channels, sampleRate: rate, samples: samples)
}

/// A sine from 0 on.
func sine(frequency: Double, amplitude: Double, frames: Int, rate: Int) -> [Float] {
  (0..<frames).map { frame in
    Float(amplitude * sin(2 * Double.pi * frequency * Double(frame) / Double(rate)))
  }
}

/// Whole numbers of so many bits as samples, the ends of the range among them, the same each time.
func wholeSamples(bits: Int, frames: Int, channels: Int) -> [Float] {
  var state: UInt64 = 1
  let scale = Double(1 << (bits - 1))
  var samples = (0..<frames * channels).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(
      (Double(Int32(truncatingIfNeeded: state >> 32)) / pow(2, 31) * scale)
        .rounded(.down) / scale)
  }
  samples[0] = -1
  samples[1] = Float((scale - 1) / scale)
  return samples
}

/// How much larger a sound is than what was lost of it, in dB; none if it has another length.
func signalToNoise(_ found: Sound, _ expected: Sound) -> Double? {
  guard found.samples.count == expected.samples.count else { return nil }
  let signal = expected.samples.reduce(0) { $0 + Double($1 * $1) }
  let noise = zip(found.samples, expected.samples).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }
  return 10 * log10(signal / noise)
}

/// The bytes of a number, the lowest first.
func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
