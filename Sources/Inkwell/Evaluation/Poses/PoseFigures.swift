public import Evaluation

/// How near a model's poses are to known ones.
///
/// Distances are root mean squares over heavy atoms, by symmetry, without any motion: those of
/// redocking, as DiffDock and PoseBusters count them.
public struct PoseFigures: Codable, Sendable, Hashable {
  /// The poses of one method beside the known ones.
  public struct Judged: Codable, Sendable, Hashable {
    /// The share of molecules whose first pose is as near as each threshold, by Wilson.
    public let first: [Estimate]
    /// The same for the nearest of all its poses.
    public let nearest: [Estimate]
    /// The distance of the first pose, a mean over the molecules, in Å.
    public let distance: Estimate
    /// The share of first poses that lie by the protein without clashes.
    public let isSound: Estimate
  }

  /// Molecules of one kind.
  public struct Group: Codable, Sendable, Hashable {
    /// How the group is called.
    public let name: String
    /// The number of molecules.
    public let molecules: Int
    /// The number of proteins.
    public let targets: Int
    /// The figures by the method's name: `model`, `random`, `vina` where the data has it, and
    /// `model-shapes` for a model of confidences, whose poses are there in the order of shapes.
    public let methods: [String: Judged]
    /// The mean distance of the model's first poses less that of random ones, molecule by molecule,
    /// in Å; below 0 the model is nearer.
    public let gain: Estimate
  }

  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// The SHA-256 of the known poses.
  public let data: String
  /// The poses of each molecule by the model and at random.
  public let poses: Int
  /// The thresholds in Å.
  public let thresholds: [Double]
  /// The molecules of which there are no poses, each with the reason.
  public let failed: [String: String]
  /// The groups.
  public let groups: [Group]
}
