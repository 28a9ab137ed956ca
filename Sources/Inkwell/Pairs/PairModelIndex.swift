public import Diffusion

/// The `model_index.json` of a model of pictures and what is said of them.
public typealias PairModelIndex = FolderIndex<PairModelDetails>

/// A model of pictures and what is said of them on the disk: `model_index.json` and the folders
/// `unet`, `vae`, `picture_encoder`, `tokenizer` and `scheduler`.
public typealias PairModelFolder = IndexedFolder<PairModelDetails>

/// What the index of such a model says beside its parts.
public struct PairModelDetails: ModelDetails {
  /// The class of the model.
  public static let pipeline = "PictureAndTextModel"
  /// The library and the class of every part, by the part's folder.
  public static let parts = [
    "unet": ["diffusers", "UniDiffuserModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "picture_encoder": PictureViews.part,
    "tokenizer": ["transformers", "BertTokenizerFast"],
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
  ]

  /// Every file on which what is made depends, relative to the folder.
  public static var files: [String] {
    [
      ModelFolder.indexFile, "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
      "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
      "picture_encoder/model.safetensors", "tokenizer/tokenizer.json", ModelFolder.schedulerFile,
    ]
  }

  /// What the model draws and describes, in a few words.
  public var summary: String
  /// The width and height in pixels at which the picture encoder sees pictures, 32 … 512.
  public var seenSide: Int
  /// The styles of the pictures that it learnt from; all if not given.
  public var styles: [String]?
  /// How pictures are sampled unless something else is asked for.
  public var settings: SamplingSettings
  /// How captions are made unless something else is asked for.
  public var sampling: Unmasking

  enum CodingKeys: String, CodingKey {
    case summary, settings, sampling, styles
    case seenSide = "seen_side"
  }
}
