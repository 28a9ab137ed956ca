internal import CVips
internal import Files
public import Foundation

/// A format that pictures are written in.
public enum ImageFormat: Sendable, Equatable {
  /// PNG, lossless.
  case png
  /// JPEG with a quality in `1...100`. Alpha is laid on white.
  case jpeg(quality: Int)
  /// WebP with a quality in `1...100`.
  case webp(quality: Int)
  /// WebP without loss.
  case losslessWebP

  /// The format that a file name asks for: quality 92 where one is needed.
  /// - Parameter name: A file name or path.
  /// - Throws: `ImageError.unknownExtension`.
  public init(fileName name: String) throws(ImageError) {
    switch name.split(separator: ".").last?.lowercased() {
    case "png": self = .png
    case "jpg", "jpeg": self = .jpeg(quality: 92)
    case "webp": self = .webp(quality: 92)
    default: throw .unknownExtension(name)
    }
  }
}

extension Image {
  /// The bytes of a picture file, without any metadata but what is given.
  /// - Parameters:
  ///   - format: The file's format.
  ///   - xmp: What a JPEG or WebP file says of itself; for PNG it is a text, see ``XMP/text``.
  /// - Returns: The whole file.
  /// - Throws: `ImageError`, for example for a JPEG wider than 65,535 pixels.
  public func encoded(as format: ImageFormat, xmp: XMP? = nil) throws(ImageError) -> Data {
    let (code, quality, lossless): (CVipsFormat, Int, Bool) =
      switch format {
      case .png: (CVIPS_PNG, 6, true)
      case .jpeg(let quality): (CVIPS_JPEG, quality, false)
      case .webp(let quality): (CVIPS_WEBP, quality, false)
      case .losslessWebP: (CVIPS_WEBP, 75, true)
      }
    let opaque = code == CVIPS_JPEG ? flattened() : self
    var bytes: UnsafeMutablePointer<UInt8>?
    var length = 0
    var message: UnsafeMutablePointer<CChar>?
    let packet = code == CVIPS_PNG ? nil : xmp?.packet
    let status = Vips.lend(opaque) {
      cvips_encode(
        $0, CInt(code.rawValue), Int32(quality), lossless ? 1 : 0, packet, &bytes, &length,
        &message)
    }
    try Vips.check(status, message, source: "encoding")
    defer { cvips_free(bytes) }
    return Data(UnsafeBufferPointer(start: bytes, count: length))
  }

  /// Writes the picture to a file that is whole or not there.
  /// - Parameters:
  ///   - url: The file. What was there is replaced.
  ///   - format: The format; without one, the file name's extension decides.
  ///   - text: Texts to keep inside a PNG. For the other formats it must be empty.
  ///   - xmp: What the file says of itself to other programs.
  /// - Throws: `ImageError`, `PNGError` for a text that PNG cannot hold, or a `FileError`.
  public func save(
    to url: URL, as format: ImageFormat? = nil, text: [PNGText] = [], xmp: XMP? = nil
  ) throws {
    let format = try format ?? ImageFormat(fileName: url.lastPathComponent)
    var bytes = try encoded(as: format, xmp: xmp)
    let text = format == .png ? text + (try xmp.map { [try $0.text] } ?? []) : text
    if !text.isEmpty {
      guard format == .png else {
        throw ImageError.library(
          source: url.lastPathComponent, reason: "texts are kept inside PNG files only")
      }
      bytes = try PNGText.embed(text, in: bytes)
    }
    try AtomicFile.write(bytes, to: url)
  }
}
