public import Torch

/// What a U-Net makes a picture of, apart from the latents and the timestep.
public struct UNetConditions: Sendable {
  /// The text encoder's states, `[batch, words, crossAttentionDim]`.
  public var text: Tensor
  /// 1 for the words to attend to and 0 for others, `[batch, words]`; all words if none.
  public var mask: Tensor?
  /// The text encoder's state of the whole prompt, `[batch, channels]` (Stable Diffusion XL).
  public var pooledText: Tensor?
  /// Sizes in pixels, `[batch, count]` (Stable Diffusion XL): those of the picture before it was
  /// cropped, the crop's top and left, and those of the result; or with a score instead of the
  /// last.
  public var sizes: Tensor?
  /// The class of each picture as the network's class embedding takes it (the level of the noise on
  /// the low resolution for the x4 upscaler), `[batch]` or `[batch, channels]`.
  public var label: Tensor?
  /// Pictures that are attended to beside the text; a ControlNet does not look at them.
  public var images: [ImagePrompt] = []
  /// What is added to the embedded timestep before its linear maps, `[batch, timeCondProjDim]`: the
  /// embedded guidance scale of a latent consistency model; for the latent upscaler the level of
  /// the noise on the small picture, and the state of the whole prompt.
  public var timeCondition: Tensor?

  /// Conditions on a prompt.
  public init(text: Tensor) {
    self.text = text
  }

  /// The same in the type of a network; sizes, and the label, which can be a number of a table, are
  /// converted where they have become vectors.
  func converted(to dtype: DType) -> UNetConditions {
    var other = self
    other.text = text.converted(to: dtype)
    other.pooledText = pooledText?.converted(to: dtype)
    other.timeCondition = timeCondition?.converted(to: dtype)
    other.images = images.map { $0.converted(to: dtype) }
    return other
  }
}

/// What a network needs to be told and was not, or the other way around.
public struct ConditionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The condition, by its name in ``UNetConditions``.
  public let condition: String
  /// The key of the configuration that decides it.
  public let key: String
  /// Whether it is missing; else it was given for nothing.
  public let isMissing: Bool

  /// What was expected and what was found.
  public var description: String {
    isMissing
      ? "\(condition): expected, for the network has \(key), found nothing"
      : "\(condition): found, but the network has no \(key)"
  }
}
