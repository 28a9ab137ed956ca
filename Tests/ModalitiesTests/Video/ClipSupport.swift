import Foundation
import Modalities
import Testing

/// A clip as ffmpeg finds it, or a file in which there is nothing to see: Tests/Golden/clips.py.
struct ClipCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let file: Data
  let width: Int?
  let height: Int?
  let comment: String?
  let times: [Double]?
  let pixels: Data?

  var testDescription: String { name }

  static func all() throws -> [ClipCase] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      [ClipCase].self, from: Data(contentsOf: folder.appending(path: "clips.json")))
  }

  /// The cases in which there is something.
  static func clips() throws -> [ClipCase] { try all().filter { $0.times != nil } }

  static func named(_ name: String) throws -> ClipCase {
    try all().first { $0.name == name } ?? { throw Missing(name: name) }()
  }

  private struct Missing: Error { let name: String }
}

/// A clip of a bright square that moves over a slope of colours, with a few grains that differ in
/// every frame.
func movingSquare(
  count: Int, width: Int, height: Int, rate: FrameRate, grain: Int = 0
) throws -> Clip {
  var state: UInt32 = 7
  var pixels: [UInt8] = []
  for frame in 0..<count {
    for y in 0..<height {
      for x in 0..<width {
        let isInside = (frame..<frame + 6).contains(x) && (2..<8).contains(y)
        let color = isInside ? [250, 240, 20] : [40 + 160 * x / width, 30 + 150 * y / height, 90]
        for channel in color {
          state = state &* 1_664_525 &+ 1_013_904_223
          pixels.append(UInt8(clamping: channel + Int(state >> 24) * grain / 256))
        }
      }
    }
  }
  return try Clip(count: count, width: width, height: height, frameRate: rate, pixels: pixels)
}

/// Peak signal-to-noise ratio in decibels.
func signalToNoise(_ a: Clip, _ b: Clip) -> Double {
  let squares = zip(a.pixels, b.pixels).reduce(0.0) { sum, pair in
    let difference = Double(pair.0) - Double(pair.1)
    return sum + difference * difference
  }
  return 10 * log10(255 * 255 * Double(a.pixels.count) / squares)
}
