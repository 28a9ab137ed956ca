internal import CFFmpeg
public import Foundation

/// How files of clips are read.
public struct ClipReading: Sendable, Equatable {
  /// Where a file is decoded.
  public enum Place: Sendable, Equatable {
    /// In a process of its own, which may open no file, and whose memory and time are limited.
    ///
    /// It is the program at this place, or `inkwell-clip-reader` beside the running program.
    case process(URL? = nil)
    /// In this process: for files that are trusted, such as our own.
    case here
  }

  /// Where a file is decoded.
  public var place = Place.process()
  /// The most pixels of a frame.
  public var pixels = 1 << 24
  /// The most frames.
  public var frames = 1 << 16
  /// The most bytes of all frames, three for a pixel.
  public var bytes = 1 << 31
  /// The most seconds of a processor that decoding may take in a process of its own.
  public var seconds = 120

  /// In a process of its own: up to 16 megapixels, 65,536 frames, 2 GB and two minutes.
  public init() {}

  /// In this process, within the same limits but for the time.
  public static var trusted: ClipReading {
    var reading = ClipReading()
    reading.place = .here
    return reading
  }

  /// The program that reads, if it is where it belongs.
  private static func program(_ url: URL?, source: String) throws(ClipError) -> String {
    let name = "inkwell-clip-reader"
    let own = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    let program = url ?? own?.appending(path: name)
    guard let path = program?.path(percentEncoded: false) else {
      throw .reader(source: source, reason: "there is no \(name) beside the program")
    }
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw .reader(
        source: source,
        reason: "expected the program \(path): build the product \(name), or trust the file")
    }
    return path
  }

  /// Decodes an open file.
  ///
  /// - Parameters:
  ///   - file: The system's number of the file.
  ///   - source: What to name in errors.
  /// - Returns: The frames, to be released by `cffmpeg_free_frames`.
  /// - Throws: `ClipError`.
  func read(_ file: Int32, source: String) throws(ClipError) -> CFFmpegFrames {
    var limits = CFFmpegLimits(
      pixels: Int64(pixels), frames: Int64(frames), bytes: Int64(bytes), seconds: Int64(seconds))
    var frames = CFFmpegFrames()
    var message: UnsafeMutablePointer<CChar>?
    let status: CInt
    switch place {
    case .here: status = cffmpeg_read(file, &limits, &frames, &message)
    case .process(let url):
      let program = try Self.program(url, source: source)
      status = cffmpeg_read_in_process(program, file, &limits, &frames, &message)
    }
    try FFmpeg.check(status, message, source: source)
    return frames
  }
}

/// The failures of calls into FFmpeg's libraries as Swift errors.
enum FFmpeg {
  /// Throws what a status and its message say, and releases the message.
  static func check(
    _ status: CInt, _ message: UnsafeMutablePointer<CChar>?, source: String
  ) throws(ClipError) {
    let text = message.map { String(cString: $0) } ?? "no reason was given"
    cffmpeg_free(message)
    switch UInt32(bitPattern: status) {
    case CFFMPEG_OK.rawValue: return
    case CFFMPEG_UNKNOWN_FORMAT.rawValue: throw .unknownFormat(source: source, found: text)
    case CFFMPEG_TOO_LARGE.rawValue: throw .tooLarge(source: source, reason: text)
    case CFFMPEG_NO_VIDEO.rawValue: throw .noVideo(source: source, found: text)
    case CFFMPEG_ENCRYPTED.rawValue: throw .encrypted(source: source)
    case CFFMPEG_BAD_TIMES.rawValue: throw .times(source: source, reason: text)
    case CFFMPEG_NO_READER.rawValue: throw .reader(source: source, reason: text)
    default: throw .library(source: source, reason: text)
    }
  }
}
