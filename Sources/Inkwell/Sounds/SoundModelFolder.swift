internal import Checkpoints
internal import Files
public import Foundation
internal import Models

/// A text-to-sound model on the disk, in diffusers' layout.
///
/// `model_index.json` and the folders `vae`, `transformer`, `projection_model`, `text_encoder`
/// (with its tokenizer) and `scheduler`.
public struct SoundModelFolder: Sendable {
  /// The folder.
  public let url: URL
  /// What the model is.
  public let index: SoundModelIndex

  /// Every file on which a sound depends, relative to the folder.
  static let files =
    ["vae", "transformer", "projection_model"].flatMap {
      ["\($0)/config.json", "\($0)/diffusion_pytorch_model.safetensors"]
    } + [
      "text_encoder/config.json", "text_encoder/model.safetensors", "text_encoder/tokenizer.json",
      ModelFolder.schedulerFile,
    ]

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Parameter url: The folder.
  /// - Throws: ``ModelError`` that names every file that is missing, or what is wrong with
  ///   `model_index.json`.
  public init(_ url: URL) throws {
    try ModelFolder.check(url, has: [ModelFolder.indexFile] + Self.files)
    index = try SoundModelIndex(of: url)
    self.url = url
  }

  /// The folder's own name.
  public var name: String { url.standardizedFileURL.lastPathComponent }

  /// The bytes of all files on which a sound depends.
  public var byteCount: Int {
    get throws { try ModelFolder.byteCount(of: Self.files.map { url.appending(path: $0) }) }
  }

  /// The SHA-256 of every file on which a sound depends, by its path in the folder.
  func hashes() throws -> [String: String] {
    try ModelFolder.hashes(of: Self.files, in: url)
  }
}

extension SoundModelFolder {
  /// Puts trained parts together, beside the transformer and the projection that are there.
  ///
  /// - Parameters:
  ///   - about: What the model is.
  ///   - schedule: Its levels of noise.
  ///   - autoencoder: The folder of its autoencoder, which is copied.
  ///   - textEncoder: The folder of its text encoder, which is copied.
  ///   - folder: The folder of the model.
  /// - Throws: `FileError`, or what encoding throws.
  static func complete(
    _ about: SoundModelIndex.About, schedule: StableAudioSchedule, autoencoder: URL,
    textEncoder: URL, in folder: URL
  ) throws {
    for (source, name) in [(autoencoder, "vae"), (textEncoder, "text_encoder")] {
      try Folder.make(folder.appending(path: name))
      for file in files where file.hasPrefix("\(name)/") {
        let copy = folder.appending(path: file)
        guard !FileManager.default.fileExists(atPath: copy.path(percentEncoded: false)) else {
          continue
        }
        try Folder.copy(source.appending(path: copy.lastPathComponent), to: copy)
      }
    }
    let scheduler = folder.appending(path: ModelFolder.schedulerFile)
    try Folder.make(scheduler.deletingLastPathComponent())
    try AtomicFile.write(
      NamedConfiguration("CosineDPMSolverMultistepScheduler", schedule).file, to: scheduler)
    try AtomicFile.write(
      configurationData(SoundModelIndex(about)),
      to: folder.appending(path: ModelFolder.indexFile))
  }
}
