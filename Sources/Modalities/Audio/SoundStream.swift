internal import CSndFileLibrary
internal import Synchronization

/// A sound file that libsndfile has open in memory.
final class SoundStream {
  private let buffer: SoundBuffer
  private var handle: OpaquePointer?
  private let source: String
  private let info: SF_INFO

  /// libsndfile keeps the reason why a file was not opened in one place for all threads.
  private static let opening = Mutex(())

  /// Opens a file to read it.
  convenience init(reading bytes: [UInt8], source: String) throws(SoundError) {
    try self.init(SoundBuffer(bytes), SF_INFO(), mode: CInt(SFM_READ), source: source)
  }

  /// Opens a file to write it.
  /// - Parameters:
  ///   - format: The container and the encoding, libsndfile's numbers.
  ///   - channels: The channels of a frame.
  ///   - sampleRate: Frames a second.
  ///   - source: What to name in errors.
  /// - Throws: `SoundError.library` where libsndfile refuses.
  convenience init(
    writing format: Int, channels: Int, sampleRate: Int, source: String
  ) throws(SoundError) {
    var info = SF_INFO()
    info.format = CInt(format)
    info.channels = CInt(channels)
    info.samplerate = CInt(sampleRate)
    try self.init(SoundBuffer(), info, mode: CInt(SFM_WRITE), source: source)
  }

  private init(
    _ buffer: SoundBuffer, _ given: SF_INFO, mode: CInt, source: String
  ) throws(SoundError) {
    var info = given
    var access = SoundBuffer.access
    let (handle, reason) = Self.opening.withLock { _ in
      let handle = sf_open_virtual(&access, mode, &info, buffer.pointer)
      return (Pointer(handle), handle == nil ? String(cString: sf_strerror(nil)) : "")
    }
    guard let handle = handle.pointer else { throw .library(source: source, reason: reason) }
    self.buffer = buffer
    self.handle = handle
    self.source = source
    self.info = info
  }

  deinit {
    if let handle { sf_close(handle) }
  }

  /// The channels of a frame, as the file says.
  var channels: Int { Int(info.channels) }

  /// The number of frames, as the file says.
  var frames: Int { Int(info.frames) }

  /// Frames a second, as the file says.
  var sampleRate: Int { Int(info.samplerate) }

  /// The container and the encoding, libsndfile's number.
  var format: Int { Int(info.format) }

  /// The container, one of libsndfile's numbers.
  var container: Int { format & SF_FORMAT_TYPEMASK }

  /// The encoding of samples, one of libsndfile's numbers.
  var encoding: Int { format & SF_FORMAT_SUBMASK }

  /// Reads up to so many frames, interleaved.
  func read(frames: Int) throws(SoundError) -> [Float] {
    let samples = [Float](unsafeUninitializedCapacity: frames * channels) { memory, count in
      let found = sf_readf_float(handle, memory.baseAddress, sf_count_t(frames))
      count = Int(min(max(found, 0), sf_count_t(frames))) * channels
    }
    try check()
    return samples
  }

  /// Writes frames of interleaved samples as they are.
  func write(_ samples: [Float]) throws(SoundError) {
    let frames = samples.count / channels
    try check(sf_writef_float(handle, samples, sf_count_t(frames)), of: frames)
  }

  /// Writes frames of interleaved samples whose highest bits count.
  func write(_ samples: [Int32]) throws(SoundError) {
    let frames = samples.count / channels
    try check(sf_writef_int(handle, samples, sf_count_t(frames)), of: frames)
  }

  /// The text of a kind, one of libsndfile's numbers.
  func text(_ kind: Int) -> String? {
    sf_get_string(handle, CInt(kind)).map { String(cString: $0) }
  }

  /// Sets the text of a kind before anything is written.
  func setText(_ kind: Int, _ text: String) throws(SoundError) {
    let failure = sf_set_string(handle, CInt(kind), text)
    guard failure == 0 else {
      throw .library(source: source, reason: String(cString: sf_error_number(failure)))
    }
  }

  /// Sets how much of a lossy encoding's quality is wanted, in [0, 1].
  func setQuality(_ quality: Double) {
    var quality = quality
    sf_command(
      handle, CInt(SFC_SET_VBR_ENCODING_QUALITY), &quality, CInt(MemoryLayout<Double>.size))
  }

  /// Leaves out the chunk of peaks, which has the time of day in it.
  func leaveOutPeaks() {
    sf_command(handle, CInt(SFC_SET_ADD_PEAK_CHUNK), nil, CInt(SF_FALSE))
  }

  /// Closes a file that was written.
  /// - Returns: All its bytes.
  func finish() throws(SoundError) -> [UInt8] {
    let failure = sf_close(handle)
    handle = nil
    guard failure == 0 else {
      throw .library(source: source, reason: String(cString: sf_error_number(failure)))
    }
    return buffer.bytes
  }

  private func check(_ written: sf_count_t, of frames: Int) throws(SoundError) {
    try check()
    guard written == sf_count_t(frames) else {
      throw .library(source: source, reason: "expected to write \(frames) frames, wrote \(written)")
    }
  }

  private func check() throws(SoundError) {
    guard sf_error(handle) != 0 else { return }
    throw .library(source: source, reason: String(cString: sf_strerror(handle)))
  }
}

/// A handle on its way out of a lock.
private struct Pointer: @unchecked Sendable {
  let pointer: OpaquePointer?
  init(_ pointer: OpaquePointer?) { self.pointer = pointer }
}
