internal import Diffusion
internal import Files
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
    let parent = target.deletingLastPathComponent()
    let name = target.lastPathComponent
    let staging = parent.appending(
      path: ".\(name).partial-\(ProcessInfo.processInfo.processIdentifier)",
      directoryHint: .isDirectory)
    let kept = try Self.filesToKeep(in: target)
    try Folder.make(parent)
    try Folder.makeNew(staging)
    do {
      try assemble(in: staging)
      for file in kept { try Self.copy(target.appending(path: file), to: staging, as: file) }
      _ = try ModelFolder(staging)
      try Folder.replace(target, with: staging)
    } catch {
      Folder.discard(staging)
      throw error
    }
    return try ModelFolder(target)
  }

  private func assemble(in folder: URL) throws {
    for (part, source) in [
      ("vae", autoencoder), ("transformer", transformer), ("text_encoder", textEncoder),
    ] {
      let source = URL(filePath: source, directoryHint: .isDirectory)
      for file in ModelFolder.files where file.hasPrefix(part + "/") {
        try Self.copy(source.appending(path: file.dropFirst(part.count + 1)), to: folder, as: file)
      }
    }
    let license = URL(filePath: textEncoder).appending(path: "LICENSE")
    if FileManager.default.fileExists(atPath: license.path(percentEncoded: false)) {
      try Self.copy(license, to: folder, as: "text_encoder/LICENSE")
    }
    try Self.write(FlowScheduler(shift: shift), to: folder, as: ModelFolder.schedulerFile)
    try Self.write(ModelIndex(about), to: folder, as: ModelFolder.indexFile)
  }

  /// What is in an earlier model's folder beside its parts.
  private static func filesToKeep(in folder: URL) throws -> [String] {
    let path = folder.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let names = try Folder.names(in: folder)
    let parts: Set = [
      "vae", "transformer", "text_encoder", "scheduler", ModelFolder.indexFile,
    ]
    guard names.isEmpty || !parts.isDisjoint(with: names) else {
      throw ModelError.occupied(path: path, found: names.prefix(3).joined(separator: ", "))
    }
    return names.filter { !parts.contains($0) }
  }

  private static func copy(_ file: URL, to folder: URL, as name: String) throws {
    let target = folder.appending(path: name)
    try Folder.make(target.deletingLastPathComponent())
    try Folder.copy(file, to: target)
  }

  private static func write(_ value: some Encodable, to folder: URL, as name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let file = folder.appending(path: name)
    try Folder.make(file.deletingLastPathComponent())
    try AtomicFile.write(try encoder.encode(value) + "\n".utf8, to: file)
  }
}
