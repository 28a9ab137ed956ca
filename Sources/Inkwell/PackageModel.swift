internal import Diffusion
internal import Foundation

/// Puts trained parts together as the folder of a model, in diffusers' layout.
public struct PackageModel: Codable, Sendable, Hashable {
  /// The folder of the autoencoder: `config.json` and its weights.
  public var autoencoder: String
  /// The folder of the transformer: `config.json` and its weights.
  public var transformer: String
  /// The folder of the text encoder: `config.json`, `tokenizer.json` and its weights.
  public var textEncoder: String
  /// The folder of the model.
  public var output: String
  /// How far the times of training were moved toward the noise; 1 is not at all.
  public var shift: Double
  /// What diffusers does not note.
  public var about: ModelIndex.About

  /// Names the parts.
  public init(
    autoencoder: String, transformer: String, textEncoder: String, output: String,
    shift: Double = 1, about: ModelIndex.About
  ) {
    self.autoencoder = autoencoder
    self.transformer = transformer
    self.textEncoder = textEncoder
    self.output = output
    self.shift = shift
    self.about = about
  }

  /// Reads the parts to see that they fit together, copies them, and puts the model in its place.
  ///
  /// The folder is whole or not there. What an earlier model's folder has beside the parts, such
  /// as a model card, is kept.
  ///
  /// - Returns: The model.
  /// - Throws: ``ModelError``, what is wrong with a part, or a `FileError`.
  @discardableResult
  public func callAsFunction() throws -> ModelFolder {
    try about.settings.validate()
    _ = try TextToImageModel(
      ModelParts(
        autoencoder: URL(filePath: autoencoder), transformer: URL(filePath: transformer),
        textEncoder: URL(filePath: textEncoder)),
      schedule: FlowSchedule(shift: shift), maximumTokens: about.maximumTokens)
    let target = URL(filePath: output, directoryHint: .isDirectory).standardizedFileURL
    try ModelAssembly(
      autoencoder: autoencoder, transformer: transformer, textEncoder: textEncoder, shift: shift
    ).put(ModelIndex(about), into: target) { _ = try ModelFolder($0) }
    return try ModelFolder(target)
  }
}

/// Puts trained parts together as the folder of a model that makes clips, in diffusers' layout.
public struct PackageVideoModel: Codable, Sendable, Hashable {
  /// The folder of the autoencoder: `config.json` and its weights.
  public var autoencoder: String
  /// The folder of the transformer: `config.json` and its weights.
  public var transformer: String
  /// The folder of the text encoder: `config.json`, `tokenizer.json` and its weights.
  public var textEncoder: String
  /// The folder of the model.
  public var output: String
  /// How far the times of training were moved toward the noise; 1 is not at all.
  public var shift: Double
  /// What diffusers does not note.
  public var about: VideoModelIndex.About

  /// Names the parts.
  public init(
    autoencoder: String, transformer: String, textEncoder: String, output: String,
    shift: Double, about: VideoModelIndex.About
  ) {
    self.autoencoder = autoencoder
    self.transformer = transformer
    self.textEncoder = textEncoder
    self.output = output
    self.shift = shift
    self.about = about
  }

  /// Copies the parts, reads them to see that they fit together, and puts the model in its place,
  /// as ``PackageModel`` does.
  ///
  /// - Returns: The model.
  /// - Throws: ``ModelError``, what is wrong with a part, or a `FileError`.
  @discardableResult
  public func callAsFunction() throws -> VideoModelFolder {
    try about.settings.validate()
    let target = URL(filePath: output, directoryHint: .isDirectory).standardizedFileURL
    try ModelAssembly(
      autoencoder: autoencoder, transformer: transformer, textEncoder: textEncoder, shift: shift
    ).put(VideoModelIndex(about), into: target) {
      _ = try TextToVideoModel(VideoModelFolder($0))
    }
    return try VideoModelFolder(target)
  }
}

/// The parts of a model on their way into its folder.
private struct ModelAssembly {
  let autoencoder: String
  let transformer: String
  let textEncoder: String
  let shift: Double

  /// Puts the parts and what is said about them into a folder that is whole or not there.
  func put(_ index: some Encodable, into target: URL, check: (URL) throws -> Void) throws {
    let place = ModelPlace(target, parts: ["vae", "transformer", "text_encoder", "scheduler"])
    try place.put { staging in
      try assemble(index, in: staging)
      try check(staging)
    }
  }

  private func assemble(_ index: some Encodable, in folder: URL) throws {
    for (part, source) in [
      ("vae", autoencoder), ("transformer", transformer), ("text_encoder", textEncoder),
    ] {
      let source = URL(filePath: source, directoryHint: .isDirectory)
      for file in ModelFolder.files where file.hasPrefix(part + "/") {
        try ModelPlace.copy(
          source.appending(path: file.dropFirst(part.count + 1)), to: folder, as: file)
      }
    }
    let license = URL(filePath: textEncoder).appending(path: "LICENSE")
    if FileManager.default.fileExists(atPath: license.path(percentEncoded: false)) {
      try ModelPlace.copy(license, to: folder, as: "text_encoder/LICENSE")
    }
    try ModelPlace.write(FlowScheduler(shift: shift), to: folder, as: ModelFolder.schedulerFile)
    try ModelPlace.write(index, to: folder, as: ModelFolder.indexFile)
  }
}
