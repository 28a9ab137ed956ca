/// The `model_index.json` of a text-to-image model.
public typealias ModelIndex = FolderIndex<PictureModelDetails>

/// What the index of a text-to-image model says beside diffusers' keys.
public struct PictureModelDetails: ModelDetails {
  /// diffusers' class of the pipeline.
  public static let pipeline = "PixArtAlphaPipeline"
  /// The library and the class of every part, by the part's folder.
  public static let parts = [
    "vae": ["diffusers", "AutoencoderKL"],
    "transformer": ["diffusers", "PixArtTransformer2DModel"],
    "text_encoder": ["transformers", "BertModel"],
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
  ]

  /// Every file on which a picture depends, relative to the folder.
  public static var files: [String] { ModelFolder.files }

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
