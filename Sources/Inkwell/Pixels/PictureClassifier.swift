internal import Files
public import Foundation
internal import Layers
internal import Models
internal import Torch
internal import Training

/// A trained network that says which class a picture is of: what ``ClassifierTraining`` makes.
public struct PictureClassifier {
  /// What there is to know of a classifier beside its network.
  public struct Description: Codable, Sendable, Hashable {
    /// The width and height of the pictures.
    public var side: Int
    /// The width and height of the square of pixels that the network sees as one.
    public var patchSize: Int
    /// How the pictures that it was trained on became noise; none for clean ones.
    public var process: PixelProcess?
  }

  /// What there is to know of the classifier beside its network.
  public let description: Description
  let network: ADMClassifier

  init(_ description: Description, network: ADMClassifier) {
    self.description = description
    self.network = network
  }

  /// The number of classes.
  public var classes: Int { network.configuration.trunk.outChannels }

  /// The colours of the pictures: 1, grey, or 3.
  var colors: Int {
    network.configuration.trunk.inChannels / (description.patchSize * description.patchSize)
  }

  /// The logits of the classes of noisy pictures.
  ///
  /// - Parameters:
  ///   - pictures: `[batch, colors, side, side]`.
  ///   - timestep: The number that stands for their noise level; 0 for clean ones.
  /// - Returns: `[batch, classes]`.
  func logits(_ pictures: Tensor, timestep: Double = 0) -> Tensor {
    logits(pictures, timesteps: told(timestep, pictures))
  }

  /// The logits of the classes of noisy pictures, each with its own timestep, `[batch]`.
  func logits(_ pictures: Tensor, timesteps: Tensor) -> Tensor {
    network(patched(pictures), timesteps: timesteps)
  }

  /// What the classifier sees in clean pictures, `[batch, features]`.
  func features(_ pictures: Tensor) -> Tensor {
    network.features(patched(pictures), timesteps: told(0, pictures))
  }

  private func patched(_ pictures: Tensor) -> Tensor {
    let patches =
      description.patchSize == 1 ? pictures : pictures.pixelUnshuffled(description.patchSize)
    return patches.contiguous(memoryFormat: .channelsLast)
  }

  private func told(_ timestep: Double, _ pictures: Tensor) -> Tensor {
    Tensor.full([pictures.shape[0]], .real(timestep))
  }
}

extension PictureClassifier {
  /// Reads a classifier that was trained.
  ///
  /// - Parameter folder: Holds `model.json` and the network's `config.json` and weights.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `LoadingError` with all misfits, or
  ///   `TrainingError.invalid` where the sizes do not fit together.
  public init(folder: URL) throws {
    let description: Description = try readConfiguration(from: folder.appending(path: "model.json"))
    let network = try ADMClassifier(folder: folder)
    try description.check(network.configuration)
    self.init(description, network: network)
  }

  /// Writes a classifier as it is read.
  static func write(
    _ weights: WeightSource, _ network: ADMClassifierConfiguration, _ description: Description,
    to folder: URL
  ) throws {
    try ADMClassifier.write(weights, network, to: folder)
    try writeDescription(description, to: folder.appending(path: "model.json"))
  }
}

extension PictureClassifier.Description {
  /// Refuses a network of other sizes.
  ///
  /// - Throws: `TrainingError.invalid`.
  func check(_ network: ADMClassifierConfiguration) throws {
    try require(patchSize > 0, "patchSize", "1 or more", patchSize)
    let (pixels, channels) = (patchSize * patchSize, network.trunk.inChannels)
    try require(
      [pixels, 3 * pixels].contains(channels), "network.in_channels",
      "\(pixels) or \(3 * pixels)", channels)
    try require(
      side > 0 && side.isMultiple(of: patchSize), "side", "a multiple of \(patchSize)", side)
    try require(
      network.trunk.imageSize == side / patchSize, "network.image_size", "\(side / patchSize)",
      network.trunk.imageSize)
  }
}

/// Writes what there is to know of a network, for people to read too.
func writeDescription(_ description: some Encodable, to url: URL) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  try AtomicFile.write(try encoder.encode(description) + "\n".utf8, to: url)
}
