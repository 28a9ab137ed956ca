public import Foundation

/// How a run goes beside what it makes.
public struct RunSettings: Sendable, Hashable {
  /// Whether it is told where each word of the prompts acted, see ``PictureExplanation``.
  public var explains = false

  /// The folder of a tiny autoencoder in diffusers' layout that unfinished pictures are shown with;
  /// the model's own autoencoder, which takes longer, if not given.
  public var previewDecoder: URL?

  /// The most memory that the process may take, in bytes; any if not given.
  public var memoryLimit: Int?

  /// Whether what LoRAs change is computed each time that a weight is used: no changed copy is
  /// held, and pictures are the same.
  public var changesInUse = false

  /// What computes the networks; ``Engine/eager`` if not given.
  public var engine: Engine?

  /// How memory is saved where that was decided before: for a picture that is made again.
  var saving: MemorySaving?
  /// The most pictures at a time.
  var batchSize = 1

  /// The usual settings.
  public init() {}
}
