internal import Diffusion

/// The `model_index.json` of a model of a world.
public typealias WorldModelIndex = FolderIndex<WorldModelDetails>

/// A model of a world on the disk: `model_index.json` and the folder `unet`.
public typealias WorldModelFolder = IndexedFolder<WorldModelDetails>

/// What the index of a model of a world says.
public struct WorldModelDetails: ModelDetails {
  /// The class of the model.
  public static let pipeline = "WorldModel"
  /// The library and the class of every part, by the part's folder.
  public static let parts = ["unet": ["inkwell", "ADMUNet"]]
  /// Every file on which a frame depends, relative to the folder.
  public static var files: [String] {
    [ModelFolder.indexFile, "unet/config.json", "unet/diffusion_pytorch_model.safetensors"]
  }

  /// What the model shows, in a few words.
  public var summary: String
  /// The width and height of a frame in pixels.
  public var side: Int
  /// Frames in a second.
  public var frameRate: Int
  /// The frames before the next one that the network sees.
  public var pastFrames: Int
  /// The width and height of the square of pixels that the network sees as one.
  public var patchSize: Int
  /// The names of the actions, in the order of their numbers.
  public var actions: [String]
  /// The most noise that sampling begins with.
  public var sigmaMax: Double
  /// The steps from noise to a frame, unless something else is asked for.
  public var steps: Int

  enum CodingKeys: String, CodingKey {
    case summary, side
    case frameRate = "frame_rate"
    case pastFrames = "past_frames"
    case patchSize = "patch_size"
    case actions
    case sigmaMax = "sigma_max"
    case steps
  }
}
