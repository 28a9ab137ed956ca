internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell model`: what has to do with models on the disk.
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Lists, inspects, converts and fetches models, and puts trained parts together.",
    subcommands: [
      ModelListCommand.self, ModelInspectCommand.self, ModelConvertCommand.self,
      ModelPullCommand.self, ModelPackageCommand.self,
    ])
}

/// `inkwell model list`: lists the models that are found by name.
struct ModelListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the models that are found by name.")

  @Flag(help: "Print a line of JSON for each model.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      for model in try ModelLibrary.standard.models() {
        do {
          switch try ModelLibrary.standard.kind(in: model.folder) {
          case .pictures: try show(ModelLibrary.standard.summary(of: model))
          case .pairs:
            let pairs = try PairModelFolder(model.folder)
            try show(model, .pairs, pairs.index.about.summary, pairs.byteCount)
          case .clips:
            let clips = try VideoModelFolder(model.folder)
            try show(model, .clips, clips.index.about.summary, clips.byteCount)
          case .sounds:
            let sounds = try SoundModelFolder(model.folder)
            try show(model, .sounds, sounds.index.about.summary, sounds.byteCount)
          case .worlds:
            let world = try WorldModelFolder(model.folder)
            try show(model, .worlds, world.index.about.summary, world.byteCount)
          case .captions:
            let captions = try CaptionModelFolder(model.folder)
            try show(model, .captions, captions.index.about.summary, captions.byteCount)
          case .conformers:
            let conformers = try ConformerModelFolder(model.folder)
            try show(
              model, .conformers, conformers.index.about.summary, conformers.byteCount)
          case .poses:
            let poses = try DockingModelFolder(model.folder)
            try show(model, .poses, poses.index.about.summary, poses.byteCount)
          case .molecules:
            let molecules = try MoleculeModelFolder(model.folder)
            try show(model, .molecules, molecules.index.about.summary, molecules.byteCount)
          case .shapes:
            let shapes = try ShapeModelFolder(model.folder)
            try show(model, .shapes, shapes.index.about.summary, shapes.byteCount)
          }
        } catch {
          FileHandle.standardError.write(Data("inkwell: \(error)\n".utf8))
        }
      }
    }
  }

  private func show(_ model: ModelSummary) throws {
    let row = Row(
      name: model.name, summary: model.summary, side: model.size.width, bytes: model.bytes,
      styles: model.styles, folder: model.folder.standardizedFileURL.path(percentEncoded: false))
    guard !json else { return try printJSON(row) }
    print(
      "\(row.name): \(row.summary), \(model.size.width) x \(model.size.height) pixels, "
        + "\((row.bytes + 500_000) / 1_000_000) MB, in \(row.folder)")
  }

  /// Shows a model that makes something else than pictures.
  private func show(
    _ model: (name: String, folder: URL), _ kind: ModelKind, _ summary: String, _ bytes: Int
  ) throws {
    let folder = model.folder.standardizedFileURL.path(percentEncoded: false)
    guard !json else {
      return try printJSON(
        OtherRow(name: model.name, makes: kind, summary: summary, bytes: bytes, folder: folder))
    }
    print(
      "\(model.name): \(summary), \(kind.rawValue), \((bytes + 500_000) / 1_000_000) MB, "
        + "in \(folder)")
  }

  private struct OtherRow: Encodable {
    let name: String
    let makes: ModelKind
    let summary: String
    let bytes: Int
    let folder: String
  }

  private struct Row: Encodable {
    let name: String
    let summary: String
    let side: Int
    let bytes: Int
    let styles: [String]
    let folder: String
  }
}

/// `inkwell model package`: puts trained parts together as a model.
struct ModelPackageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "package",
    abstract: """
      Puts trained parts together as a model that `inkwell generate` or `inkwell video` runs.
      """,
    discussion: """
      The folder is in diffusers' layout, and is whole or not there. With the recipe of the \
      transformer's training, what it says is taken over.
      """)

  @Option(help: "The folder of a trained autoencoder.", completion: .directory)
  var autoencoder: String

  @Option(help: "The folder of a trained transformer.", completion: .directory)
  var transformer: String

  @Option(help: "The folder of a text encoder.", completion: .directory)
  var textEncoder: String

  @Option(help: "The folder of the model.", completion: .directory)
  var output: String

  @Option(help: "The recipe of the transformer's training.", completion: .file())
  var recipe: String?

  @Option(help: "Where prompts are cut, in tokens (default: the recipe's, or 32).")
  var maximumTokens: Int?

  @Option(help: "How far training moved the times toward the noise (default: the recipe's, or 1).")
  var shift: Double?

  @Option(help: "What the model draws, in a few words.")
  var summary = "pictures of prompts"

  @Option(help: "The styles that prompts can name, separated by commas (default: the recipe's).")
  var styles: String?

  @Option(help: "How many frames of clips a second has.")
  var frameRate = 10

  @Option(help: "How many steps pictures are made in.")
  var steps = SamplingSettings().steps

  @Option(help: "The guidance scale of pictures.")
  var guidance = SamplingSettings().guidance

  @Option(help: "The sampler of pictures.")
  var sampler = SamplingSettings().sampler

  @Option(help: "Compute the whole denoiser of pictures in every so many steps only.")
  var cacheInterval: Int?

  @Option(help: "Foresee its other answers by a polynomial of this degree, 0 to 3.")
  var cacheOrder: Int?

  func validate() throws {
    guard cacheInterval != nil || cacheOrder == nil else {
      throw ValidationError("Give --cache-interval too.")
    }
  }

  func run() async throws {
    try await reportingFailures {
      var settings = SamplingSettings(steps: steps, guidance: guidance, sampler: sampler)
      settings.cache = cacheInterval.map { .init(interval: $0, order: cacheOrder, kept: .whole) }
      let recipe = try recipe.map { try TrainingRecipe(contentsOf: URL(filePath: $0)) }
      if let training = recipe?.training as? TextToVideoTraining {
        guard cacheInterval == nil else {
          throw ValidationError("--cache-interval is for models of pictures.")
        }
        let model = try video(training, settings)()
        return print("\(model.url.relativePath)")
      }
      let training = try pictures(recipe)
      let package = PackageModel(
        autoencoder: autoencoder, transformer: transformer, textEncoder: textEncoder,
        output: output, shift: shift ?? training?.shift ?? 1,
        about: ModelIndex.About(
          summary: summary, maximumTokens: maximumTokens ?? training?.maximumTokens ?? 32,
          settings: settings,
          styles: styles?.split(separator: ",").map(String.init) ?? training?.styles ?? []))
      let model = try package()
      print("\(model.url.relativePath): \(try model.byteCount) bytes")
    }
  }

  private func pictures(_ recipe: TrainingRecipe?) throws -> TextToImageTraining? {
    guard let recipe else { return nil }
    guard let training = recipe.training as? TextToImageTraining else {
      throw ValidationError(
        "\(self.recipe ?? ""): expected the recipe of a text-to-image or text-to-video training")
    }
    return training
  }

  private func video(
    _ training: TextToVideoTraining, _ settings: SamplingSettings
  ) -> PackageVideoModel {
    PackageVideoModel(
      autoencoder: autoencoder, transformer: transformer, textEncoder: textEncoder,
      output: output, shift: shift ?? training.shift,
      about: VideoModelIndex.About(
        summary: summary, maximumTokens: maximumTokens ?? training.maximumTokens,
        frames: training.frames, side: training.side, frameRate: frameRate, settings: settings))
  }
}
