/// A frame of a street while it is drawn, and its mask.
struct StreetCanvas {
  /// Red, green and blue.
  typealias Shade = (red: Int, green: Int, blue: Int)

  /// The width and height in pixels.
  let side: Int
  /// Red, green and blue of each pixel, in rows from the top.
  private(set) var pixels: [UInt8]
  /// The class of each pixel, and its thing's number as `256 · blue + green`.
  private(set) var mask: [UInt8]

  init(side: Int) {
    self.side = side
    pixels = [UInt8](repeating: 0, count: side * side * 3)
    mask = pixels
  }

  /// Fills a rectangle of units; what is outside the screen is left out.
  ///
  /// - Parameters:
  ///   - box: The rectangle.
  ///   - shade: Its colour.
  ///   - kind: What it shows; none leaves the mask as it is.
  ///   - id: The number of the thing, 0 for what has none.
  mutating func fill(_ box: StreetBox, _ shade: Shade, _ kind: StreetClass?, id: Int = 0) {
    for row in pixelRange(box.y, box.height) {
      for column in pixelRange(box.x, box.width) {
        let place = 3 * (row * side + column)
        set(place, shade)
        guard let kind else { continue }
        mask[place] = kind.rawValue
        mask[place + 1] = UInt8(id & 255)
        mask[place + 2] = UInt8(id >> 8 & 255)
      }
    }
  }

  /// Changes every pixel's colour.
  ///
  /// - Parameter change: Given a colour, what it shows, and the column and row in units; answers
  ///   another colour.
  mutating func recolor(_ change: (Shade, StreetClass, Int, Int) -> Shade) {
    for row in 0..<side {
      for column in 0..<side {
        let place = 3 * (row * side + column)
        let shade = (Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
        let kind = StreetClass(rawValue: mask[place]) ?? .meadow
        set(place, change(shade, kind, column * Street.size / side, row * Street.size / side))
      }
    }
  }

  private mutating func set(_ place: Int, _ shade: Shade) {
    pixels[place] = UInt8(clamping: shade.red)
    pixels[place + 1] = UInt8(clamping: shade.green)
    pixels[place + 2] = UInt8(clamping: shade.blue)
  }

  /// The pixels of units, cut to the screen.
  private func pixelRange(_ start: Int, _ length: Int) -> Range<Int> {
    let first = max(0, start) * side / Street.size
    let end = min(Street.size, start + length) * side / Street.size
    return first..<max(first, end)
  }
}
