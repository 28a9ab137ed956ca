internal import CSndFileLibrary

/// A format that sounds are written in.
public enum SoundFormat: Sendable, Hashable {
  /// WAV of 16, 24 or 32 bits, rounded to the nearest.
  case wav16, wav24, wav32
  /// WAV of floating-point numbers, which keeps every sample as it is.
  case wavFloat
  /// FLAC of 16 or 24 bits, rounded to the nearest and then without loss.
  case flac16, flac24
  /// Ogg Vorbis with a quality in [0, 1].
  case vorbis(quality: Double)
  /// Opus in Ogg with a quality in [0, 1], of 8, 12, 16, 24 or 48 kHz.
  case opus(quality: Double)
  /// MP3 in mono or stereo with a quality in [0, 1], of one of MPEG's nine rates.
  case mp3(quality: Double)

  /// The format that a file name asks for: 16 bits, or quality 0.7 where one is needed.
  /// - Parameter name: A file name or path.
  /// - Throws: `SoundError.unknownExtension`.
  public init(fileName name: String) throws(SoundError) {
    switch name.split(separator: ".").last?.lowercased() {
    case "wav": self = .wav16
    case "flac": self = .flac16
    case "ogg", "oga": self = .vorbis(quality: 0.7)
    case "opus": self = .opus(quality: 0.7)
    case "mp3": self = .mp3(quality: 0.7)
    default: throw .unknownExtension(name)
    }
  }

  /// What it is called.
  var name: String {
    switch self {
    case .wav16, .wav24, .wav32, .wavFloat: "WAV"
    case .flac16, .flac24: "FLAC"
    case .vorbis: "Ogg Vorbis"
    case .opus: "Opus"
    case .mp3: "MP3"
    }
  }

  /// libsndfile's number.
  var code: Int {
    switch self {
    case .wav16: SF_FORMAT_WAV | SF_FORMAT_PCM_16
    case .wav24: SF_FORMAT_WAV | SF_FORMAT_PCM_24
    case .wav32: SF_FORMAT_WAV | SF_FORMAT_PCM_32
    case .wavFloat: SF_FORMAT_WAV | SF_FORMAT_FLOAT
    case .flac16: SF_FORMAT_FLAC | SF_FORMAT_PCM_16
    case .flac24: SF_FORMAT_FLAC | SF_FORMAT_PCM_24
    case .vorbis: SF_FORMAT_OGG | SF_FORMAT_VORBIS
    case .opus: SF_FORMAT_OGG | SF_FORMAT_OPUS
    case .mp3: SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III
    }
  }

  /// The bits of a sample where it is a whole number.
  var bits: Int? {
    switch self {
    case .wav16, .flac16: 16
    case .wav24, .flac24: 24
    case .wav32: 32
    case .wavFloat, .vorbis, .opus, .mp3: nil
    }
  }

  /// How much of the best is wanted, where something is lost.
  var quality: Double? {
    switch self {
    case .vorbis(let quality), .opus(let quality), .mp3(let quality): quality
    default: nil
    }
  }

  /// The sample rates that the format has, if not all.
  private var sampleRates: [Int]? {
    switch self {
    case .opus: [8_000, 12_000, 16_000, 24_000, 48_000]
    case .mp3: [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
    default: nil
    }
  }

  /// The channels that the format has.
  private var channelLimit: Int {
    switch self {
    case .mp3: 2
    case .flac16, .flac24, .opus: 8
    default: Sound.channelCounts.upperBound
    }
  }

  /// Refuses a sound that the format cannot hold.
  func check(_ sound: Sound) throws(SoundError) {
    if let quality, !(0...1).contains(quality) { throw .quality(quality) }
    guard sound.channels <= channelLimit else {
      throw .channels(source: name, expected: "1 to \(channelLimit)", found: sound.channels)
    }
    if let sampleRates, !sampleRates.contains(sound.sampleRate) {
      let rates = sampleRates.map(String.init).joined(separator: ", ")
      throw .sampleRate(source: name, expected: rates, found: sound.sampleRate)
    }
    let peak = sound.peak
    guard self == .wavFloat || peak <= 1 else { throw .tooLoud(format: name, peak: peak) }
  }
}
