public import Evaluation

/// How good a model's pictures are.
public struct EvaluationFigures: Codable, Sendable, Hashable {
  /// What the figures were made with.
  public struct Subject: Codable, Sendable, Hashable {
    /// The model's name.
    public let model: String
    /// The SHA-256 of the model's files.
    public let files: [String: String]
    /// How its pictures were sampled.
    public let settings: SamplingSettings
    /// The seed of the first picture, and of all other draws.
    public let seed: UInt64
    /// The SHA-256 of the data's `metadata.jsonl` and of the pictures that the model was trained
    /// on.
    public let data: String
    /// The styles of the pictures.
    public let styles: [String]?
    /// The number of pictures that the model was trained on.
    public let trainingPictures: Int
    /// The package of the network whose features are compared.
    public let features: String
  }

  /// What the figures were made with.
  public let subject: Subject
  /// The figures of each kind of held-out pictures, by the name of its split.
  public let splits: [String: SplitFigures]
}

/// The figures of pictures made for held-out captions, beside those of the real pictures.
public struct SplitFigures: Codable, Sendable, Hashable {
  /// A measure of generated and of real pictures.
  public struct Pair<Measure: Codable & Sendable & Hashable>: Codable, Sendable, Hashable {
    /// Of the generated pictures.
    public let generated: Measure
    /// Of the real held-out pictures: the best that can be hoped for.
    public let real: Measure
  }

  /// The number of captions, of generated and of real pictures.
  public let pictures: Int
  /// The squared Fréchet distance from the training pictures.
  public let frechet: Pair<Estimate>
  /// The squared kernel distance from the training pictures.
  public let kernel: Pair<Estimate>
  /// Precision and recall beside as many training pictures.
  public let manifold: Pair<PrecisionRecall>
  /// How often a caption's own picture is found.
  public let retrieval: Pair<Retrieval>
  /// How far the nearest training picture is, by features.
  public let featureCopies: CopyFigures
  /// How far the nearest training picture is, by pixels.
  public let pixelCopies: CopyFigures
}

/// Distances to the nearest training picture, which tell whether a model copies.
public struct CopyFigures: Codable, Sendable, Hashable {
  /// The fractions at which the distances are told.
  public static let fractions = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95]

  /// The distances below which these fractions of the generated and of the real pictures are.
  public let quantiles: SplitFigures.Pair<[Double]>
  /// The share of generated pictures that are nearer than 95 % of the real ones; 5 % if they are as
  /// far from the training pictures as real ones that were never trained on.
  public let near: Estimate

  init(generated: [Double], real: [Double]) {
    quantiles = SplitFigures.Pair(
      generated: Self.fractions.map { quantile(generated, $0) },
      real: Self.fractions.map { quantile(real, $0) })
    let limit = quantile(real, 0.05)
    near = Estimate(successes: generated.count { $0 < limit }, of: generated.count)
  }
}
