/// The `model_index.json` of a text-to-image model: diffusers' keys, and Inkwell's own in one more.
public struct ModelIndex: Codable, Sendable, Hashable {
  /// What diffusers does not note.
  public struct About: Codable, Sendable, Hashable {
    /// What the model draws, in a few words.
    public var summary: String
    /// Where prompts are cut, in tokens of the text encoder.
    public var maximumTokens: Int
    /// How pictures are sampled unless something else is asked for.
    public var settings: SamplingSettings
    /// The styles that a prompt can name.
    public var styles: [String]

    enum CodingKeys: String, CodingKey {
      case summary
      case maximumTokens = "maximum_tokens"
      case settings
      case styles
    }

    /// Describes a model.
    public init(
      summary: String, maximumTokens: Int = 32, settings: SamplingSettings = SamplingSettings(),
      styles: [String] = []
    ) {
      self.summary = summary
      self.maximumTokens = maximumTokens
      self.settings = settings
      self.styles = styles
    }
  }

  /// diffusers' class of the pipeline.
  var pipeline = "PixArtAlphaPipeline"
  /// The library and the class of every part.
  var autoencoder = ["diffusers", "AutoencoderKL"]
  var transformer = ["diffusers", "PixArtTransformer2DModel"]
  var textEncoder = ["transformers", "BertModel"]
  var scheduler = ["diffusers", "FlowMatchEulerDiscreteScheduler"]
  /// What diffusers does not note.
  public var about: About

  enum CodingKeys: String, CodingKey {
    case pipeline = "_class_name"
    case autoencoder = "vae"
    case transformer
    case textEncoder = "text_encoder"
    case scheduler
    case about = "inkwell"
  }

  init(_ about: About) {
    self.about = about
  }

  /// Throws unless the parts are those that are run here.
  func check(file: String) throws(ModelError) {
    let known = ModelIndex(about)
    for (key, expected, found) in [
      (CodingKeys.autoencoder, known.autoencoder, autoencoder),
      (.transformer, known.transformer, transformer),
      (.textEncoder, known.textEncoder, textEncoder),
      (.scheduler, known.scheduler, scheduler),
    ] where expected != found {
      throw .unsupported(
        file: file, key: key.stringValue, expected: expected.joined(separator: " "),
        found: found.joined(separator: " "))
    }
  }
}

/// diffusers' `scheduler_config.json` of a flow.
struct FlowScheduler: Codable {
  var className = "FlowMatchEulerDiscreteScheduler"
  var timesteps = 1000
  var shift: Double

  enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case timesteps = "num_train_timesteps"
    case shift
  }
}
