internal import CVips
public import Foundation

extension Image {
  /// Pixels that a picture may have unless the caller says otherwise: 64 million.
  public static let pixelLimit = 64 << 20

  /// The longest side that is resized to or rendered, in pixels.
  public static let longestSide = 65_500

  /// Reads a picture file.
  ///
  /// PNG, JPEG, WebP, GIF (its first frame), TIFF, HEIF and AVIF are read. Colours are converted
  /// from the embedded profile to sRGB, 16 bits to 8, and the picture is turned upright as its
  /// EXIF orientation says. A truncated file is an error, not a half-grey picture.
  /// - Parameters:
  ///   - url: The file.
  ///   - pixelLimit: Pixels that it may have. More are refused before anything is decoded.
  /// - Throws: `ImageError`.
  public init(
    contentsOf url: URL, pixelLimit: Int = Image.pixelLimit
  ) throws(ImageError) {
    let source = url.path(percentEncoded: false)
    let bytes: Data
    do {
      bytes = try Data(contentsOf: url)
    } catch {
      throw .library(source: source, reason: error.localizedDescription)
    }
    try self.init(decoding: bytes, source: source, pixelLimit: pixelLimit)
  }

  /// Decodes a picture file's bytes, as `init(contentsOf:pixelLimit:)` does.
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - source: What to name in errors.
  ///   - pixelLimit: Pixels that it may have. More are refused before anything is decoded.
  /// - Throws: `ImageError`.
  public init(
    decoding bytes: Data, source: String = "picture", pixelLimit: Int = Image.pixelLimit
  ) throws(ImageError) {
    let found = try Vips.pixels(source: source) { result, message in
      bytes.withUnsafeBytes { buffer in
        cvips_load(buffer.baseAddress, buffer.count, Int64(pixelLimit), result, message)
      }
    }
    try self.init(found, source: source)
  }

  /// Renders an SVG drawing.
  ///
  /// For drawings from known packages only, since the SVG loader is not made for hostile input.
  /// - Parameters:
  ///   - svg: The whole file.
  ///   - width: The width of the picture in pixels; the height follows the proportions.
  ///   - source: What to name in errors.
  /// - Throws: `ImageError`.
  package init(trustedSVG svg: Data, width: Int, source: String) throws(ImageError) {
    let found = try Vips.pixels(source: source) { result, message in
      svg.withUnsafeBytes { buffer in
        cvips_load_svg(
          buffer.baseAddress, buffer.count, Int32(width), Int64(Image.pixelLimit), result, message)
      }
    }
    try self.init(found, source: source)
  }

  private init(
    _ found: (pixels: [UInt8], width: Int, height: Int, bands: Int), source: String
  ) throws(ImageError) {
    guard let channels = Channels(rawValue: found.bands) else {
      throw .library(source: source, reason: "expected 3 or 4 bands, found \(found.bands)")
    }
    try self.init(
      width: found.width, height: found.height, channels: channels, pixels: found.pixels)
  }
}
