/// The `model_index.json` of a model that makes conformers.
public typealias ConformerModelIndex = FolderIndex<ConformerModelDetails>

/// A model of conformers on the disk: `model_index.json` and the folder `score_model`.
public typealias ConformerModelFolder = IndexedFolder<ConformerModelDetails>

/// What the index of a model of conformers says beside its part.
public struct ConformerModelDetails: ModelDetails {
  /// The class of the model.
  public static let pipeline = "TorsionalDiffusion"
  /// The library and the class of every part, by the part's folder.
  public static let parts = ["score_model": ["torsional_diffusion", "TensorProductScoreModel"]]

  /// Every file on which a conformer depends, relative to the folder.
  public static let files = [
    ModelFolder.indexFile, "score_model/config.json", "score_model/model.safetensors",
  ]

  /// What the model makes, in a few words.
  public var summary: String
  /// Whether the network sees hydrogens.
  public var hydrogens: Bool
  /// How conformers are made, unless something else is asked for.
  public var sampling: ConformerSampling

  /// Describes a model.
  public init(summary: String, hydrogens: Bool, sampling: ConformerSampling = ConformerSampling()) {
    self.summary = summary
    self.hydrogens = hydrogens
    self.sampling = sampling
  }
}

/// How torsion angles are led back from noise.
public struct ConformerSampling: Codable, Sendable, Hashable {
  /// The way back.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// The random walk, with noise in every step: its conformers are draws.
    case walk
    /// The probability flow, without noise after the start.
    case flow
  }

  /// The way back.
  public var method: Method
  /// The number of steps, 1 … 1000.
  public var steps: Int

  /// A way back.
  public init(method: Method = .walk, steps: Int = 20) {
    self.method = method
    self.steps = steps
  }
}
