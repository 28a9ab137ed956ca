import Foundation
import TestSupport
import Testing

@testable import Modalities

@Suite("files of clips")
struct ClipFileTests {
  @Test("what ffmpeg finds in a file is found", arguments: try ClipCase.clips())
  func readsLikeFFmpeg(_ expected: ClipCase) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(expected.file, to: expected.name)
    let found = try ClipFile(contentsOf: file)
    let clip = found.clip
    #expect(clip.width == expected.width && clip.height == expected.height)
    #expect(found.comment == expected.comment)
    #expect(found.hasConstantRate == !expected.name.hasPrefix("variable"))

    // Frames that are shown longer stand there several times.
    let times = try #require(expected.times)
    let numbers = (0..<clip.count).map { number in
      (times.lastIndex { $0 <= Double(number) / clip.frameRate.value + 0.006 }) ?? 0
    }
    #expect(Set(numbers) == Set(times.indices))
    let size = clip.width * clip.height * 3
    let pixels = try #require(expected.pixels)
    for (number, reference) in numbers.enumerated() {
      let start = pixels.startIndex + reference * size
      let own = clip.pixels[number * size..<(number + 1) * size]
      let distances = zip(own, pixels[start..<start + size]).map { abs(Int($0) - Int($1)) }
      // One for each rounding on the way from YCbCr.
      #expect(try #require(distances.max()) <= 2, "frame \(number)")
    }
    // Decoded in this process it is the same.
    #expect(try ClipFile(contentsOf: file, reading: .trusted) == found)
  }

  @Test(
    "rates are those of the files",
    arguments: [
      ("h264.mp4", 24_000, 1001, 6), ("vp9.webm", 30_000, 1001, 4), ("gif.gif", 10, 1, 4),
      ("alpha.apng", 8, 1, 3), ("variable.gif", 10, 1, 7), ("variable.mp4", 10, 1, 7),
    ])
  func rates(name: String, numerator: Int, denominator: Int, count: Int) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(ClipCase.named(name).file, to: name)
    let clip = try Clip(contentsOf: file)
    #expect(clip.frameRate == (try FrameRate(numerator, over: denominator)))
    #expect(clip.count == count)
    let slower = try Clip(contentsOf: file, frameRate: FrameRate(5))
    #expect(slower.frameRate == (try FrameRate(5)))
    #expect(abs(slower.duration - clip.duration) <= 0.1 + 1e-9)
  }

  @Test(
    "an animated PNG gives back every pixel, the rate and the comment",
    arguments: [(1, 31, 17), (2, 1, 1), (9, 33, 20)], [(24_000, 1001), (16, 1), (1, 3)])
  func losslessRoundTrip(shape: (Int, Int, Int), rate: (Int, Int)) throws {
    let clip = try movingSquare(
      count: shape.0, width: shape.1, height: shape.2,
      rate: FrameRate(rate.0, over: rate.1), grain: 100)
    let found = try roundTrip(clip, "clip.apng", comment: record)
    #expect(found.clip == clip)
    #expect(found.comment == record)
    #expect(found.hasConstantRate)
  }

  @Test(
    "a GIF of few colours gives back every pixel, and the rate", arguments: [1, 2, 11], [16, 30])
  func gifRoundTrip(count: Int, rate: Int) throws {
    let images = (0..<count).map { number in
      var image = Image(width: 15, height: 11, color: Color(red: 20, green: 40, blue: 60))
      image.draw(Image(width: 4, height: 4, color: .white), x: number, y: 3)
      image.draw(
        Image(width: 2, height: 5, color: Color(red: 200, green: 0, blue: 90)), x: 5, y: number)
      return image
    }
    // Two equal frames one after the other are two.
    let clip = try Clip(images + [images[count - 1]], frameRate: FrameRate(rate))
    let found = try roundTrip(clip, "clip.gif", comment: record)
    #expect(found.clip.pixels == clip.pixels)
    #expect(found.comment == record)
    #expect(found.hasConstantRate)
    if count == 11 { #expect(found.clip.frameRate == clip.frameRate) }
  }

  @Test(
    "H.264 and VP9 keep pictures, rate, count and comment",
    arguments: [
      // Half of the colours' resolution is lost, at the edges of the square.
      ("clip.mp4", 1, 34, 18, 28.5), ("clip.mp4", 12, 64, 48, 33.2),
      ("clip.webm", 1, 35, 19, 29.4), ("clip.webm", 12, 61, 47, 33.3),
    ])
  func lossyRoundTrip(name: String, count: Int, width: Int, height: Int, decibels: Double) throws {
    for rate in [try FrameRate(24_000, over: 1001), try FrameRate(16)] {
      let clip = try movingSquare(count: count, width: width, height: height, rate: rate)
      let found = try roundTrip(clip, name, comment: record)
      let sizes: [Int] = [found.clip.count, found.clip.width, found.clip.height]
      #expect(sizes == [count, width, height])
      #expect(found.clip.frameRate == clip.frameRate)
      #expect(found.comment == record)
      #expect(signalToNoise(found.clip, clip) > decibels)
    }
  }

  @Test("the index of an MP4 is before its frames, and the bytes are the same each time")
  func fastStart() throws {
    let clip = try movingSquare(count: 5, width: 32, height: 16, rate: FrameRate(10))
    let file = try clip.encoded(as: .mp4(quality: 18), comment: record)
    let index = try #require(file.range(of: Data("moov".utf8)))
    let frames = try #require(file.range(of: Data("mdat".utf8)))
    #expect(index.lowerBound < frames.lowerBound)
    for format in [ClipFormat.mp4(quality: 18), .webm(quality: 30), .gif, .apng] {
      #expect(try clip.encoded(as: format) == clip.encoded(as: format))
    }
  }

  @Test("a lower quality is a smaller file", arguments: [true, false])
  func quality(isMP4: Bool) throws {
    let clip = try movingSquare(count: 6, width: 64, height: 48, rate: FrameRate(10), grain: 60)
    let sizes = try [10, 40].map {
      try clip.encoded(as: isMP4 ? .mp4(quality: $0) : .webm(quality: $0)).count
    }
    #expect(sizes[1] < sizes[0] / 2)
  }

  @Test("frames go into a folder and come back, in order")
  func folders() throws {
    let folder = try TemporaryFolder()
    let clip = try movingSquare(count: 12, width: 9, height: 10, rate: FrameRate(16), grain: 9)
    let target = folder.url.appending(path: "frames")
    try folder.write([1, 2, 3], to: "frames/notes.txt")
    try clip.saveFrames(to: target, text: [PNGText(keyword: "Comment", text: record)])
    #expect(try Clip(framesIn: target, frameRate: FrameRate(16)) == clip)
    let first = try Data(contentsOf: target.appending(path: "000000.png"))
    #expect(try PNGText.read(from: first).map(\.text) == [record])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["frames"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: target.path).count == 12)
  }

  @Test("folders that are no clip are refused")
  func foldersRefused() throws {
    let folder = try TemporaryFolder()
    let rate = try FrameRate(10)
    let source = folder.url.path(percentEncoded: false)
    #expect(throws: ClipError.noFrames(source: source)) {
      try Clip(framesIn: folder.url, frameRate: rate)
    }
    for (number, width) in [4, 4, 5].enumerated() {
      try Image(width: width, height: 4, color: .black).save(to: folder.file("\(number).png"))
    }
    let odd = folder.file("2.png").path(percentEncoded: false)
    #expect(throws: ClipError.uneven(source: odd, expected: [4, 4], found: [5, 4])) {
      try Clip(framesIn: folder.url, frameRate: rate)
    }
    var reading = ClipReading()
    reading.frames = 2
    #expect(throws: ClipError.tooLarge(source: source, reason: "3 frames, the limit is 2")) {
      try Clip(framesIn: folder.url, frameRate: rate, reading: reading)
    }
    (reading.frames, reading.bytes) = (3, 100)
    #expect(throws: ClipError.self) {
      try Clip(framesIn: folder.url, frameRate: rate, reading: reading)
    }
  }

  @Test("what a format cannot hold is refused, and what stood there stays")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let rate = try FrameRate(10)
    func clip(_ width: Int, _ rate: FrameRate) throws -> Clip {
      try movingSquare(count: 2, width: width, height: 10, rate: rate)
    }
    func refuses(_ clip: Clip, _ format: ClipFormat, _ error: ClipError) throws {
      let file = try folder.write([7], to: "file")
      #expect(throws: error) { try clip.save(to: file, as: format) }
      #expect(try Data(contentsOf: file) == Data([7]))
    }
    try refuses(
      clip(9, rate), .mp4(quality: 20),
      .unwritable(format: "MP4", expected: "even sizes", found: "9 x 10"))
    try refuses(
      clip(8, rate), .mp4(quality: 52),
      .unwritable(format: "MP4", expected: "a quality of 0 to 51", found: "52"))
    try refuses(
      clip(8, rate), .webm(quality: -1),
      .unwritable(format: "WebM", expected: "a quality of 0 to 63", found: "-1"))
    try refuses(
      clip(8, FrameRate(51)), .gif,
      .unwritable(format: "GIF", expected: "up to 50 frames a second", found: "51"))
    try refuses(
      clip(8, FrameRate(1, over: 700)), .gif,
      .unwritable(format: "GIF", expected: "a frame in up to 655 seconds", found: "1/700"))
    try refuses(
      clip(8, FrameRate(90_000, over: 1001)), .apng,
      .unwritable(
        format: "APNG", expected: "rates of numbers up to 65535", found: "90000/1001"))
    #expect(throws: ClipError.unknownExtension("clip.avi")) {
      try clip(8, rate).save(to: folder.file("clip.avi"))
    }
    for comment in ["a\0b", String(repeating: "x", count: 1 << 21)] {
      #expect(throws: ClipError.self) { try clip(8, rate).encoded(as: .gif, comment: comment) }
    }
  }

  /// A request as it stands in a file; longer than a block of GIF.
  private let record =
    #"{"prompt": "ein Häuschen 🏠\nam See", "seed": 7, "words": ""#
    + String(repeating: "lang ", count: 80) + "\"}"

  private func roundTrip(_ clip: Clip, _ name: String, comment: String) throws -> ClipFile {
    let folder = try TemporaryFolder()
    let file = folder.file(name)
    try clip.save(to: file, comment: comment)
    return try ClipFile(contentsOf: file)
  }
}
