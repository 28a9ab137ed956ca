/// What can go wrong between a sound and its file.
public enum SoundError: Error, Equatable, CustomStringConvertible {
  /// The number of samples does not make whole frames.
  case shape(source: String, channels: Int, found: Int)
  /// More or fewer channels than a sound, an operation or a format has.
  case channels(source: String, expected: String, found: Int)
  /// A sample rate that a sound or a format does not have.
  case sampleRate(source: String, expected: String, found: Int)
  /// A sample is not a number, or is infinite.
  case notFinite(source: String, channel: Int, frame: Int)
  /// The file is in none of the formats that are read.
  case unknownFormat(source: String, found: String)
  /// The sound is longer than allowed; it was not decoded.
  case tooLarge(source: String, limit: Int, found: Int)
  /// The file ends before its sound does.
  case truncated(source: String, reason: String)
  /// The file is broken, or the library refused.
  case library(source: String, reason: String)
  /// A sample is beyond what the format can hold.
  case tooLoud(format: String, peak: Float)
  /// A quality outside the range of all formats.
  case quality(Double)
  /// Notes that the file cannot carry.
  case notes(reason: String)
  /// A file name that ends in no format that is written.
  case unknownExtension(String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .shape(let source, let channels, let found):
      "\(source): expected one or more frames of \(channels) samples, found \(found) samples"
    case .channels(let source, let expected, let found):
      "\(source): expected \(expected), found \(found) channels"
    case .sampleRate(let source, let expected, let found):
      "\(source): expected a rate of \(expected) samples a second, found \(found)"
    case .notFinite(let source, let channel, let frame):
      "\(source): expected finite samples, found another at frame \(frame) of channel \(channel)"
    case .unknownFormat(let source, let found):
      "\(source): expected WAV, FLAC, Ogg Vorbis, Opus or MP3, found \(found)"
    case .tooLarge(let source, let limit, let found):
      "\(source): the sound is too long: expected at most \(limit) samples, found \(found)"
    case .truncated(let source, let reason):
      "\(source): the file ends too early: \(reason)"
    case .library(let source, let reason):
      "\(source): \(reason)"
    case .tooLoud(let format, let peak):
      "\(format) holds samples in [-1, 1], found \(peak): clamp or scale the sound, or save it as "
        + "floating-point WAV"
    case .quality(let found):
      "expected a quality in [0, 1], found \(found)"
    case .notes(let reason):
      "what the sound is to say of itself: \(reason)"
    case .unknownExtension(let name):
      "\(name): expected a name that ends in .wav, .flac, .ogg, .oga, .opus or .mp3"
    }
  }
}
