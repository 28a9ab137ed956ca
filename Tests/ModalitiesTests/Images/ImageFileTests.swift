import Files
import Foundation
import Modalities
import TestSupport
import Testing

/// Pictures as Pillow reads them, made by Tests/Golden/images.py.
struct ImageCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let file: Data
  let height: Int
  let width: Int
  let channels: Int
  let pixels: [UInt8]
  let tolerance: Int

  var testDescription: String { name }

  static func all() throws -> [ImageCase] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      [ImageCase].self, from: Data(contentsOf: folder.appending(path: "images.json")))
  }
}

/// A picture of noise that differs in every pixel, the same each time.
func noise(width: Int, height: Int, channels: Image.Channels) throws -> Image {
  var state: UInt32 = 1
  let pixels = (0..<width * height * channels.rawValue).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(state >> 24)
  }
  return try Image(width: width, height: height, channels: channels, pixels: pixels)
}

@Suite("image files")
struct ImageFileTests {
  @Test("what Pillow reads is read the same", arguments: try ImageCase.all())
  func readsLikePillow(_ expected: ImageCase) throws {
    let image = try Image(decoding: expected.file)
    #expect((image.width, image.height) == (expected.width, expected.height))
    #expect(image.channels.rawValue == expected.channels)
    let distances = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(try #require(distances.max()) <= expected.tolerance)
  }

  @Test(
    "lossless formats give back every pixel",
    arguments: [ImageFormat.png, .losslessWebP], [Image.Channels.rgb, .rgba])
  func roundTrips(format: ImageFormat, channels: Image.Channels) throws {
    var image = try noise(width: 61, height: 37, channels: channels)
    if format == .losslessWebP && channels == .rgba {
      // WebP does not keep the colour of what is fully transparent.
      image = try Image(
        width: 61, height: 37, channels: .rgba,
        pixels: image.pixels.enumerated().map { $0 % 4 == 3 ? max(1, $1) : $1 })
    }
    #expect(try Image(decoding: image.encoded(as: format)) == image)
  }

  @Test("lossy formats stay near", arguments: [ImageFormat.jpeg(quality: 95), .webp(quality: 95)])
  func staysNear(format: ImageFormat) throws {
    let color = Color(red: 180, green: 90, blue: 30)
    let image = Image(width: 40, height: 24, color: color)
    let read = try Image(decoding: image.encoded(as: format))
    #expect((read.width, read.height, read.channels) == (40, 24, .rgb))
    #expect(zip(read.pixels, image.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 3 })
  }

  @Test("the same picture gives the same bytes")
  func isDeterministic() throws {
    let image = try noise(width: 33, height: 20, channels: .rgb)
    #expect(try image.encoded(as: .png) == image.encoded(as: .png))
  }

  @Test("a picture beyond the pixel limit is refused by its header")
  func refusesLarge() throws {
    let bytes = try Image(width: 10, height: 11, color: .white).encoded(as: .png)
    #expect(throws: Never.self) { try Image(decoding: bytes, pixelLimit: 110) }
    #expect(
      throws: ImageError.tooLarge(
        source: "picture", reason: "10 x 11 is 110 pixels, the limit is 109")
    ) { try Image(decoding: bytes, pixelLimit: 109) }
    // A header that claims 65,000 x 65,000 over one row of pixels costs no memory.
    var claims = [UInt8](bytes)
    for offset in [16, 20] {
      claims.replaceSubrange(offset..<offset + 4, with: [0, 0, 0xFD, 0xE8])
    }
    #expect(throws: ImageError.self) { try Image(decoding: Data(claims)) }
  }

  @Test("a file that is cut off anywhere is an error, not a half-grey picture")
  func refusesTruncated() throws {
    let image = try noise(width: 24, height: 24, channels: .rgb)
    for format in [ImageFormat.png, .jpeg(quality: 90), .losslessWebP] {
      let bytes = try image.encoded(as: format)
      // PNG ends in a chunk of 12 bytes without pixels, JPEG in a marker of two.
      for length in stride(from: 0, to: bytes.count - 16, by: 7) {
        #expect(throws: ImageError.self) { try Image(decoding: bytes.prefix(length)) }
      }
    }
  }

