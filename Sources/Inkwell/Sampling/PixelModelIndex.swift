/// The `model_index.json` of a pixel model.
public struct PixelModelIndex: Codable, Sendable, Hashable {
  /// What the pictures can be told to show.
  public enum Labels: Codable, Sendable, Hashable {
    /// One of some classes, whose names stand in the order of the network's numbers. A network of
    /// one class more has learned to do without a label by the last one.
    case classes(names: [String])
    /// A number between two; the network is told the share of the way.
    case number(from: Double, to: Double)
  }

  /// What only Inkwell notes.
  public struct About: Codable, Sendable, Hashable {
    /// What the model draws, in a few words.
    public var summary: String
    /// What it can be told, if anything.
    public var labels: Labels?
    /// The side of the square of pixels that the network sees as channels of one; 1 is none.
    public var patchSize: Int
    /// How pictures are sampled unless something else is asked for.
    public var settings: PixelSettings

    enum CodingKeys: String, CodingKey {
      case summary
      case labels
      case patchSize = "patch_size"
      case settings
    }

    /// Describes a model.
    public init(
      summary: String, labels: Labels? = nil, patchSize: Int = 1,
      settings: PixelSettings = PixelSettings()
    ) {
      self.summary = summary
      self.labels = labels
      self.patchSize = patchSize
      self.settings = settings
    }
  }

  /// The kind of model.
  var pipeline = Self.pipeline
  /// The library and the class of every part.
  var network = ["inkwell", "ADMUNet"]
  var scheduler = ["inkwell", "PixelScheduler"]
  var classifier: [String]?
  var autoencoder: [String]?
  /// What only Inkwell notes.
  public var about: About

  static let pipeline = "PixelDiffusionModel"

  enum CodingKeys: String, CodingKey {
    case pipeline = "_class_name"
    case network = "unet"
    case scheduler
    case classifier
    case autoencoder = "vae"
    case about = "inkwell"
  }

  init(_ about: About, hasClassifier: Bool, hasAutoencoder: Bool) {
    self.about = about
    classifier = hasClassifier ? ["inkwell", "ADMClassifier"] : nil
    autoencoder = hasAutoencoder ? ["diffusers", "AutoencoderKL"] : nil
  }

  /// Throws unless the parts are those that are run here.
  func check(file: String) throws(ModelError) {
    let known = PixelModelIndex(about, hasClassifier: true, hasAutoencoder: true)
    for (key, expected, found) in [
      (CodingKeys.pipeline, [known.pipeline], [pipeline]), (.network, known.network, network),
      (.scheduler, known.scheduler, scheduler),
      (.classifier, known.classifier, classifier ?? known.classifier),
      (.autoencoder, known.autoencoder, autoencoder ?? known.autoencoder),
    ] where expected != found {
      throw .unsupported(
        file: file, key: key.stringValue, expected: (expected ?? []).joined(separator: " "),
        found: (found ?? []).joined(separator: " "))
    }
  }
}

/// How a pixel model's pictures are sampled.
public struct PixelSettings: Codable, Sendable, Hashable {
  /// The number of steps.
  public var steps: Int
  /// The sampler's name.
  public var sampler: String
  /// The guidance scale `w` in `uncond + w · (cond - uncond)`; 1 is off.
  public var guidance: Double
  /// How often the classifier's gradient counts; 0 is off.
  public var classifierGuidance: Double
  /// Which timesteps of a chain are visited, by name; evenly spaced ones if not given.
  public var spacing: String?

  enum CodingKeys: String, CodingKey {
    case steps
    case sampler
    case guidance
    case classifierGuidance = "classifier_guidance"
    case spacing
  }

  /// Settings that suit most models.
  public init(
    steps: Int = 50, sampler: String = "ddim", guidance: Double = 1,
    classifierGuidance: Double = 0, spacing: String? = nil
  ) {
    self.steps = steps
    self.sampler = sampler
    self.guidance = guidance
    self.classifierGuidance = classifierGuidance
    self.spacing = spacing
  }
}
