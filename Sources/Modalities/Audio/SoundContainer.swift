internal import CSndFileLibrary

/// What a file of sound is packed in.
///
/// libsndfile would open two dozen more: what comes from strangers reaches its parsers of these
/// four only.
enum SoundContainer {
  case wav, flac, ogg, mp3

  /// Recognizes a file by its first bytes.
  init(_ bytes: [UInt8], source: String) throws(SoundError) {
    func starts(_ text: String) -> Bool { bytes.starts(with: Array(text.utf8)) }
    if starts("RIFF"), bytes.count < 12 || Array(bytes[8..<12]) == Array("WAVE".utf8) {
      self = .wav
    } else if starts("fLaC") {
      self = .flac
    } else if starts("OggS") {
      self = .ogg
    } else if starts("ID3") || Self.isLayerIII(bytes) {
      self = .mp3
    } else {
      throw .unknownFormat(source: source, found: bytes.isEmpty ? "no bytes" : "other bytes")
    }
  }

  /// Whether a frame of MPEG's third layer begins: ISO/IEC 11172-3, section 2.4.1.3.
  private static func isLayerIII(_ bytes: [UInt8]) -> Bool {
    bytes.count > 1 && bytes[0] == 0xFF && bytes[1] & 0xE6 == 0xE2
  }

  /// Opens a file that is whole, as far as its container can tell.
  static func open(_ bytes: [UInt8], source: String) throws(SoundError) -> SoundStream {
    let container = try SoundContainer(bytes, source: source)
    switch container {
    case .wav: _ = try RIFFChunks(bytes, source: source)
    case .ogg: try OggPages.check(bytes, source: source)
    case .flac, .mp3: break
    }
    let stream = try SoundStream(reading: bytes, source: source)
    guard container.encodings[stream.container]?.contains(stream.encoding) == true else {
      let format = String(stream.format, radix: 16)
      throw .unknownFormat(source: source, found: "libsndfile's format 0x\(format)")
    }
    try Sound.check(channels: stream.channels, sampleRate: stream.sampleRate, source: source)
    return stream
  }

  /// The encodings that are read by libsndfile's containers.
  private var encodings: [Int: [Int]] {
    switch self {
    case .wav:
      let encodings = [
        SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_PCM_32, SF_FORMAT_FLOAT,
        SF_FORMAT_DOUBLE, SF_FORMAT_ULAW, SF_FORMAT_ALAW,
      ]
      return [SF_FORMAT_WAV: encodings, SF_FORMAT_WAVEX: encodings]
    case .flac: return [SF_FORMAT_FLAC: [SF_FORMAT_PCM_S8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24]]
    case .ogg: return [SF_FORMAT_OGG: [SF_FORMAT_VORBIS, SF_FORMAT_OPUS]]
    case .mp3: return [SF_FORMAT_MPEG: [SF_FORMAT_MPEG_LAYER_III]]
    }
  }
}