  @Test(
    "a bit that flips anywhere makes an error or a whole picture",
    arguments: [ImageFormat.png, .jpeg(quality: 90), .losslessWebP, .webp(quality: 90)])
  func survivesDamage(format: ImageFormat) throws {
    let bytes = try noise(width: 12, height: 9, channels: .rgb).encoded(as: format)
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 1 << UInt8(index % 8)
      do {
        let image = try Image(decoding: damaged, pixelLimit: 1 << 20)
        #expect(image.pixels.count == image.width * image.height * image.channels.rawValue)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }

  @Test("pictures are read and written by many tasks at once")
  func isConcurrent() async throws {
    let image = try noise(width: 40, height: 40, channels: .rgba)
    let half = try image.resized(width: 20, height: 20)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<32 {
        group.addTask {
          let read = try Image(decoding: image.encoded(as: .png))
          return try read == image && read.resized(width: 20, height: 20) == half
        }
      }
      for try await same in group { #expect(same) }
    }
  }

  @Test(
    "other bytes are refused, SVG too",
    arguments: [
      "", "hello", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>",
      "P3 1 1 255 0 0 0", "%PDF-1.4",
    ])
  func refusesUnknown(text: String) {
    #expect(throws: ImageError.unknownFormat(source: "a file")) {
      try Image(decoding: Data(text.utf8), source: "a file")
    }
  }

  @Test("known drawings are rendered at the width that is asked for")
  func rendersSVG() throws {
    let svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><path fill="#f00" d="M0 0h2v2H0z"/>\
      </svg>
      """
    let image = try Image(trustedSVG: Data(svg.utf8), width: 40, source: "drawing")
    #expect((image.width, image.height, image.channels) == (40, 20, .rgba))
    #expect(Array(image[5, 10]) == [255, 0, 0, 255])
    #expect(image[35, 10].last == 0)
  }
}

@Suite("saving pictures")
struct ImageSavingTests {
  @Test("the name decides the format, and only the file is left in the folder")
  func saves() throws {
    let folder = try TemporaryFolder()
    let image = try noise(width: 9, height: 8, channels: .rgb)
    for name in ["a b.png", "c.JPG", "d.jpeg", "e.webp"] {
      try image.save(to: folder.file(name))
      #expect(try Image(contentsOf: folder.file(name)).width == 9)
    }
    #expect(try folder.contents() == ["a b.png", "c.JPG", "d.jpeg", "e.webp"])
    #expect(throws: ImageError.unknownExtension("f.bmp")) {
      try image.save(to: folder.file("f.bmp"))
    }
  }

  @Test("a text travels inside a PNG and leaves the pixels alone")
  func savesText() throws {
    let folder = try TemporaryFolder()
    let image = try noise(width: 9, height: 8, channels: .rgb)
    let text = try PNGText(keyword: "inkwell", text: #"{"prompt":"Äpfel 🍎 → \\n"}"#)
    try image.save(to: folder.file("a.png"), text: [text])
    #expect(try PNGText.read(from: Data(contentsOf: folder.file("a.png"))) == [text])
    #expect(try Image(contentsOf: folder.file("a.png")) == image)
    #expect(throws: ImageError.self) { try image.save(to: folder.file("a.jpg"), text: [text]) }
  }

  @Test("a folder that is not there is an error that names the file")
  func failsToSave() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("none/a.png")
    let error = #expect(throws: FileError.self) {
      try Image(width: 1, height: 1, color: .white).save(to: path)
    }
    #expect(
      error?.description
        == "\(path.path(percentEncoded: false)): cannot write: No such file or directory")
  }

  @Test("what cannot be replaced stays, and nothing is left beside it")
  func leavesNothing() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "a.png/inside")
    #expect(throws: FileError.self) {
      try Image(width: 1, height: 1, color: .white).save(to: folder.file("a.png"))
    }
    #expect(try folder.contents() == ["a.png"])
  }
}
