/// A picture: 8-bit sRGB pixels, interleaved, in rows from the top.
public struct Image: Sendable, Equatable {
  /// What a pixel is made of.
  public enum Channels: Int, Sendable {
    /// Red, green, blue.
    case rgb = 3
    /// Red, green, blue, and an alpha that is not multiplied into them.
    case rgba = 4
  }

  /// Width in pixels, at least 1.
  public let width: Int

  /// Height in pixels, at least 1.
  public let height: Int

  /// What a pixel is made of.
  public let channels: Channels

  /// The pixels, `height * width * channels.rawValue` numbers in `0...255`.
  public private(set) var pixels: [UInt8]

  /// Makes a picture of pixels.
  /// - Parameters:
  ///   - width: Width in pixels.
  ///   - height: Height in pixels.
  ///   - channels: What a pixel is made of.
  ///   - pixels: The pixels in rows from the top, `height * width * channels.rawValue` numbers.
  /// - Throws: `ImageError.shape` if the numbers do not fit together.
  public init(width: Int, height: Int, channels: Channels, pixels: [UInt8]) throws(ImageError) {
    let (row, rowOverflows) = width.multipliedReportingOverflow(by: channels.rawValue)
    let (count, overflows) = row.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !rowOverflows, !overflows, count == pixels.count else {
      throw .shape(
        width: width, height: height, channels: channels.rawValue, found: pixels.count)
    }
    self.init(checked: pixels, width: width, height: height, channels: channels)
  }

  /// Makes an opaque picture of one colour.
  /// - Parameters:
  ///   - width: Width in pixels, at least 1.
  ///   - height: Height in pixels, at least 1.
  ///   - color: The colour of every pixel.
  public init(width: Int, height: Int, color: Color) {
    precondition(width > 0 && height > 0, "a picture has at least one pixel")
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for _ in 0..<width * height {
      pixels.append(color.red)
      pixels.append(color.green)
      pixels.append(color.blue)
    }
    self.init(checked: pixels, width: width, height: height, channels: .rgb)
  }

  init(checked pixels: [UInt8], width: Int, height: Int, channels: Channels) {
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// The numbers of one pixel.
  /// - Parameters:
  ///   - x: Column from the left, `0..<width`.
  ///   - y: Row from the top, `0..<height`.
  public subscript(x: Int, y: Int) -> ArraySlice<UInt8> {
    precondition((0..<width).contains(x) && (0..<height).contains(y), "outside the picture")
    let start = (y * width + x) * channels.rawValue
    return pixels[start..<start + channels.rawValue]
  }
}

/// An opaque sRGB colour.
public struct Color: Sendable, Hashable {
  /// Red, `0...255`.
  public let red: UInt8
  /// Green, `0...255`.
  public let green: UInt8
  /// Blue, `0...255`.
  public let blue: UInt8

  /// Makes a colour.
  /// - Parameters:
  ///   - red: Red, `0...255`.
  ///   - green: Green, `0...255`.
  ///   - blue: Blue, `0...255`.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// White.
  public static let white = Color(red: 255, green: 255, blue: 255)

  /// Black.
  public static let black = Color(red: 0, green: 0, blue: 0)
}

extension Image {
  /// The picture on a background, without alpha.
  /// - Parameter background: What shows through.
  /// - Returns: An RGB picture of the same size; an RGB picture is given back as it is.
  public func flattened(on background: Color = .white) -> Image {
    guard channels == .rgba else { return self }
    let paper = [Int(background.red), Int(background.green), Int(background.blue)]
    var result = [UInt8](repeating: 0, count: width * height * 3)
    for pixel in 0..<width * height {
      let alpha = Int(pixels[4 * pixel + 3])
      for channel in 0..<3 {
        let ink = Int(pixels[4 * pixel + channel]) * alpha
        result[3 * pixel + channel] = UInt8((ink + paper[channel] * (255 - alpha) + 127) / 255)
      }
    }
    return Image(checked: result, width: width, height: height, channels: .rgb)
  }

  /// The picture centred in a square as wide as its longer side.
  /// - Parameters:
  ///   - color: The colour of what is added.
  ///   - margin: Pixels added on every side besides, at least 0.
  /// - Returns: An RGB picture; transparent parts show the colour.
  public func centeredInSquare(on color: Color = .white, margin: Int = 0) -> Image {
    precondition(margin >= 0, "a margin is not negative")
    let side = max(width, height) + 2 * margin
    var square = Image(width: side, height: side, color: color)
    square.draw(
      flattened(on: color), x: (side - width) / 2, y: (side - height) / 2)
    return square
  }

  /// The largest square in the middle of the picture, on a background where it is transparent.
  ///
  /// - Parameter color: The background.
  /// - Returns: An opaque picture.
  public func croppedToSquare(on color: Color = .white) -> Image {
    let side = min(width, height)
    var square = Image(width: side, height: side, color: color)
    square.draw(
      flattened(on: color), x: -((width - side) / 2), y: -((height - side) / 2))
    return square
  }

  /// Copies an opaque picture into this opaque one; what falls outside is cut off.
  /// - Parameters:
  ///   - other: What to copy, without alpha.
  ///   - x: The column where its left edge goes.
  ///   - y: The row where its upper edge goes.
  public mutating func draw(_ other: Image, x: Int, y: Int) {
    precondition(channels == .rgb && other.channels == .rgb, "both pictures are opaque")
    let left = max(0, x)
    let right = min(width, x + other.width)
    guard left < right else { return }
    for row in max(0, y)..<max(max(0, y), min(height, y + other.height)) {
      let target = (row * width + left) * 3
      let source = ((row - y) * other.width + left - x) * 3
      let length = (right - left) * 3
      pixels.replaceSubrange(
        target..<target + length, with: other.pixels[source..<source + length])
    }
  }
}
