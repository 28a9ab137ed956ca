internal import Files
public import Foundation

extension Sound {
  /// The bytes of a sound file, without any notes but what is given.
  ///
  /// The same sound gives the same bytes, but for Ogg, whose streams are numbered at random.
  /// - Parameters:
  ///   - format: The file's format.
  ///   - notes: What the file says of itself.
  /// - Returns: The whole file.
  /// - Throws: `SoundError`, for example for samples beyond [-1, 1] in any format but `.wavFloat`,
  ///   or for a sample rate that the format does not have.
  public func encoded(
    as format: SoundFormat, notes: SoundNotes = SoundNotes()
  ) throws(SoundError) -> Data {
    try format.check(self)
    try notes.check()
    let stream = try SoundStream(
      writing: format.code, channels: channels, sampleRate: sampleRate, source: format.name)
    stream.leaveOutPeaks()
    if let quality = format.quality { stream.setQuality(quality) }
    try notes.write(to: stream, as: format)
    for start in stride(from: 0, to: frames, by: 1 << 16) {
      let part = interleaved(start..<min(start + 1 << 16, frames))
      if let bits = format.bits {
        try stream.write(part.map { whole($0, bits: bits) })
      } else {
        try stream.write(part)
      }
    }
    return Data(notes.added(to: try stream.finish(), as: format))
  }

  /// Writes the sound to a file that is whole or not there.
  /// - Parameters:
  ///   - url: The file. What was there is replaced.
  ///   - format: The format; without one, the file name's extension decides.
  ///   - notes: What the file says of itself.
  /// - Throws: `SoundError` or a `FileError`.
  public func save(
    to url: URL, as format: SoundFormat? = nil, notes: SoundNotes = SoundNotes()
  ) throws {
    let format = try format ?? SoundFormat(fileName: url.lastPathComponent)
    try AtomicFile.write(try encoded(as: format, notes: notes), to: url)
  }

  /// Some frames, `[frames, channels]`.
  private func interleaved(_ range: Range<Int>) -> [Float] {
    guard channels > 1 else { return Array(samples[range]) }
    return [Float](unsafeUninitializedCapacity: range.count * channels) { memory, count in
      for frame in range {
        for channel in 0..<channels {
          memory[(frame - range.lowerBound) * channels + channel] =
            samples[channel * frames + frame]
        }
      }
      count = range.count * channels
    }
  }
}

/// A sample as the nearest of `2^bits` whole numbers, in the highest bits; 1 itself is the last.
private func whole(_ sample: Float, bits: Int) -> Int32 {
  let scale = Double(1 << (bits - 1))
  let nearest = min((Double(sample) * scale).rounded(), scale - 1)
  return Int32(nearest) << Int32(32 - bits)
}
