public import Diffusion

/// The `model_index.json` of a model that says what pictures show.
public typealias CaptionModelIndex = FolderIndex<CaptionModelDetails>

/// A model of captions on the disk: `model_index.json` and the folders `picture_encoder` and
/// `text_model`, which holds its tokenizer.
public typealias CaptionModelFolder = IndexedFolder<CaptionModelDetails>

/// What the index of a model of captions says beside its parts.
public struct CaptionModelDetails: ModelDetails {
  /// The class of the model.
  public static let pipeline = "PictureToTextModel"
  /// The library and the class of every part, by the part's folder.
  public static let parts = [
    "picture_encoder": PictureViews.part,
    "text_model": ["transformers", "VisualBertForPreTraining"],
  ]

  /// Every file on which a caption depends, relative to the folder.
  public static var files: [String] {
    [
      ModelFolder.indexFile, "picture_encoder/model.safetensors", "text_model/config.json",
      "text_model/model.safetensors", "text_model/tokenizer.json",
    ]
  }

  /// What the model describes, in a few words.
  public var summary: String
  /// The most tokens of a caption, its end included.
  public var maximumTokens: Int
  /// The width and height that pictures are brought to before the network sees them.
  public var side: Int
  /// The width and height at which the picture encoder sees them.
  public var seenSide: Int
  /// How captions are made, unless something else is asked for.
  public var sampling: Unmasking

  enum CodingKeys: String, CodingKey {
    case summary, side, sampling
    case maximumTokens = "maximum_tokens"
    case seenSide = "seen_side"
  }
}
