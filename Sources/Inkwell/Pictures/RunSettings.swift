public import Foundation

/// How a run goes beside what it makes.
public struct RunSettings: Sendable, Hashable {
  /// Whether it is told where each word of the prompts acted, see ``PictureExplanation``.
  public var explains = false

  /// The folder of a tiny autoencoder in diffusers' layout that unfinished pictures are shown with;
  /// the model's own autoencoder, which takes longer, if not given.
  public var previewDecoder: URL?

  /// The usual settings.
  public init() {}
}
