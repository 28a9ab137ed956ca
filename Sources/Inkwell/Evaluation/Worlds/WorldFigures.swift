public import Evaluation

/// How good a model of a world is.
public struct WorldFigures: Codable, Sendable, Hashable {
  /// What the model's drives are worth as data: how well judges see actions in real drives that
  /// were held out, as the mean over the actions of the share of moments.
  public struct Usefulness: Codable, Sendable, Hashable {
    /// The few real drives.
    public let realDrives: Int
    /// The drives that the model made up.
    public let generatedDrives: Int
    /// The judge of the few real drives.
    public let few: Estimate
    /// The judge of the model's drives, which go on from frames of the few.
    public let generated: Estimate
    /// The judge of both.
    public let both: Estimate
    /// The judge of all real drives: the best that can be hoped for.
    public let all: Estimate
    /// What is right by chance.
    public let chance: Double
    /// The rarest action.
    public let rare: RareEvent
  }

  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// The seed of the first drive, and of all other draws.
  public let seed: UInt64
  /// What names the drives, by SHA-256.
  public let data: String
  /// The drives to learn from.
  public let trainingDrives: Int
  /// The drives that were held out and are looked at.
  public let heldOutDrives: Int
  /// How far the model drifts from the simulator.
  public let drift: [MeasureDrift.Row]
  /// What its drives are worth as data.
  public let usefulness: Usefulness
}
