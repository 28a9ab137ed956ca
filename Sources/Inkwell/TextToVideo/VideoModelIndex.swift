/// The `model_index.json` of a text-to-video model: diffusers' keys, and Inkwell's own in one more.
public struct VideoModelIndex: Codable, Sendable, Hashable {
  /// What diffusers does not note.
  public struct About: Codable, Sendable, Hashable {
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

  /// diffusers' class of the pipeline.
  var pipeline = "WanPipeline"
  /// The library and the class of every part.
  var autoencoder = ["diffusers", "AutoencoderKLWan"]
  var transformer = ["diffusers", "WanTransformer3DModel"]
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
    let known = VideoModelIndex(about)
    for (key, expected, found) in [
      (CodingKeys.pipeline, [known.pipeline], [pipeline]),
      (.autoencoder, known.autoencoder, autoencoder),
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
