public import Modalities
internal import Torch

/// What happens while the pictures of a request are made.
public enum PictureEvent<Request: PictureRequest>: Sendable {
  /// The model is being read.
  case loading(model: String)
  /// The model is going to be read, with so much memory expected; not told of every model.
  case planned(MemoryPlan)
  /// A prompt is longer than the model reads.
  case cut(Generate.Cut)
  /// Something that was to run compiled does not, and why.
  case uncompiled(reason: String)
  /// A step was made.
  case step(PictureStep)
  /// Where the words of a picture acted, if that was asked for; it comes before the picture.
  case explained(PictureExplanation)
  /// A picture is ready.
  case image(MadePicture<Request>)
}

/// How far a run is.
public struct PictureStep: Sendable {
  /// The step that was made, from 1 to ``count``.
  public let index: Int
  /// The number of steps of these pictures.
  public let count: Int
  /// The pictures that are being made, counted from 0.
  public let pictures: Range<Int>
  /// The number of pictures of the run.
  public let total: Int
  /// The time until all pictures are ready, as the steps so far tell it.
  public let secondsToGo: Double
  /// What the pictures will probably be.
  public let preview: PicturePreview
}

/// What unfinished pictures will probably be; made only when it is asked for.
public struct PicturePreview: Sendable {
  private let x0: Tensor
  private let pictures: @Sendable (Tensor) throws -> [Image]

  /// - Parameters:
  ///   - x0: The estimate of the clean samples, `[batch, …]`.
  ///   - pictures: Makes pictures of samples.
  init(_ x0: Tensor, _ pictures: @escaping @Sendable (Tensor) throws -> [Image]) {
    self.x0 = x0
    self.pictures = pictures
  }

  /// The first of the pictures as it is estimated now, at the model's own size.
  ///
  /// - Throws: What decoding it throws.
  public func first() throws -> Image {
    try pictures(x0.narrowed(dim: 0, start: 0, length: 1))[0]
  }
}

extension Generate {
  /// What happens while pictures are made.
  public typealias Event = PictureEvent<Request>

  /// Where a prompt was cut because it was too long.
  public struct Cut: Sendable, Hashable {
    /// What a prompt is for.
    public enum Role: String, Sendable, Hashable {
      /// It says what to draw.
      case prompt
      /// It says what not to draw.
      case negative = "negative prompt"
    }

    /// What the prompt is for.
    public let role: Role
    /// The part of the prompt that the model reads.
    public let kept: String
    /// The part that it does not.
    public let dropped: String
  }
}
