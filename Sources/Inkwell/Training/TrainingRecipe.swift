public import Foundation
internal import Models
public import Training

/// What `inkwell train` trains: one of the trainings, with all its settings, as a JSON file has it.
///
/// The file's key `train` names the training: `autoencoder`, `classifier`, `clip-autoencoder`,
/// `conformers`, `docking`, `lora`, `molecules`, `picture-to-text`, `pixels`, `sound-autoencoder`,
/// `text-to-image`, `text-to-shape`, `text-to-sound`, `text-to-video` or `world`.
public enum TrainingRecipe: Codable, Sendable, Hashable {
  case autoencoder(AutoencoderTraining)
  case classifier(ClassifierTraining)
  case clipAutoencoder(ClipAutoencoderTraining)
  case conformers(ConformerTraining)
  case docking(DockingTraining)
  case lora(LoRATraining)
  case molecules(MoleculeTraining)
  case pictureToText(PictureToTextTraining)
  case pixels(PixelTraining)
  case soundAutoencoder(SoundAutoencoderTraining)
  case textToVideo(TextToVideoTraining)
  case textToImage(TextToImageTraining)
  case textToShape(TextToShapeTraining)
  case textToSound(TextToSoundTraining)
  case world(WorldTraining)

  private enum Kind: String, Codable {
    case autoencoder
    case classifier
    case clipAutoencoder = "clip-autoencoder"
    case conformers
    case docking
    case lora
    case molecules
    case pictureToText = "picture-to-text"
    case pixels
    case soundAutoencoder = "sound-autoencoder"
    case textToVideo = "text-to-video"
    case textToImage = "text-to-image"
    case textToShape = "text-to-shape"
    case textToSound = "text-to-sound"
    case world
  }

  private enum CodingKeys: String, CodingKey {
    case train
  }

  /// Reads a recipe.
  public init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .train) {
    case .autoencoder: self = .autoencoder(try AutoencoderTraining(from: decoder))
    case .classifier: self = .classifier(try ClassifierTraining(from: decoder))
    case .clipAutoencoder:
      self = .clipAutoencoder(try ClipAutoencoderTraining(from: decoder))
    case .conformers: self = .conformers(try ConformerTraining(from: decoder))
    case .docking: self = .docking(try DockingTraining(from: decoder))
    case .lora: self = .lora(try LoRATraining(from: decoder))
    case .molecules: self = .molecules(try MoleculeTraining(from: decoder))
    case .pictureToText: self = .pictureToText(try PictureToTextTraining(from: decoder))
    case .pixels: self = .pixels(try PixelTraining(from: decoder))
    case .soundAutoencoder:
      self = .soundAutoencoder(try SoundAutoencoderTraining(from: decoder))
    case .textToVideo: self = .textToVideo(try TextToVideoTraining(from: decoder))
    case .textToImage: self = .textToImage(try TextToImageTraining(from: decoder))
    case .textToShape: self = .textToShape(try TextToShapeTraining(from: decoder))
    case .textToSound: self = .textToSound(try TextToSoundTraining(from: decoder))
    case .world: self = .world(try WorldTraining(from: decoder))
    }
  }

  /// Writes a recipe.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(kind, forKey: .train)
    try training.encode(to: encoder)
  }

  private var kind: Kind {
    switch self {
    case .autoencoder: .autoencoder
    case .classifier: .classifier
    case .clipAutoencoder: .clipAutoencoder
    case .conformers: .conformers
    case .docking: .docking
    case .lora: .lora
    case .molecules: .molecules
    case .pictureToText: .pictureToText
    case .pixels: .pixels
    case .soundAutoencoder: .soundAutoencoder
    case .textToVideo: .textToVideo
    case .textToImage: .textToImage
    case .textToShape: .textToShape
    case .textToSound: .textToSound
    case .world: .world
    }
  }

  /// The training itself.
  public var training: any RecipeTraining {
    switch self {
    case .autoencoder(let training): training
    case .classifier(let training): training
    case .clipAutoencoder(let training): training
    case .conformers(let training): training
    case .docking(let training): training
    case .lora(let training): training
    case .molecules(let training): training
    case .pictureToText(let training): training
    case .pixels(let training): training
    case .soundAutoencoder(let training): training
    case .textToVideo(let training): training
    case .textToImage(let training): training
    case .textToShape(let training): training
    case .textToSound(let training): training
    case .world(let training): training
    }
  }

  /// Reads the recipe of a file.
  ///
  /// - Throws: `ConfigurationError`, or ``RecipeError`` for a key that no recipe of its kind has.
  public init(contentsOf url: URL) throws {
    self = try readConfiguration(from: url)
    let unknown = try RecipeKeys(ofFile: url).subtracting(RecipeKeys(of: self))
    guard unknown.isEmpty else {
      throw RecipeError.unknownKeys(file: url.path(percentEncoded: false), keys: unknown)
    }
  }

  /// Takes another folder of pictures or another number of steps.
  public mutating func override(data: String?, steps: Int?) throws {
    switch self {
    case .autoencoder(let training):
      self = .autoencoder(try training.overridden(data: data, steps: steps))
    case .classifier(let training):
      self = .classifier(try training.overridden(data: data, steps: steps))
    case .clipAutoencoder(let training):
      self = .clipAutoencoder(try training.overridden(data: data, steps: steps))
    case .conformers(let training):
      self = .conformers(try training.overridden(data: data, steps: steps))
    case .docking(let training):
      self = .docking(try training.overridden(data: data, steps: steps))
    case .lora(let training):
      self = .lora(try training.overridden(data: data, steps: steps))
    case .molecules(let training):
      self = .molecules(try training.overridden(data: data, steps: steps))
    case .pictureToText(let training):
      self = .pictureToText(try training.overridden(data: data, steps: steps))
    case .pixels(let training):
      self = .pixels(try training.overridden(data: data, steps: steps))
    case .soundAutoencoder(let training):
      self = .soundAutoencoder(try training.overridden(data: data, steps: steps))
    case .textToVideo(let training):
      self = .textToVideo(try training.overridden(data: data, steps: steps))
    case .textToImage(let training):
      self = .textToImage(try training.overridden(data: data, steps: steps))
    case .textToShape(let training):
      self = .textToShape(try training.overridden(data: data, steps: steps))
    case .textToSound(let training):
      self = .textToSound(try training.overridden(data: data, steps: steps))
    case .world(let training):
      self = .world(try training.overridden(data: data, steps: steps))
    }
  }

  /// Trains, or goes on with what `folder` has.
  ///
  /// - Parameters:
  ///   - folder: The folder of the run.
  ///   - onStart: Given the run, which can be asked to stop.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with the data, the plan or the folder; a `CancellationError` where the
  ///   run was asked to stop, with all saved.
  public func train(
    folder: URL, onStart: (TrainingRun) -> Void = { _ in },
    report: (TrainingReport) -> Void = { _ in }
  ) throws {
    try training(folder: folder, onStart: onStart, report: report)
  }
}

extension TrainingPlan {
  /// The plan with another number of steps.
  func with(steps: Int) throws -> TrainingPlan {
    try TrainingPlan(
      steps: steps, batchSize: batchSize, accumulation: accumulation, learningRate: learningRate,
      optimizer: optimizer, muon: muon, clip: clip, averageDecay: averageDecay,
      precision: precision,
      seed: seed, saveEvery: saveEvery, sampleEvery: sampleEvery)
  }
}
