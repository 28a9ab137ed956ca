public import Foundation

extension Sound {
  /// The bytes that a sound file may have: 2 GiB.
  static let largestFile = 2 << 30

  /// Reads a sound file.
  ///
  /// WAV, FLAC, Ogg Vorbis, Opus and MP3 are read. A file that is cut off is an error, not a
  /// shorter sound. Whole numbers become samples in [-1, 1).
  /// - Parameters:
  ///   - url: The file.
  ///   - sampleLimit: Samples in all channels that it may have. More are refused before anything is
  ///     decoded.
  /// - Throws: `SoundError`, or what reading the file threw.
  public init(contentsOf url: URL, sampleLimit: Int = Sound.sampleLimit) throws {
    try self.init(
      decoding: try soundFile(url), source: url.path(percentEncoded: false),
      sampleLimit: sampleLimit)
  }

  /// Decodes a sound file's bytes, as `init(contentsOf:sampleLimit:)` does.
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - source: What to name in errors.
  ///   - sampleLimit: Samples in all channels that it may have.
  /// - Throws: `SoundError`.
  public init(
    decoding bytes: Data, source: String = "sound", sampleLimit: Int = Sound.sampleLimit
  ) throws(SoundError) {
    let stream = try SoundContainer.open([UInt8](bytes), source: source)
    let channels = stream.channels
    let frames = stream.frames
    // libsndfile's word for a length that it cannot find is the largest there is.
    guard frames < Int.max else {
      throw .truncated(source: source, reason: "it does not say where its sound ends")
    }
    guard frames <= sampleLimit / channels else {
      let found = frames.multipliedReportingOverflow(by: channels)
      throw .tooLarge(
        source: source, limit: sampleLimit, found: found.overflow ? .max : found.partialValue)
    }
    let samples = try Sound.read(stream, frames, source: source)
    try self.init(
      channels: channels, sampleRate: stream.sampleRate,
      samples: planar(samples, channels: channels), source: source)
  }

  /// All samples, interleaved; memory is taken as they are found, whatever the file says.
  private static func read(
    _ stream: SoundStream, _ frames: Int, source: String
  ) throws(SoundError) -> [Float] {
    let channels = stream.channels
    var samples: [Float] = []
    while samples.count < frames * channels {
      let left = frames - samples.count / channels
      let part = try stream.read(frames: min(left, 1 << 16))
      guard !part.isEmpty else {
        throw .truncated(
          source: source,
          reason: "it says that there are \(frames) frames, found \(samples.count / channels)")
      }
      samples += part
    }
    return samples
  }
}

/// The bytes of a file, if they are not too many.
func soundFile(_ url: URL) throws -> Data {
  let path = url.path(percentEncoded: false)
  let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
  guard size <= Sound.largestFile else {
    throw SoundError.library(
      source: path, reason: "expected at most \(Sound.largestFile) bytes, found \(size)")
  }
  return try Data(contentsOf: url)
}

/// Frames, `[frames, channels]`, as channels, `[channels, frames]`.
private func planar(_ samples: [Float], channels: Int) -> [Float] {
  guard channels > 1 else { return samples }
  let frames = samples.count / channels
  return [Float](unsafeUninitializedCapacity: samples.count) { memory, count in
    for channel in 0..<channels {
      for frame in 0..<frames {
        memory[channel * frames + frame] = samples[frame * channels + channel]
      }
    }
    count = samples.count
  }
}
