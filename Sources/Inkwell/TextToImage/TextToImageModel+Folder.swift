internal import Diffusion
package import Foundation
internal import Layers
internal import Models
internal import Torch

/// The folders of a model's parts.
struct ModelParts: Sendable {
  let autoencoder: URL
  let transformer: URL
  let textEncoder: URL
}

extension TextToImageModel {
  /// Reads a model.
  ///
  /// - Parameters:
  ///   - folder: A model in diffusers' layout.
  ///   - precision: What the transformer and the autoencoder compute with.
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  package init(_ folder: ModelFolder, _ precision: Precision = .float32) throws {
    func part(_ name: String) -> URL { folder.url.appending(path: name) }
    try self.init(
      ModelParts(
        autoencoder: part("vae"), transformer: part("transformer"),
        textEncoder: part("text_encoder")),
      schedule: Self.schedule(part(ModelFolder.schedulerFile)),
      maximumTokens: folder.index.about.maximumTokens, precision: precision)
  }

  /// Reads the parts of a model, wherever they are.
  init(
    _ parts: ModelParts, schedule: FlowSchedule, maximumTokens: Int,
    precision: Precision = .float32
  ) throws {
    let matrices = MatrixStorage(dtype: precision.dtype, areQuantized: precision == .int8)
    let tokenizer = Background { try TextEncoder.tokenizer(in: parts.textEncoder) }
    let textNetwork = Background {
      try Self.part(parts.textEncoder) { try BERTEncoder(folder: $0) }
    }
    self.init(
      autoencoder: try Self.part(parts.autoencoder) {
        try AutoencoderKL(folder: $0, matrices: matrices)
      },
      transformer: try Self.part(parts.transformer) {
        try PixArtTransformer(folder: $0, matrices: matrices)
      },
      textEncoder: TextEncoder(
        tokenizer: try tokenizer.value(), network: try textNetwork.value()),
      schedule: schedule, maximumTokens: maximumTokens)
    try checkFit(folder: parts.transformer.path(percentEncoded: false))
  }

  /// Reads the model of a folder in diffusers' layout.
  package init(folder: URL) throws {
    try self.init(ModelFolder(folder))
  }

  /// A part of a model, whose misfits are told with its folder.
  static func part<Part>(_ folder: URL, _ read: (URL) throws -> Part) throws -> Part {
    do {
      return try read(folder)
    } catch let error as LoadingError {
      throw ModelError.weights(folder: folder.path(percentEncoded: false), reason: "\(error)")
    }
  }

  static func schedule(_ file: URL) throws -> FlowSchedule {
    let scheduler: FlowScheduler = try readConfiguration(from: file)
    let known = FlowScheduler(shift: scheduler.shift)
    let path = file.path(percentEncoded: false)
    guard scheduler.className == known.className else {
      throw ModelError.unsupported(
        file: path, key: "_class_name", expected: known.className, found: scheduler.className)
    }
    guard scheduler.timesteps == known.timesteps else {
      throw ModelError.unsupported(
        file: path, key: "num_train_timesteps", expected: "\(known.timesteps)",
        found: "\(scheduler.timesteps)")
    }
    return try FlowSchedule(shift: scheduler.shift)
  }

  private func checkFit(folder: String) throws(ModelError) {
    let latents = autoencoder.configuration.latentChannels
    let sizes = transformer.configuration
    for (what, expected, found) in [
      ("the transformer to take latents of", latents, sizes.inChannels),
      ("the transformer to return latents of", latents, sizes.outChannels),
      ("the transformer to attend to states of", textEncoder.channels, sizes.captionChannels),
    ] where expected != found {
      throw .mismatch(
        folder: folder, expected: "\(what) \(expected) channels", found: "\(found) channels")
    }
    guard (2...textEncoder.longestPrompt).contains(maximumTokens) else {
      throw .mismatch(
        folder: folder, expected: "maximum_tokens of 2 to \(textEncoder.longestPrompt)",
        found: "\(maximumTokens)")
    }
  }
}
