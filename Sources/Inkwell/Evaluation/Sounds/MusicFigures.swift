public import Evaluation

/// How good a model's music is.
public struct MusicFigures: Codable, Sendable, Hashable {
  /// What is heard in a set of sounds, beside what their captions say.
  public struct Heard: Codable, Sendable, Hashable {
    /// The share in which the caption's instrument is heard.
    public let instrument: Estimate
    /// The share in which the caption's key is heard, tonic and mode.
    public let key: Estimate
    /// The share in which the caption's tempo is heard, to 4 %, within an octave.
    public let tempo: Estimate
    /// The squared Fréchet distance of the timbres from those of the training sounds.
    public let frechet: Estimate
  }

  /// How much of melodies is heard in a set of sounds.
  public struct Followed: Codable, Sendable, Hashable {
    /// The share of a clip's notes that is heard when it is to be, the mean over the clips.
    public let notes: Estimate
    /// The share in which the caption's instrument is heard.
    public let instrument: Estimate
  }

  /// How well a model plays melodies that it hears by other performers.
  public struct Melodies: Codable, Sendable, Hashable {
    /// Of how many clips.
    public let sounds: Int
    /// The model's sounds of the captions and the melodies.
    public let generated: Followed
    /// The real sounds of the captions.
    public let real: Followed
    /// The real sounds through the model's autoencoder.
    public let rebuilt: Followed
    /// The melodies as they were given.
    public let given: Followed
    /// The model's sounds of the captions alone.
    public let words: Followed
    /// The model's sounds beside the notes and captions of other clips: what is right by chance.
    public let chance: Followed
  }

  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// How its sounds were sampled.
  public let settings: SamplingSettings
  /// The seed of the first sound, and of all other draws.
  public let seed: UInt64
  /// What names the sounds that the judges learnt from, by SHA-256.
  public let data: String
  /// The number of sounds that the judges learnt from.
  public let trainingSounds: Int
  /// The number of captions, and of sounds of each kind.
  public let sounds: Int
  /// The model's sounds.
  public let generated: Heard
  /// The real sounds of the captions: the best that can be hoped for.
  public let real: Heard
  /// The real sounds through the model's autoencoder.
  public let rebuilt: Heard
  /// The model's sounds beside the captions of others: what is right by chance.
  public let chance: Heard
  /// How well it plays melodies; nothing where it follows none, or the data has none.
  public let melodies: Melodies?
  /// How much the real sounds' power is above that of the autoencoder's error, in dB; the mean.
  public let rebuiltRatio: Double
}
