internal import CVips

extension Image {
  /// The picture at another size, by Lanczos' kernel with 3 lobes.
  ///
  /// Alpha is multiplied in before and divided out after, so that the colour of what is fully
  /// transparent does not bleed.
  /// - Parameters:
  ///   - width: The new width in pixels, `1...longestSide`.
  ///   - height: The new height in pixels, `1...longestSide`.
  /// - Returns: A picture of exactly that size with the same channels.
  /// - Throws: `ImageError`.
  public func resized(width: Int, height: Int) throws(ImageError) -> Image {
    let allowed = 1...Image.longestSide
    guard allowed.contains(width), allowed.contains(height), width * height <= Image.pixelLimit
    else { throw .size(width: width, height: height) }
    if width == self.width && height == self.height { return self }
    let found = try Vips.pixels(source: "resizing") { result, message in
      Vips.lend(self) { cvips_resize($0, Int32(width), Int32(height), result, message) }
    }
    guard found.width == width, found.height == height, found.bands == channels.rawValue else {
      throw .library(
        source: "resizing",
        reason: "expected \(width) x \(height), found \(found.width) x \(found.height)")
    }
    return Image(checked: found.pixels, width: width, height: height, channels: channels)
  }
}
