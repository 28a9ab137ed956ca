public import Evaluation

/// How good a model's shapes are.
public struct ShapeFigures: Codable, Sendable, Hashable {
  /// How a set of shapes compares with the held-out ones, as many, whose captions it was made for.
  public struct Compared: Codable, Sendable, Hashable {
    /// The share of the held-out shapes that are the nearest one of a shape of the set.
    public let coverage: Estimate
    /// The mean Chamfer distance of a held-out shape to the nearest of the set.
    public let distance: Estimate
    /// How often the nearest other shape tells whether a shape is of the set; 0.5 is best.
    public let accuracy: Estimate
    /// The share whose nearest training shape is of the kind that the caption is of.
    public let kind: Estimate
  }

  /// Whether words act: shapes of every colour's and kind's name, one or more each.
  public struct Words: Codable, Sendable, Hashable {
    /// The number of shapes.
    public let shapes: Int
    /// The share whose nearest training shape is of the kind that was asked for.
    public let kind: Estimate
    /// What that share would be if shapes were dealt out to the prompts by chance.
    public let kindByChance: Double
    /// The share of which at least half has the colour that was asked for.
    public let color: Estimate
    /// What that share would be if shapes were dealt out to the prompts by chance.
    public let colorByChance: Double
  }

  /// How shapes compare with those that they ought to be, each with its own.
  public struct Match: Codable, Sendable, Hashable {
    /// The mean Chamfer distance to it.
    public let distance: Estimate
    /// The share to which no other held-out shape is nearer.
    public let found: Estimate
  }

  /// How well shapes are made of pictures.
  public struct Pictures: Codable, Sendable, Hashable {
    /// The number of pictures, and of shapes in every row.
    public let shapes: Int
    /// Made of the picture alone.
    public let pictured: Match
    /// Made of the caption alone.
    public let said: Match
    /// Made of both.
    public let both: Match
    /// The training shape whose picture looks most alike to what sees them.
    public let nearest: Match
    /// Those made of pictures, dealt out to other pictures.
    public let dealt: Match
  }

  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// How its shapes were sampled.
  public let settings: SamplingSettings
  /// The seed of the first shape, and of all other draws.
  public let seed: UInt64
  /// What names the training shapes, by SHA-256.
  public let data: String
  /// The number of training shapes.
  public let trainingShapes: Int
  /// The number of held-out shapes, and of those of each set.
  public let shapes: Int
  /// The number of points that are compared of each.
  public let points: Int
  /// The model's shapes.
  public let generated: Compared
  /// Training shapes at random, but as many of each kind: what real shapes come to.
  public let real: Compared
  /// The training shape of the most similar caption, for each.
  public let retrieved: Compared
  /// Points of a normal distribution, as wide along each axis as the training shapes are.
  public let blobs: Compared
  /// What colours' and kinds' names do.
  public let words: Words
  /// What pictures do, for a model that sees them.
  public let pictures: Pictures?
}
