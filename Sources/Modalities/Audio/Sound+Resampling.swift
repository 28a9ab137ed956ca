internal import CSoXRLibrary

extension Sound {
  /// The sound at another sample rate, by libsoxr at its very high quality.
  ///
  /// Frequencies that the new rate cannot hold are left out.
  /// - Parameter rate: Frames a second, in ``sampleRates``.
  /// - Returns: The sound of the same length to within half a frame, at least one frame.
  /// - Throws: `SoundError`, for example if the result has more samples than ``sampleLimit``.
  public func resampled(to rate: Int) throws(SoundError) -> Sound {
    guard rate != sampleRate else { return self }
    let source = "resampling to \(rate) Hz"
    try Sound.check(channels: channels, sampleRate: rate, source: source)
    let length = max(1, Int((Double(frames) * Double(rate) / Double(sampleRate)).rounded()))
    guard length <= Sound.sampleLimit / channels else {
      throw .tooLarge(source: source, limit: Sound.sampleLimit, found: length * channels)
    }
    var result: [Float] = []
    for channel in 0..<channels {
      result += try Self.resampled(
        Array(self[channel]), from: sampleRate, to: rate, length: length, source: source)
    }
    return try Sound(channels: channels, sampleRate: rate, samples: result, source: source)
  }

  /// One channel at another rate.
  private static func resampled(
    _ samples: [Float], from old: Int, to new: Int, length: Int, source: String
  ) throws(SoundError) -> [Float] {
    var io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
    var quality = soxr_quality_spec(UInt(SOXR_VHQ), 0)
    var failure: soxr_error_t?
    var found = 0
    let result = [Float](unsafeUninitializedCapacity: length) { memory, count in
      failure = soxr_oneshot(
        Double(old), Double(new), 1, samples, samples.count, nil, memory.baseAddress, length,
        &found, &io, &quality, nil)
      count = found
    }
    if let failure { throw .library(source: source, reason: String(cString: failure)) }
    guard found == length else {
      throw .library(source: source, reason: "expected \(length) frames, found \(found)")
    }
    return result
  }
}
