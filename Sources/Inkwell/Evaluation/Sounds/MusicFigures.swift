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
  /// How much the real sounds' power is above that of the autoencoder's error, in dB; the mean.
  public let rebuiltRatio: Double
}
