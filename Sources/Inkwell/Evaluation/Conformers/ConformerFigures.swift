public import Evaluation

/// How near a model's conformers are to true ones.
///
/// The field's coverage and matching (Xu et al. 2021, https://arxiv.org/abs/2102.10240, and Ganea
/// et al. 2021, https://arxiv.org/abs/2106.07802) where one true conformer is known of each
/// molecule.
public struct ConformerFigures: Codable, Sendable, Hashable {
  /// The conformers of one method beside the true ones.
  public struct Judged: Codable, Sendable, Hashable {
    /// The share of molecules of which some conformer is as near as each threshold.
    public let recall: [Estimate]
    /// The distance of the nearest conformer, a mean over the molecules, in Å.
    public let nearest: Estimate
    /// The share of conformers that are as near as each threshold.
    public let precision: [Estimate]
    /// The distance of all conformers, a mean over the molecules, in Å.
    public let mean: Estimate
  }

  /// The nearest distances of molecules with so many bonds that turn.
  public struct Group: Codable, Sendable, Hashable {
    /// The fewest bonds that turn.
    public let least: Int
    /// The most of them; no limit if not given.
    public let most: Int?
    /// The number of molecules.
    public let molecules: Int
    /// The distance of the nearest conformer in Å, by the method's name.
    public let nearest: [String: Estimate]
  }

  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// The SHA-256 of the held-out conformers.
  public let data: String
  /// The number of molecules, each of a scaffold of its own.
  public let molecules: Int
  /// How many more RDKit found no conformer of.
  public let withoutConformer: Int
  /// The conformers of each molecule by each method.
  public let conformers: Int
  /// The thresholds in Å.
  public let thresholds: [Double]
  /// The figures by the method's name: `model`, `etkdg`, `random` and `matched`.
  public let methods: [String: Judged]
  /// The model's figures less ETKDG's, molecule by molecule: the same four kinds.
  public let gain: Judged
  /// The nearest distances by how many bonds turn.
  public let groups: [Group]
}
