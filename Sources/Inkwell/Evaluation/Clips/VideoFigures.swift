public import Evaluation

/// How good a model's clips are.
public struct VideoFigures: Codable, Sendable, Hashable {
  /// What is seen in a set of clips, beside what their captions say; nothing where none says it.
  public struct Seen: Codable, Sendable, Hashable {
    /// The share in which the caption's action is seen.
    public let action: Estimate?
    /// The share in which the caption's race is seen.
    public let race: Estimate?
    /// The share in which the unit faces to where the caption says.
    public let facing: Estimate?
    /// The share in which the caption's colour of the side is seen, of those that have one.
    public let team: Estimate?
    /// The squared Fréchet distance of frames from those of the training clips.
    public let frames: Estimate
    /// The same of the differences between neighbouring frames.
    public let differences: Estimate
    /// The mean absolute difference of neighbouring frames, of 255: how much moves.
    public let motion: Double
  }

  /// How well judges of actions see held-out real clips, by what they learnt from: what a model's
  /// clips are worth as data.
  public struct Usefulness: Codable, Sendable, Hashable {
    /// The number of clips that the model makes of training captions.
    public let generatedClips: Int
    /// The share of the held-out clips whose action is seen by the judge of real training clips.
    public let real: Estimate
    /// The same by the judge of the model's clips alone.
    public let generated: Estimate
    /// The same by the judge of both.
    public let both: Estimate
    /// The rarest action of the training clips that at least eight held-out clips show, if any.
    public let rare: RareEvent?
  }

  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// How its clips were sampled.
  public let settings: SamplingSettings
  /// The seed of the first clip, and of all other draws.
  public let seed: UInt64
  /// What names the clips that the judges learnt from, by SHA-256.
  public let data: String
  /// The number of clips that the judges learnt from.
  public let trainingClips: Int
  /// The number of captions, and of clips of each kind.
  public let clips: Int
  /// The model's clips of words.
  public let generated: Seen
  /// The model's clips of words and the real first picture.
  public let continued: Seen
  /// The real clips of the captions: the best that can be hoped for.
  public let real: Seen
  /// The real clips through the model's autoencoder.
  public let rebuilt: Seen
  /// The real first pictures, that do not move.
  public let still: Seen
  /// The model's clips beside the captions of others: what is right by chance.
  public let chance: Seen
  /// How far the first new frame is from the last known one where the model goes on with the first
  /// half of a real clip: the mean absolute difference, of 255.
  public let seam: Double
  /// The same in the real clips.
  public let realSeam: Double
  /// The ratio of 255² to the mean square of the autoencoder's error, in dB.
  public let rebuiltRatio: Double
  /// What the model's clips are worth as data.
  public let usefulness: Usefulness
}
