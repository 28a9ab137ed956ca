public import Evaluation

/// How good a model's captions are.
public struct CaptionFigures: Codable, Sendable, Hashable {
  /// Captions beside the names of what the pictures show.
  public struct Judged: Codable, Sendable, Hashable {
    /// The share of captions that are the name.
    public let exact: Estimate
    /// The share of the name's words that the caption has, a mean over the pictures.
    public let words: Estimate
    /// How alike caption and name are, as the text encoder has it, in [-1, 1].
    public let likeness: Estimate
  }

  /// The figures of a kind of held-out pictures.
  public struct Split: Codable, Sendable, Hashable {
    /// The number of pictures.
    public let pictures: Int
    /// The model's captions: what it says most often.
    public let said: Judged
    /// The name of the training picture whose features are nearest.
    public let nearest: Judged
    /// The model's captions of other pictures.
    public let chance: Judged
    /// The share of pictures that the model is sure of.
    public let sure: Estimate
    /// The share of those whose caption is the name, if there is any.
    public let exactWhereSure: Estimate?
    /// The share of the others whose caption is the name, if there is any.
    public let exactWhereUnsure: Estimate?
  }

  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// The SHA-256 of the training pictures and of what is said about them.
  public let data: String
  /// The number of training pictures among which the nearest is looked for.
  public let trainingPictures: Int
  /// The captions of each picture.
  public let samples: Int
  /// The share of them that must agree for the model to be sure.
  public let agreement: Double
  /// The figures by the name of the split.
  public let splits: [String: Split]
}
