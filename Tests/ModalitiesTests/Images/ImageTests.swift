import Modalities
import Testing

@Suite("an image's pixels")
struct ImageTests {
  @Test(
    "numbers that do not fit the size are refused",
    arguments: [(2, 2, 11), (2, 2, 13), (0, 2, 0), (-1, -1, 3), (.max, .max, 3), (.max / 3, 4, 12)])
  func refusesMisshapen(width: Int, height: Int, count: Int) {
    let expected = ImageError.shape(width: width, height: height, channels: 3, found: count)
    #expect(throws: expected) {
      try Image(
        width: width, height: height, channels: .rgb, pixels: [UInt8](repeating: 0, count: count))
    }
  }

  @Test("flattening rounds alpha · ink + (1 - alpha) · paper to the nearest")
  func flattens() throws {
    let image = try Image(
      width: 3, height: 1, channels: .rgba,
      pixels: [10, 20, 30, 255, 10, 20, 30, 0, 100, 0, 255, 128])
    let paper = Color(red: 200, green: 100, blue: 1)
    // 149.8, 49.8 and 128.5 - 0.002.
    #expect(image.flattened(on: paper).pixels == [10, 20, 30, 200, 100, 1, 150, 50, 128])
  }

  @Test("a picture is centred in its square")
  func centers() throws {
    let image = Image(width: 4, height: 2, color: .black).centeredInSquare(margin: 1)
    #expect((image.width, image.height) == (6, 6))
    for y in 0..<6 {
      for x in 0..<6 {
        let inside = (1...4).contains(x) && (2...3).contains(y)
        #expect(Array(image[x, y]) == [UInt8](repeating: inside ? 0 : 255, count: 3))
      }
    }
  }

  @Test(
    "what is drawn outside is cut off",
    arguments: [(-1, -1, 1), (1, 1, 1), (0, 0, 4), (-2, 0, 0), (2, 0, 0), (0, -2, 0), (0, 2, 0)])
  func drawsClipped(x: Int, y: Int, black: Int) {
    var sheet = Image(width: 2, height: 2, color: .white)
    sheet.draw(Image(width: 2, height: 2, color: .black), x: x, y: y)
    #expect(sheet.pixels.count { $0 == 0 } == 3 * black)
  }
}

@Suite("resizing")
struct ImageResizingTests {
  @Test(
    "one colour stays that colour at exactly the size that was asked for",
    arguments: [(64, 64), (1, 1), (7, 300), (136, 128), (135, 129)])
  func keepsConstant(width: Int, height: Int) throws {
    let color = Color(red: 12, green: 200, blue: 255)
    let image = Image(width: 136, height: 128, color: color)
    let resized = try image.resized(width: width, height: height)
    #expect(resized == Image(width: width, height: height, color: color))
  }

  @Test("the colour of what is transparent does not bleed")
  func doesNotBleed() throws {
    // The left half is opaque blue, the right half is transparent red.
    let row = (0..<64).flatMap { $0 < 32 ? [0, 0, 255, 255] : [255, 0, 0, 0] as [UInt8] }
    let image = try Image(
      width: 64, height: 64, channels: .rgba, pixels: (0..<64).flatMap { _ in row })
    let resized = try image.resized(width: 16, height: 16)
    #expect(resized.channels == .rgba)
    for y in 0..<16 {
      for x in 0..<16 {
        let pixel = Array(resized[x, y])
        #expect(pixel[3] <= 8 || pixel.prefix(3) == [0, 0, 255])
      }
    }
  }

  @Test("a ramp stays a ramp")
  func keepsRamp() throws {
    let row = (0..<256).flatMap { [UInt8](repeating: UInt8($0), count: 3) }
    let image = try Image(
      width: 256, height: 8, channels: .rgb, pixels: (0..<8).flatMap { _ in row })
    let resized = try image.resized(width: 64, height: 8)
    for x in 4..<60 {
      let found = try #require(resized[x, 4].first)
      #expect(abs(Double(found) - (4 * Double(x) + 1.5)) <= 1)
    }
  }

  @Test("sizes that nothing can have are refused", arguments: [(0, 1), (1, -3), (65_501, 1)])
  func refusesSizes(width: Int, height: Int) {
    #expect(throws: ImageError.size(width: width, height: height)) {
      try Image(width: 2, height: 2, color: .white).resized(width: width, height: height)
    }
  }
}
