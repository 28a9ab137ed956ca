/// A format that clips are written in.
public enum ClipFormat: Sendable, Equatable {
  /// MP4 with H.264, its index before its frames, for even sizes.
  ///
  /// The quality is x264's constant rate factor, 0 to 51: 18 is hard to tell from the original.
  case mp4(quality: Int)
  /// WebM with VP9; the quality is its constant rate factor, 0 to 63.
  case webm(quality: Int)
  /// GIF with a palette of up to 256 colours, played again and again, for up to 50 frames in a
  /// second.
  ///
  /// Its clock ticks a hundred times in a second: times are rounded to that.
  case gif
  /// Animated PNG, lossless, played again and again.
  case apng

  /// The format that a file name asks for, of a quality that is hard to tell from the original.
  /// - Parameter name: A file name or path.
  /// - Throws: `ClipError.unknownExtension`.
  public init(fileName name: String) throws(ClipError) {
    switch name.split(separator: ".").last?.lowercased() {
    case "mp4", "m4v": self = .mp4(quality: 18)
    case "webm": self = .webm(quality: 24)
    case "gif": self = .gif
    case "apng", "png": self = .apng
    default: throw .unknownExtension(name)
    }
  }

  /// Refuses a clip that the format cannot hold as it is.
  func check(_ clip: Clip) throws(ClipError) {
    func require(_ holds: Bool, _ expected: String, _ found: String) throws(ClipError) {
      if !holds { throw .unwritable(format: name, expected: expected, found: found) }
    }
    let size = "\(clip.width) x \(clip.height)"
    let rate = clip.frameRate
    let longest = max(clip.width, clip.height)
    switch self {
    case .mp4(let quality):
      try require(clip.width % 2 == 0 && clip.height % 2 == 0, "even sizes", size)
      try require((0...51).contains(quality), "a quality of 0 to 51", "\(quality)")
    case .webm(let quality):
      try require((0...63).contains(quality), "a quality of 0 to 63", "\(quality)")
    case .gif:
      try require(longest <= 65_535, "sizes up to 65535", size)
      try require(rate.value <= 50, "up to 50 frames a second", "\(rate)")
      try require(rate.value >= 1 / 655.0, "a frame in up to 655 seconds", "\(rate)")
    case .apng:
      try require(
        max(rate.numerator, rate.denominator) <= 65_535, "rates of numbers up to 65535", "\(rate)")
    }
  }

  private var name: String {
    switch self {
    case .mp4: "MP4"
    case .webm: "WebM"
    case .gif: "GIF"
    case .apng: "APNG"
    }
  }
}
