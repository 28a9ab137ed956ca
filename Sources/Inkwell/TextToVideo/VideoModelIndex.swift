/// The `model_index.json` of a text-to-video model.
public typealias VideoModelIndex = FolderIndex<VideoModelDetails>

/// What the index of a text-to-video model says beside diffusers' keys.
public struct VideoModelDetails: ModelDetails {
  /// diffusers' class of the pipeline.
  public static let pipeline = "WanPipeline"
  /// The library and the class of every part, by the part's folder.
  public static let parts = [
    "vae": ["diffusers", "AutoencoderKLWan"],
    "transformer": ["diffusers", "WanTransformer3DModel"],
    "text_encoder": ["transformers", "BertModel"],
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
  ]

  /// Every file on which a clip depends, relative to the folder: those of a ``ModelFolder``.
  public static var files: [String] { ModelFolder.files }

  /// What the model shows, in a few words.
  public var summary: String
  /// Where prompts are cut and filled up to, in tokens of the text encoder.
  public var maximumTokens: Int
  /// The frames of a clip.
  public var frames: Int
  /// The width and height of a clip in pixels.
  public var side: Int
  /// Frames in a second.
  public var frameRate: Int
  /// How clips are sampled unless something else is asked for.
  public var settings: SamplingSettings

  enum CodingKeys: String, CodingKey {
    case summary
    case maximumTokens = "maximum_tokens"
    case frames, side
    case frameRate = "frame_rate"
    case settings
  }

  /// Describes a model.
  public init(
    summary: String, maximumTokens: Int, frames: Int, side: Int, frameRate: Int,
    settings: SamplingSettings = SamplingSettings()
  ) {
    self.summary = summary
    self.maximumTokens = maximumTokens
    self.frames = frames
    self.side = side
    self.frameRate = frameRate
    self.settings = settings
  }
}
