/// The `model_index.json` of a model that docks molecules.
public typealias DockingModelIndex = FolderIndex<DockingModelDetails>

/// A model that docks molecules, on the disk: `model_index.json`, the folder `score_model`, and
/// perhaps `confidence_model`.
public typealias DockingModelFolder = IndexedFolder<DockingModelDetails>

/// What the index of a model that docks says beside its part.
public struct DockingModelDetails: ModelDetails {
  /// The class of the model.
  public static let pipeline = "DiffDock"
  /// The library and the class of every part, by the part's folder.
  public static let parts = ["score_model": ["diffdock", "CGModel"]]

  /// Every file on which a pose depends, relative to the folder.
  public static let files = [
    ModelFolder.indexFile, "score_model/config.json", "score_model/model.safetensors",
  ]

  /// The network of confidences, where the model has one.
  public var furtherParts: [String: [String]] {
    confidenceWithin == nil ? [:] : ["confidence_model": ["diffdock", "CGModel"]]
  }

  /// Its files.
  public var furtherFiles: [String] {
    furtherParts.keys.flatMap { ["\($0)/config.json", "\($0)/model.safetensors"] }
  }

  /// What the model makes, in a few words.
  public var summary: String
  /// How far from the middle of a pocket residues are seen, in Å.
  public var pocketRadius: Double
  /// How poses are made, unless something else is asked for.
  public var sampling: DockingSampling
  /// How near to the true pose, in Å, one is that the network of confidences calls near; there is
  /// no such network if not given.
  public var confidenceWithin: Double?

  /// Describes a model.
  public init(
    summary: String, pocketRadius: Double, sampling: DockingSampling = DockingSampling()
  ) {
    self.summary = summary
    self.pocketRadius = pocketRadius
    self.sampling = sampling
  }
}

/// How poses are led back from noise.
public struct DockingSampling: Codable, Sendable, Hashable {
  /// The way back.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// The random walk, with noise in every step: its poses are draws.
    case walk
    /// The probability flow, without noise after the start.
    case flow
  }

  /// The way back.
  public var method: Method
  /// The number of steps, 1 … 1000.
  public var steps: Int
  /// Whether poses are then moved to where their score of shapes is least nearby.
  public var settles: Bool

  /// A way back.
  public init(method: Method = .walk, steps: Int = 20, settles: Bool = true) {
    self.method = method
    self.steps = steps
    self.settles = settles
  }
}
