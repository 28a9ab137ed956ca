internal import Checkpoints
internal import Files
public import Foundation
internal import Layers
internal import Models

extension PictureDiffusion {
  /// Reads a model that was trained.
  ///
  /// - Parameter folder: Holds `model.json`, the network's `config.json` and weights, and for
  ///   latents the folder `autoencoder`.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `LoadingError` with all misfits, or
  ///   `TrainingError.invalid` where the sizes do not fit together.
  public init(folder: URL) throws {
    let description: Description = try readConfiguration(from: folder.appending(path: "model.json"))
    let vae = folder.appending(path: "autoencoder")
    let isLatent = FileManager.default.fileExists(atPath: vae.path(percentEncoded: false))
    let network = try ADMUNet(folder: folder)
    self.init(
      description, network: network,
      space: try description.space(
        autoencoder: isLatent ? vae : nil, of: network.configuration),
      schedule: try description.process.schedule())
  }

  /// Writes a model as it is read.
  ///
  /// - Parameters:
  ///   - weights: The network's weights.
  ///   - network: Its sizes.
  ///   - description: What there is to know of it.
  ///   - autoencoder: The folder of the autoencoder, for latents, which is copied.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  static func write(
    _ weights: WeightSource, _ network: ADMConfiguration, _ description: Description,
    autoencoder: URL?, to folder: URL
  ) throws {
    try ADMUNet.write(weights, network, to: folder)
    if let autoencoder {
      let copy = folder.appending(path: "autoencoder", directoryHint: .isDirectory)
      let part = folder.appending(path: ".autoencoder", directoryHint: .isDirectory)
      Folder.discard(part)
      try Folder.make(part)
      for file in [
        autoencoder.appending(path: "config.json"), AutoencoderKL.weights(in: autoencoder),
      ] {
        try Folder.copy(file, to: part.appending(path: file.lastPathComponent))
      }
      try Folder.replace(copy, with: part)
    }
    try writeDescription(description, to: folder.appending(path: "model.json"))
  }
}

/// Writes what there is to know of a network, for people to read too.
func writeDescription(_ description: some Encodable, to url: URL) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  try AtomicFile.write(try encoder.encode(description) + "\n".utf8, to: url)
}
