import Files
import Foundation
import TestSupport
import Testing

@testable import Modalities

@Suite("hostile files of clips")
struct HostileClipTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ bytes: some Sequence<UInt8>, _ change: (inout ClipReading) -> Void = { _ in }
  ) throws -> ClipFile {
    var reading = ClipReading()
    change(&reading)
    return try ClipFile(contentsOf: folder.write(bytes, to: "clip"), reading: reading)
  }

  private var source: String { folder.file("clip").path(percentEncoded: false) }

  @Test("an empty file, and one of another format, is refused")
  func otherBytes() throws {
    #expect(throws: ClipError.unknownFormat(source: source, found: "an empty file")) {
      try read([])
    }
    let text = "#EXTM3U\nfile:///etc/passwd\n".utf8
    #expect(throws: ClipError.unknownFormat(source: source, found: "other bytes")) {
      try read(text)
    }
    #expect(throws: FileError.self) { try ClipFile(contentsOf: folder.url) }
    #expect(throws: FileError.self) { try ClipFile(contentsOf: folder.file("none.mp4")) }
  }

  @Test("sound, another codec, and encrypted pictures are each told")
  func nothingToSee() throws {
    #expect(throws: ClipError.noVideo(source: source, found: "1 streams, none of them of pictures"))
    { try read(ClipCase.named("sound.mp4").file) }
    #expect(throws: ClipError.noVideo(source: source, found: "pictures in the codec mjpeg")) {
      try read(ClipCase.named("codec.mov").file)
    }
    #expect(throws: ClipError.encrypted(source: source)) {
      try read(ClipCase.named("encrypted.mp4").file)
    }
    let picture = try Image(width: 3, height: 3, color: .white).encoded(as: .png)
    #expect(throws: ClipError.self) { try read(picture) }
  }

  @Test(
    "a file that is cut off anywhere is an error",
    arguments: [ClipFormat.mp4(quality: 20), .webm(quality: 30), .gif, .apng])
  func truncated(format: ClipFormat) throws {
    let clip = try movingSquare(count: 4, width: 20, height: 12, rate: FrameRate(10), grain: 20)
    let file = try clip.encoded(as: format, comment: "whole")
    let lengths = Array(stride(from: 1, to: file.count, by: max(1, file.count / 60)))
    for length in lengths + [file.count - 1] {
      #expect(throws: ClipError.self, "\(length) of \(file.count) bytes") {
        try read(file.prefix(length)) { $0.place = .here }
      }
    }
    #expect(throws: ClipError.self) { try read(file.prefix(file.count / 2)) }
  }

  @Test(
    "a damaged file gives a clip within the limits or an error",
    arguments: try ClipCase.all().map(\.name))
  func damaged(name: String) throws {
    let file = try ClipCase.named(name).file
    var state: UInt32 = 5
    func random(below bound: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 8) % bound
    }
    for _ in 0..<12 {
      var bytes = [UInt8](file)
      for _ in 0..<4 { bytes[random(below: bytes.count)] = UInt8(random(below: 256)) }
      do {
        let clip = try read(bytes) {
          ($0.pixels, $0.bytes, $0.seconds) = (1 << 16, 1 << 22, 5)
        }.clip
        #expect(clip.pixels.count <= 1 << 22)
      } catch let error as ClipError {
        // The process that reads neither crashes nor hangs.
        if case .reader(_, let reason) = error { Issue.record("\(reason)") }
      }
    }
  }

  @Test("sizes beyond the limit are refused in the header")
  func absurdSizes() throws {
    var gif = [UInt8](try ClipCase.named("gif.gif").file)
    for index in 6..<10 { gif[index] = 0xFF }
    #expect(
      throws: ClipError.tooLarge(
        source: source,
        reason: "a frame of 65535 x 65535 is 4294836225 pixels, the limit is 16777216")
    ) { try read(gif) }
    let file = try ClipCase.named("h264.mp4").file
    #expect(
      throws: ClipError.tooLarge(
        source: source, reason: "a frame of 32 x 18 is 576 pixels, the limit is 575")
    ) { try read(file) { $0.pixels = 575 } }
    #expect(throws: ClipError.tooLarge(source: source, reason: "6 frames, the limit is 5")) {
      try read(file) { $0.frames = 5 }
    }
    #expect(
      throws: ClipError.tooLarge(
        source: source, reason: "a file of \(file.count) bytes, the limit is 99")
    ) { try read(file) { $0.bytes = 99 } }
    let webm = try ClipCase.named("vp9.webm").file
    #expect(throws: ClipError.tooLarge(source: source, reason: "more than 3 frames")) {
      try read(webm) { $0.frames = 3 }
    }
    #expect(throws: ClipError.self) { try read(file) { $0.bytes = 32 * 18 * 3 * 6 - 1 } }
    #expect(try read(file) { $0.bytes = 32 * 18 * 3 * 6 }.clip.count == 6)
    // Five frames, seven when each is shown as long as it is.
    let variable = try ClipCase.named("variable.gif").file
    #expect(throws: ClipError.self) { try read(variable) { $0.frames = 6 } }
    #expect(try read(variable) { $0.frames = 7 }.clip.count == 7)
  }

  @Test("another rate is not a way around the limits")
  func absurdRates() throws {
    let file = try folder.write(ClipCase.named("h264.mp4").file, to: "clip")
    var reading = ClipReading()
    reading.frames = 100
    #expect(throws: ClipError.self) {
      try ClipFile(contentsOf: file, frameRate: FrameRate(1000), reading: reading)
    }
  }

  @Test("a rate that no clip has is refused")
  func slowRate() throws {
    var chunks = try PNGChunk.read(ClipCase.named("alpha.apng").file)
    for (index, chunk) in chunks.enumerated() where chunk.type == "fcTL" {
      var data = chunk.data
      // A frame in 2000 seconds.
      data.replaceSubrange(20..<24, with: [0x07, 0xD0, 0, 1])
      chunks[index] = try PNGChunk(type: "fcTL", data: data)
    }
    let slow = PNGChunk.signature + chunks.flatMap(\.encoded)
    #expect(throws: ClipError.frameRate(numerator: 1, denominator: 2000)) { try read(slow) }
  }

  @Test("frames that are all at one time are refused")
  func times() throws {
    var file = try ClipCase.named("mpeg4.mov").file
    let table = try #require(file.range(of: Data("stts".utf8)))
    // After the version, the number of entries, and the frames of the first: their interval.
    file.replaceSubrange(table.upperBound + 12..<table.upperBound + 16, with: [0, 0, 0, 0])
    let reason = "frame 1 is at 0, not later than the one before"
    #expect(throws: ClipError.times(source: source, reason: reason)) { try read(file) }
  }

  @Test("without a reader, or with one that fails, crashes or hangs, there is an error")
  func readers() throws {
    let file = try ClipCase.named("gif.gif").file
    func reason(_ program: String, seconds: Int = 120) throws -> String {
      do {
        _ = try read(file) {
          ($0.place, $0.seconds) = (.process(URL(filePath: program)), seconds)
        }
      } catch ClipError.reader(_, let reason) {
        return reason
      }
      return ""
    }
    #expect(try reason("/nonexistent/reader").hasPrefix("expected the program /nonexistent/reader"))
    #expect(try reason("/bin/false") == "the reader ended without an answer")
    #expect(try reason("/bin/echo") == "the reader ended without an answer")
    try Data("#!/bin/sh\nkill -SEGV $$\n".utf8).write(to: folder.file("crash"))
    try Data("#!/bin/sh\nexec sleep 60\n".utf8).write(to: folder.file("hang"))
    for name in ["crash", "hang"] {
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.file(name).path(percentEncoded: false))
    }
    let crash = try reason(folder.file("crash").path(percentEncoded: false))
    #expect(crash == "the reader crashed: Segmentation fault")
    let hang = try reason(folder.file("hang").path(percentEncoded: false), seconds: 1)
    #expect(hang == "it took longer than the limit of 1 seconds")
  }

  @Test("a comment of GIF is read in parts, and what is no block is an error")
  func gifBlocks() throws {
    let text = String(repeating: "ä", count: 300)
    let block = GIFBlock(bytes: GIFBlock.comment(text)[...])
    #expect(block.comment == text)
    #expect(block.bytes.count == 2 + 1 + 255 + 1 + 255 + 1 + 90 + 1)
    var file = [UInt8](try ClipCase.named("gif.gif").file)
    let (header, _) = try GIFBlock.read(Data(file), source: "a GIF")
    file[header.count] = 0x55
    #expect(
      throws: ClipError.library(
        source: "a GIF",
        reason: "expected a block of GIF at byte \(header.count), found other bytes")
    ) { try GIFBlock.read(Data(file), source: "a GIF") }
    #expect(
      throws: ClipError.library(source: "a GIF", reason: "the GIF file is cut off after byte 7")
    ) { try GIFBlock.read(Data(file.prefix(7)), source: "a GIF") }
  }
}
