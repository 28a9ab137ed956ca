internal import Checkpoints
internal import Files
public import Foundation
internal import Models

/// The `model_index.json` of a text-to-sound model: diffusers' keys, and Inkwell's own in one more.
public struct SoundModelIndex: Codable, Sendable, Hashable {
  /// What diffusers does not note.
  public struct About: Codable, Sendable, Hashable {
    /// What the model makes, in a few words.
    public var summary: String
    /// Where prompts are cut, in tokens of the text encoder.
    public var maximumTokens: Int
    /// How sounds are sampled unless something else is asked for.
    public var settings: SoundSettings

    enum CodingKeys: String, CodingKey {
      case summary
      case maximumTokens = "maximum_tokens"
      case settings
    }

    /// Describes a model.
    public init(
      summary: String, maximumTokens: Int = 32, settings: SoundSettings = SoundSettings()
    ) {
      self.summary = summary
      self.maximumTokens = maximumTokens
      self.settings = settings
    }
  }

  /// diffusers' class of the pipeline.
  var pipeline = "StableAudioPipeline"
  /// The library and the class of every part.
  var autoencoder = ["diffusers", "AutoencoderOobleck"]
  var transformer = ["diffusers", "StableAudioDiTModel"]
  var projection = ["stable_audio", "StableAudioProjectionModel"]
  var textEncoder = ["transformers", "BertModel"]
  var scheduler = ["diffusers", "CosineDPMSolverMultistepScheduler"]
  /// What diffusers does not note.
  public var about: About

  enum CodingKeys: String, CodingKey {
    case pipeline = "_class_name"
    case autoencoder = "vae"
    case transformer
    case projection = "projection_model"
    case textEncoder = "text_encoder"
    case scheduler
    case about = "inkwell"
  }

  /// The index of a model.
  init(_ about: About) {
    self.about = about
  }

  /// Throws unless the parts are those that are run here.
  func check(file: String) throws(ModelError) {
    let known = SoundModelIndex(about)
    for (key, expected, found) in [
      (CodingKeys.pipeline, [known.pipeline], [pipeline]),
      (.autoencoder, known.autoencoder, autoencoder),
      (.transformer, known.transformer, transformer),
      (.projection, known.projection, projection),
      (.textEncoder, known.textEncoder, textEncoder),
      (.scheduler, known.scheduler, scheduler),
    ] where expected != found {
      throw .unsupported(
        file: file, key: key.stringValue, expected: expected.joined(separator: " "),
        found: found.joined(separator: " "))
    }
  }
}

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
    let file = url.appending(path: ModelFolder.indexFile)
    let head: PipelineHead = try readConfiguration(from: file)
    let known = "StableAudioPipeline"
    guard head.pipeline == known else {
      throw ModelError.unsupported(
        file: file.path(percentEncoded: false), key: "_class_name", expected: known,
        found: head.pipeline)
    }
    index = try readConfiguration(from: file)
    try index.check(file: file.path(percentEncoded: false))
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
    try Dictionary(
      uniqueKeysWithValues: Self.files.map { name in
        (name, try FileHash.sha256(of: url.appending(path: name)))
      })
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

/// What is read of a `model_index.json` before the rest.
struct PipelineHead: Decodable {
  let pipeline: String
  enum CodingKeys: String, CodingKey { case pipeline = "_class_name" }
}

extension ModelLibrary {
  /// The model in a folder, if it makes sounds.
  ///
  /// - Parameter folder: A folder with a `model_index.json`.
  /// - Returns: The model; nothing if the index is of another kind.
  /// - Throws: ``ModelError``, or what reading the index throws.
  public func soundModel(in folder: URL) throws -> SoundModelFolder? {
    let head: PipelineHead = try readConfiguration(
      from: folder.appending(path: ModelFolder.indexFile))
    return head.pipeline == "StableAudioPipeline" ? try SoundModelFolder(folder) : nil
  }

  /// The folder of a text-to-sound model.
  ///
  /// - Parameter name: A name in the library, or the path of a folder, which has a slash.
  /// - Returns: The folder.
  /// - Throws: ``ModelError`` that names the nearest models, or what reading a folder throws.
  func soundModel(_ name: String) throws -> SoundModelFolder {
    try SoundModelFolder(
      isPath(name) ? URL(filePath: name, directoryHint: .isDirectory) : folder(name))
  }
}
