/// The `model_index.json` of a text-to-sound model.
public typealias SoundModelIndex = FolderIndex<SoundModelDetails>

/// What the index of a text-to-sound model says beside diffusers' keys.
public struct SoundModelDetails: ModelDetails {
  /// diffusers' class of the pipeline.
  public static let pipeline = "StableAudioPipeline"
  /// The library and the class of every part, by the part's folder.
  public static let parts = [
    "vae": ["diffusers", "AutoencoderOobleck"],
    "transformer": ["diffusers", "StableAudioDiTModel"],
    "projection_model": ["stable_audio", "StableAudioProjectionModel"],
    "text_encoder": ["transformers", "BertModel"],
    "scheduler": ["diffusers", "CosineDPMSolverMultistepScheduler"],
  ]

  /// Every file on which a sound depends, relative to the folder.
  public static let files =
    ["vae", "transformer", "projection_model"].flatMap {
      ["\($0)/config.json", "\($0)/diffusion_pytorch_model.safetensors"]
    } + [
      "text_encoder/config.json", "text_encoder/model.safetensors", "text_encoder/tokenizer.json",
      ModelFolder.schedulerFile,
    ]

  /// What the model makes, in a few words.
  public var summary: String
  /// Where prompts are cut, in tokens of the text encoder.
  public var maximumTokens: Int
  /// How sounds are sampled unless something else is asked for.
  public var settings: SamplingSettings

  /// Settings that suit most prompts for sounds.
  public static let sounds = SamplingSettings(steps: 40, guidance: 3)

  enum CodingKeys: String, CodingKey {
    case summary
    case maximumTokens = "maximum_tokens"
    case settings
  }

  /// Describes a model.
  public init(
    summary: String, maximumTokens: Int = 32, settings: SamplingSettings = SoundModelDetails.sounds
  ) {
    self.summary = summary
    self.maximumTokens = maximumTokens
    self.settings = settings
  }
}
