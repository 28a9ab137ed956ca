/// The `model_index.json` of a model that makes shapes.
public typealias ShapeModelIndex = FolderIndex<ShapeModelDetails>

/// A text-to-shape model on the disk: `model_index.json` and the folders `transformer`,
/// `text_encoder` (with its tokenizer) and `scheduler`, and `picture_encoder` if it sees pictures.
public typealias ShapeModelFolder = IndexedFolder<ShapeModelDetails>

/// What the index of a text-to-shape model says beside its parts.
public struct ShapeModelDetails: ModelDetails {
  /// The class of the model.
  public static let pipeline = "TextToShapeModel"
  /// The library and the class of every part, by the part's folder.
  public static let parts = [
    "transformer": ["point_e", "CLIPImageGridPointDiffusionTransformer"],
    "text_encoder": ["transformers", "BertModel"],
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
  ]

  /// Every file on which a shape depends, relative to the folder.
  public static var files: [String] {
    [
      ModelFolder.indexFile, "transformer/config.json",
      "transformer/diffusion_pytorch_model.safetensors", "text_encoder/config.json",
      "text_encoder/model.safetensors", "text_encoder/tokenizer.json", ModelFolder.schedulerFile,
    ]
  }

  /// What sees pictures, if anything does.
  public var furtherParts: [String: [String]] {
    seenSide == nil ? [:] : ["picture_encoder": PictureViews.part]
  }

  /// The weights of what sees pictures, if anything does.
  public var furtherFiles: [String] {
    seenSide == nil ? [] : ["picture_encoder/model.safetensors"]
  }

  /// What the model makes, in a few words.
  public var summary: String
  /// The tokens of the text encoder that prompts are cut or filled up to.
  public var maximumTokens: Int
  /// How shapes are sampled unless something else is asked for.
  public var settings: SamplingSettings
  /// The groups of shapes that it was trained on; all of its data if not given.
  public var groups: [String]?
  /// The width and height at which it sees pictures; it sees none if not given.
  public var seenSide: Int?

  /// Settings that suit most prompts for shapes.
  public static let shapes = SamplingSettings(steps: 20, guidance: 3, sampler: "dpmpp-2m")

  enum CodingKeys: String, CodingKey {
    case summary
    case maximumTokens = "maximum_tokens"
    case settings, groups
    case seenSide = "seen_side"
  }

  /// Describes a model.
  public init(
    summary: String, maximumTokens: Int, settings: SamplingSettings = ShapeModelDetails.shapes,
    groups: [String]? = nil, seenSide: Int? = nil
  ) {
    self.summary = summary
    self.maximumTokens = maximumTokens
    self.settings = settings
    self.groups = groups
    self.seenSide = seenSide
  }
}
