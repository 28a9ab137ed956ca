internal import Checkpoints
internal import Foundation
internal import Layers
internal import Models

extension Generate {
  /// A LoRA, and how strongly it acts.
  public struct Adapter: Codable, Sendable, Hashable {
    /// The path of its file.
    public var path: String
    /// How much of the change is made: 0 is none, 1 is as it was trained; -10 … 10.
    public var weight: Double

    /// Names a LoRA.
    public init(path: String, weight: Double = 1) {
      self.path = path
      self.weight = weight
    }

    /// The file's name without its extension, as AUTOMATIC1111's web UI calls a LoRA in a prompt.
    var name: String { URL(filePath: path).deletingPathExtension().lastPathComponent }
  }

  /// Which edges of a picture meet, so that it can be laid beside itself without a seam.
  public enum Tile: String, Codable, Sendable, Hashable, CaseIterable {
    /// Left and right.
    case x
    /// Top and bottom.
    case y
    /// All four.
    case both

    /// As layers are told it.
    var wrapping: Wrapping {
      switch self {
      case .x: .x
      case .y: .y
      case .both: .both
      }
    }
  }

  /// How the signs of a prompt are read.
  public enum PromptSyntax: String, Codable, Sendable, Hashable, CaseIterable {
    /// Nothing has a meaning, and what is too long is cut off: diffusers' pipelines.
    case plain
    /// `(word:1.2)`, `[word]` and `BREAK`, at any length: AUTOMATIC1111's web UI.
    case a1111
    /// `word+`, `(words)1.3`, `("a", "b").blend(1, 2)`, at any length: the library compel.
    case compel
  }
}

/// What is added to a model while it is read, and how it is kept.
struct ModelAdditions: Sendable {
  /// Changes to its weights.
  var loras: [WeightedLoRA] = []
  /// Words with vectors of their own.
  var words: [TextualInversion] = []
  /// What is added to linear layers of the U-Net while it is trained, by their names.
  var layers: [String: LowRank] = [:]
  /// Which edges of a picture meet.
  var wrapping: Wrapping?
  /// The options that it was made of, by which two loaded models are told apart.
  private(set) var options = Generate.Options()
  /// What takes the place of its autoencoder.
  var autoencoder: SwappedPart?
  /// What takes the places of its text encoders, from the first on.
  var textEncoders: [SwappedPart] = []
  /// How memory is saved.
  var saving = MemorySaving()
  /// What the denoiser and the autoencoder compute with.
  var precision = Precision.float32
  /// What computes the denoiser and the decoder.
  var engine = Engine.standard
  /// Is told what of them cannot be compiled.
  var notes = CompilerNotes()

  /// Nothing.
  init() {}

  /// Opens what a request names.
  ///
  /// - Throws: What is wrong with a file.
  init(_ request: Generate.Request) throws {
    autoencoder = request.vae.map { SwappedPart(path: $0) }
    textEncoders = (request.textEncoders ?? []).map { SwappedPart(path: $0) }
    loras = try (request.loras ?? []).map {
      WeightedLoRA(try LoRA(contentsOf: URL(filePath: $0.path)), weight: $0.weight)
    }
    words = try (request.embeddings ?? []).map {
      try TextualInversion(contentsOf: URL(filePath: $0))
    }
    wrapping = request.tile?.wrapping
    precision = request.precision ?? .float32
    options = request.options.loading
  }

  /// Throws for a model that takes no additions.
  func refuse(for model: String) throws(GenerateError) {
    if !loras.isEmpty { throw .unknownSetting("lora", of: model) }
    if !words.isEmpty { throw .unknownSetting("embedding", of: model) }
    if wrapping != nil { throw .unknownSetting("tile", of: model) }
    if autoencoder != nil { throw .unknownSetting("vae", of: model) }
    if !textEncoders.isEmpty { throw .unknownSetting("text encoder", of: model) }
  }
}

extension ModelAdditions {
  /// Opens what takes the places of a model's text encoders.
  ///
  /// - Parameters:
  ///   - names: The encoders' folders in diffusers' layout.
  ///   - own: Answers the sizes of the model's own encoder, and whether it has a projection.
  /// - Returns: The weights, sizes and files of those that are replaced, by folder.
  /// - Throws: ``GenerateError`` if there are more than the model has, or what is wrong with one.
  func swappedTexts(
    _ names: [String], own: (String) throws -> (CLIPTextConfiguration, Bool)
  ) throws -> [String: SwappedText] {
    try SwappedPart.checkTextEncoders(textEncoders.count, of: names.count)
    return try zip(names, textEncoders).reduce(into: [:]) { all, pair in
      let (sizes, projects) = try own(pair.0)
      all[pair.0] = try pair.1.textEncoder(like: sizes, projects: projects)
    }
  }
}
