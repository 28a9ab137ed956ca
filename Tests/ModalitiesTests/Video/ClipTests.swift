import TestSupport
import Testing
import Torch

@testable import Modalities

@Suite("clips")
struct ClipTests {
  @Test("a tensor of a clip holds each pixel at its place, and gives the clip back")
  func tensor() throws {
    let clip = try movingSquare(count: 3, width: 7, height: 9, rate: FrameRate(12), grain: 200)
    let tensor = clip.tensor
    #expect(tensor.shape.sizes == [3, 3, 9, 7])
    let values = tensor.values(as: Float.self)
    for (frame, channel, y, x) in [(0, 0, 0, 0), (2, 1, 8, 3), (1, 2, 4, 6)] {
      let value = values[((frame * 3 + channel) * 9 + y) * 7 + x]
      let expected = Float(clip.pixels[((frame * 9 + y) * 7 + x) * 3 + channel])
      #expect(abs((value + 1) * 127.5 - expected) < 1e-3)
    }
    #expect(distance(tensor.selected(dim: 0, index: 1), clip[1].tensor) == 0)
    #expect(try Clip(tensor: tensor, frameRate: FrameRate(12)) == clip)
  }

  @Test("what is no clip is refused")
  func refusals() throws {
    let rate = try FrameRate(10)
    #expect(throws: ClipError.shape(count: 2, width: 3, height: 1, found: 17)) {
      try Clip(
        count: 2, width: 3, height: 1, frameRate: rate, pixels: Array(repeating: 0, count: 17))
    }
    #expect(throws: ClipError.shape(count: .max, width: 3, height: 1, found: 0)) {
      try Clip(count: .max, width: 3, height: 1, frameRate: rate, pixels: [])
    }
    #expect(throws: ClipError.tensorShape([2, 4, 3, 3])) {
      try Clip(tensor: .zeros([2, 4, 3, 3]), frameRate: rate)
    }
    #expect(throws: ClipError.noFrames(source: "a clip")) { try Clip([], frameRate: rate) }
    let images = [4, 5].map { Image(width: $0, height: 4, color: .white) }
    #expect(throws: ClipError.uneven(source: "frame 1", expected: [4, 4], found: [5, 4])) {
      try Clip(images, frameRate: rate)
    }
  }

  @Test("a rate is in lowest terms, and neither still nor absurd")
  func rates() throws {
    #expect(try FrameRate(60, over: 4) == FrameRate(15))
    #expect("\(try FrameRate(30_000, over: 1001))" == "30000/1001")
    for (p, q) in [(0, 1), (1, 0), (-24, 1), (1, 1001), (1001, 1), (1 << 33, (1 << 31) + 1)] {
      #expect(throws: ClipError.frameRate(numerator: p, denominator: q)) {
        try FrameRate(p, over: q)
      }
    }
  }

  @Test("a part has the frames that it names")
  func part() throws {
    let clip = try movingSquare(count: 5, width: 8, height: 8, rate: FrameRate(12))
    let part = try clip.part(start: 1, count: 3)
    #expect(part.count == 3 && part.frameRate == clip.frameRate)
    for number in 0..<3 { #expect(part[number] == clip[number + 1]) }
    for (start, count) in [(-1, 2), (0, 0), (0, 6), (5, 1), (3, .max)] {
      #expect(throws: ClipError.part(start: start, count: count, found: 5)) {
        try clip.part(start: start, count: count)
      }
    }
  }

  @Test("at another rate each frame is the nearest in time", arguments: [5, 8, 12, 24, 30, 7])
  func resampling(rate: Int) throws {
    let clip = try movingSquare(count: 9, width: 12, height: 8, rate: FrameRate(12))
    let other = clip.resampled(to: try FrameRate(rate, over: 1))
    #expect(abs(other.duration - clip.duration) <= 0.5 / Double(rate) + 1e-12)
    for number in 0..<other.count {
      // In units of 1 / (12 · rate) of a second, so that times are whole.
      let distances = (0..<9).map { abs($0 * rate - number * 12) }
      let nearest = try #require(distances.firstIndex(of: distances.min() ?? 0))
      #expect(other[number] == clip[nearest], "frame \(number)")
    }
    if rate == 12 { #expect(other == clip) }
  }

  @Test(
    "a rate is found again in times that a clock rounded",
    arguments: [1, 12, 16, 24, 25, 30, 50], [1.0 / 100, 1.0 / 1000, 1.0 / 12_288])
  func roundedTimes(rate: Int, tick: Double) throws {
    for count in [13, 50] {
      let times = (0..<count).map { Int64((Double($0) / (Double(rate) * tick)).rounded()) }
      let found = FrameTimes(times: times, tick: tick).constantRate
      #expect(found == (try FrameRate(rate)), "\(count) frames")
    }
  }

  @Test("what the file states decides between rates that are as likely")
  func statedRate() throws {
    let times: [Int64] = [0, 33, 67, 100]
    let ntsc = try FrameRate(30_000, over: 1001)
    #expect(FrameTimes(times: times, tick: 0.001).constantRate == (try FrameRate(30)))
    #expect(FrameTimes(times: times, tick: 0.001, stated: ntsc).constantRate == ntsc)
    // A statement that the times contradict counts for nothing.
    let wrong = FrameTimes(times: times, tick: 0.001, stated: try FrameRate(25))
    #expect(wrong.constantRate == (try FrameRate(30)))
    let one = FrameTimes(times: [0], tick: 0.01, lastDuration: 10)
    #expect(one.constantRate == (try FrameRate(10)))
  }

  @Test("frames of different times are shown as long as they were")
  func variableTimes() throws {
    let times = FrameTimes(times: [0, 10, 20, 50, 60], tick: 0.01, lastDuration: 20)
    #expect(times.constantRate == nil)
    #expect(try times.finestRate() == FrameRate(10))
    #expect(times.shown(at: try FrameRate(10), limit: 8) == [0, 1, 2, 2, 2, 3, 4, 4])
    #expect(times.shown(at: try FrameRate(10), limit: 7) == nil)
    #expect(times.shown(at: try FrameRate(5), limit: 8) == [0, 2, 2, 4])
  }

  @Test("a frame is shown from the step on whose time is its own, rounded to a tick")
  func roundedTimes() throws {
    // Steps of 30 Hz on a clock of milliseconds: 0, 33.3, 66.7.
    let shown = FrameTimes(times: [0, 34, 67], tick: 0.001).shown(at: try FrameRate(30), limit: 9)
    #expect(shown == [0, 0, 2])
  }
}
