internal import CVips

extension Image {
  /// Draws a text in black on white.
  /// - Parameters:
  ///   - text: The text. Lines break at spaces where they would be too wide.
  ///   - pointSize: The height of the letters, in pixels.
  ///   - width: The width at which lines break, in pixels. A longer word makes it wider.
  /// - Returns: An RGB picture as large as the ink.
  /// - Throws: `ImageError`, for example if nothing of the text can be seen.
  public static func rendering(
    _ text: String, pointSize: Int = 10, width: Int
  ) throws(ImageError) -> Image {
    let markup = text.replacing("\0", with: "").replacing("&", with: "&amp;")
      .replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    let found = try Vips.pixels(source: "text \(text.debugDescription)") { result, message in
      cvips_text(markup, "sans \(pointSize)", Int32(width), result, message)
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(found.pixels.count * 3)
    for coverage in found.pixels {
      pixels.append(255 - coverage)
      pixels.append(255 - coverage)
      pixels.append(255 - coverage)
    }
    return try Image(width: found.width, height: found.height, channels: .rgb, pixels: pixels)
  }
}
