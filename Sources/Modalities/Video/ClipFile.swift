internal import CFFmpeg
internal import Files
public import Foundation

/// A clip with what its file says besides.
public struct ClipFile: Sendable, Equatable {
  /// The clip.
  public let clip: Clip

  /// The file's comment, where Inkwell keeps the request that made the clip.
  public let comment: String?

  /// Whether every frame of the file is shown as long as the others.
  ///
  /// If not, frames that are shown longer stand in the clip several times.
  public let hasConstantRate: Bool

  /// Reads an MP4 (or QuickTime), WebM (or Matroska), GIF or APNG file.
  ///
  /// H.264, HEVC, VP8, VP9, AV1, MPEG-4, GIF and APNG are read. Transparent parts show white, and
  /// the pictures are turned upright as the file says. Pixels that are not square stay as they are,
  /// and sound is passed over. A truncated file is an error. The rate is the file's; where frames
  /// are shown for different times, it is that of the shortest.
  /// - Parameters:
  ///   - url: The file.
  ///   - frameRate: Another rate to have the clip at.
  ///   - reading: Where it is decoded, and within which limits.
  /// - Throws: `ClipError`, or a `FileError` for what is no file or cannot be opened.
  public init(
    contentsOf url: URL, frameRate: FrameRate? = nil, reading: ClipReading = ClipReading()
  ) throws {
    let source = url.path(percentEncoded: false)
    let file = try Descriptor(source, O_RDONLY, action: "read")
    let size = try Int(file.status().st_size)
    guard size <= reading.bytes else {
      throw ClipError.tooLarge(
        source: source, reason: "a file of \(size) bytes, the limit is \(reading.bytes)")
    }
    var frames = try reading.read(file.number, source: source)
    defer { cffmpeg_free_frames(&frames) }
    let facts = try ContainerFacts(url, source: source, count: Int(frames.count))
    let times = try FrameTimes(frames)
    let found = facts.frameRate ?? times.constantRate
    let rate = try found ?? frameRate ?? times.finestRate()
    let whole = try Clip(frames, frameRate: rate)
    comment = frames.comment.map { String(cString: $0) } ?? facts.comment
    hasConstantRate = found != nil
    if hasConstantRate {
      clip =
        try frameRate.map { try whole.resampled(to: $0, reading: reading, source: source) }
        ?? whole
    } else {
      let limit = min(reading.frames, reading.bytes / whole.frameSize)
      guard let shown = times.shown(at: rate, limit: limit) else {
        throw ClipError.tooLarge(
          source: source, reason: "at \(rate) frames a second it has more than \(limit) frames")
      }
      clip = whole.frames(shown, at: rate)
    }
  }
}

extension Clip {
  /// Reads a file, as `ClipFile` does.
  /// - Parameters:
  ///   - url: The file.
  ///   - frameRate: Another rate to have the clip at.
  ///   - reading: Where it is decoded, and within which limits.
  /// - Throws: `ClipError`, or a `FileError` for what is no file or cannot be opened.
  public init(
    contentsOf url: URL, frameRate: FrameRate? = nil, reading: ClipReading = ClipReading()
  ) throws {
    self = try ClipFile(contentsOf: url, frameRate: frameRate, reading: reading).clip
  }

  fileprivate init(_ frames: CFFmpegFrames, frameRate: FrameRate) throws(ClipError) {
    let (count, width, height) = (Int(frames.count), Int(frames.width), Int(frames.height))
    let pixels = [UInt8](
      UnsafeBufferPointer(start: frames.pixels, count: count * height * width * 3))
    try self.init(
      count: count, width: width, height: height, frameRate: frameRate, pixels: pixels)
  }

  fileprivate func resampled(
    to rate: FrameRate, reading: ClipReading, source: String
  ) throws(ClipError) -> Clip {
    let limit = min(reading.frames, reading.bytes / frameSize)
    guard duration * rate.value <= Double(limit) else {
      throw .tooLarge(
        source: source, reason: "at \(rate) frames a second it has more than \(limit) frames")
    }
    return resampled(to: rate)
  }
}

extension FrameTimes {
  /// - Throws: `ClipError.frameRate` for a stated rate that no clip has.
  fileprivate init(_ frames: CFFmpegFrames) throws(ClipError) {
    times = Array(UnsafeBufferPointer(start: frames.times, count: Int(frames.count)))
    tick = Double(frames.tick_numerator) / Double(frames.tick_denominator)
    lastDuration = frames.last_duration
    guard frames.rate_numerator > 0 else { return }
    stated = try FrameRate(Int(frames.rate_numerator), over: Int(frames.rate_denominator))
  }
}

/// What FFmpeg does not tell of a GIF or PNG file, which is found to be whole besides.
private struct ContainerFacts {
  var comment: String?
  var frameRate: FrameRate?

  init(_ url: URL, source: String, count: Int) throws {
    let file = try Data(contentsOf: url, options: .mappedIfSafe)
    if file.starts(with: Array("GIF8".utf8)) {
      comment = try GIFBlock.read(file, source: source).blocks.lazy.compactMap(\.comment).first
    } else if file.starts(with: PNGChunk.signature) {
      do {
        let chunks = try PNGChunk.read(file)
        comment = try PNGText.read(from: file).first { $0.keyword == PNGText.clipKeyword }?.text
        frameRate = AnimatedPNG.frameRate(chunks, count: count)
      } catch {
        throw ClipError.library(source: source, reason: "\(error)")
      }
    }
  }
}

extension PNGText {
  /// The keyword of a clip's comment: PNG (third edition, W3C) section 11.3.3.1 has it.
  static let clipKeyword = "Comment"
}
