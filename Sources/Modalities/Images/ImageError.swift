/// What can go wrong between a picture and its file.
public enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The number of pixels does not fit the size.
  case shape(width: Int, height: Int, channels: Int, found: Int)
  /// The file is in none of the formats that are read.
  case unknownFormat(source: String)
  /// The picture has more pixels than allowed; it was not decoded.
  case tooLarge(source: String, reason: String)
  /// The file is broken, or the picture cannot be made or written in this format.
  case library(source: String, reason: String)
  /// A size to which nothing can be resized.
  case size(width: Int, height: Int)
  /// A file name that ends in no format that is written.
  case unknownExtension(String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .shape(let width, let height, let channels, let found):
      "a picture of \(width) x \(height) with \(channels) channels: expected "
        + "\(width) * \(height) * \(channels) numbers, found \(found)"
    case .unknownFormat(let source):
      "\(source): expected a PNG, JPEG, WebP, GIF, TIFF, HEIF or AVIF picture, found other bytes"
    case .tooLarge(let source, let reason):
      "\(source): the picture is too large: \(reason)"
    case .library(let source, let reason):
      "\(source): \(reason)"
    case .size(let width, let height):
      "expected a size of 1 x 1 up to \(Image.longestSide) a side, found \(width) x \(height)"
    case .unknownExtension(let name):
      "\(name): expected a name that ends in .png, .jpg, .jpeg or .webp"
    }
  }
}
