public import Evaluation

/// How good a model's molecules are.
///
/// The measures are those of MOSES, Polykovskiy et al. 2020,
/// https://doi.org/10.3389/fphar.2020.565644.
public struct MoleculeFigures: Codable, Sendable, Hashable {
  /// A set of texts, judged.
  public struct Judged: Codable, Sendable, Hashable {
    /// The number of texts.
    public let texts: Int
    /// The share of them that are molecules to RDKit.
    public let valid: Estimate
    /// The share of different ones among the first 1,000 molecules.
    public let unique1000: Estimate
    /// The share of different ones among all molecules.
    public let unique: Estimate
    /// The share of different molecules that MOSES does not train on.
    public let novel: Estimate
    /// One less the mean likeness of two molecules.
    public let diversity: Estimate
    /// The Fréchet ChemNet distance from each held-out split.
    public let distance: [String: Estimate]
    /// The mean likeness to the nearest held-out molecule of each split.
    public let nearest: [String: Estimate]
    /// The cosine of the numbers of each scaffold here and in each held-out split.
    public let scaffolds: [String: Double]
  }

  /// Molecules that were asked for one property at a time.
  public struct Asked: Codable, Sendable, Hashable {
    /// The property.
    public let property: String
    /// The mean distance of the property from what was asked, by the guidance; `none` is without
    /// asking.
    public let error: [String: Estimate]
    /// The share of texts that are molecules, by the guidance.
    public let valid: [String: Estimate]
  }

  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// The SHA-256 of the data's files.
  public let data: [String: String]
  /// How many molecules of each held-out split the texts are compared with.
  public let reference: Int
  /// The sets by name: `model`, `chain`, `train`, `test` and `test_scaffolds`.
  public let sets: [String: Judged]
  /// How many symbols before it the next one of the chain depends on.
  public let order: Int
  /// How many texts were written for each property and guidance.
  public let asks: Int
  /// What was asked for.
  public let asked: [Asked]
}
