internal import CVips

/// The calls into libvips, with its failures as Swift errors.
enum Vips {
  /// Runs a call that makes pixels, and takes them over.
  /// - Parameters:
  ///   - source: What to name in errors.
  ///   - body: The call: fills pixels and a message, gives a status.
  /// - Returns: The pixels with their size and number of bands.
  /// - Throws: What the status and the message say.
  static func pixels(
    source: String,
    _ body: (UnsafeMutablePointer<CVipsPixels>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>)
      -> CInt
  ) throws(ImageError) -> (pixels: [UInt8], width: Int, height: Int, bands: Int) {
    var result = CVipsPixels()
    var message: UnsafeMutablePointer<CChar>?
    try check(body(&result, &message), message, source: source)
    defer { cvips_free(result.data) }
    let count = Int(result.width) * Int(result.height) * Int(result.bands)
    let pixels = [UInt8](UnsafeBufferPointer(start: result.data, count: count))
    return (pixels, Int(result.width), Int(result.height), Int(result.bands))
  }

  /// Throws what a status and its message say, and releases the message.
  static func check(
    _ status: CInt, _ message: UnsafeMutablePointer<CChar>?, source: String
  ) throws(ImageError) {
    let text = message.map { String(cString: $0) } ?? "no reason was given"
    cvips_free(message)
    switch UInt32(bitPattern: status) {
    case CVIPS_OK.rawValue: return
    case CVIPS_TOO_LARGE.rawValue: throw .tooLarge(source: source, reason: text)
    case CVIPS_UNKNOWN_FORMAT.rawValue: throw .unknownFormat(source: source)
    default: throw .library(source: source, reason: text)
    }
  }

  /// Lends an image's pixels to a call.
  static func lend<Result>(
    _ image: Image, _ body: (UnsafePointer<CVipsPixels>) -> Result
  ) -> Result {
    var pixels = image.pixels
    return pixels.withUnsafeMutableBufferPointer { buffer in
      var lent = CVipsPixels(
        data: buffer.baseAddress, width: Int32(image.width), height: Int32(image.height),
        bands: Int32(image.channels.rawValue))
      return body(&lent)
    }
  }
}
