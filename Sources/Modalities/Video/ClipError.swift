/// What can go wrong between a clip and its file.
public enum ClipError: Error, Equatable, CustomStringConvertible {
  /// The number of pixels does not fit the size.
  case shape(count: Int, width: Int, height: Int, found: Int)
  /// A tensor that is no clip.
  case tensorShape([Int])
  /// A rate that no clip has; 0 over 0 where it is no fraction of whole numbers.
  case frameRate(numerator: Int, denominator: Int)
  /// Frames that are not in the clip.
  case part(start: Int, count: Int, found: Int)
  /// A picture of another size than the first.
  case uneven(source: String, expected: [Int], found: [Int])
  /// A folder without pictures.
  case noFrames(source: String)
  /// The file is in none of the formats that are read.
  case unknownFormat(source: String, found: String)
  /// A file name that ends in no format that is written.
  case unknownExtension(String)
  /// The file has larger or more frames than allowed.
  case tooLarge(source: String, reason: String)
  /// There is nothing to see in the file, or nothing that can be read.
  case noVideo(source: String, found: String)
  /// The pictures are encrypted.
  case encrypted(source: String)
  /// The times of the frames cannot be.
  case times(source: String, reason: String)
  /// The file is broken, or the clip cannot be written.
  case library(source: String, reason: String)
  /// The process that reads files could not be started or gave no answer.
  case reader(source: String, reason: String)
  /// The format cannot hold such a clip.
  case unwritable(format: String, expected: String, found: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .shape(let count, let width, let height, let found):
      "a clip of \(count) frames of \(width) x \(height): expected "
        + "\(count) * \(height) * \(width) * 3 numbers, found \(found)"
    case .tensorShape(let found):
      "expected a clip of shape [frames, 3, height, width], found \(found)"
    case .frameRate(let numerator, let denominator):
      "expected a frame rate from 1/1000 to 1000, found \(numerator)/\(denominator)"
    case .part(let start, let count, let found):
      "expected frames of a clip of \(found), found \(count) from frame \(start) on"
    case .uneven(let source, let expected, let found):
      "\(source): expected \(expected[0]) x \(expected[1]) as the first frame has, "
        + "found \(found[0]) x \(found[1])"
    case .noFrames(let source): "\(source): expected pictures, found none"
    case .unknownFormat(let source, let found):
      "\(source): expected an MP4, WebM, GIF or APNG clip, found \(found)"
    case .unknownExtension(let name):
      "\(name): expected a name that ends in .mp4, .webm, .gif, .apng or .png"
    case .tooLarge(let source, let reason): "\(source): the clip is too large: \(reason)"
    case .noVideo(let source, let found):
      "\(source): expected pictures in a codec that is read, found \(found)"
    case .encrypted(let source): "\(source): expected a clip, found one that is encrypted"
    case .times(let source, let reason):
      "\(source): expected a time for each frame, later than that before: \(reason)"
    case .library(let source, let reason): "\(source): \(reason)"
    case .reader(let source, let reason): "\(source): it was not read: \(reason)"
    case .unwritable(let format, let expected, let found):
      "\(format) holds \(expected), found \(found)"
    }
  }
}
