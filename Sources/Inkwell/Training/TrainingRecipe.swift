public import Foundation
internal import Models
public import Training

/// What `inkwell train` trains: one of the trainings, with all its settings, as a JSON file has it.
///
/// The file's key `train` names the training: `autoencoder` or `text-to-image`.
public enum TrainingRecipe: Codable, Sendable, Hashable {
  case autoencoder(AutoencoderTraining)
  case textToImage(TextToImageTraining)

  private enum Kind: String, Codable {
    case autoencoder
    case textToImage = "text-to-image"
  }

  private enum CodingKeys: String, CodingKey {
    case train
  }

  /// Reads a recipe.
  public init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .train) {
    case .autoencoder: self = .autoencoder(try AutoencoderTraining(from: decoder))
    case .textToImage: self = .textToImage(try TextToImageTraining(from: decoder))
    }
  }

  /// Writes a recipe.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .autoencoder(let training):
      try keys.encode(Kind.autoencoder, forKey: .train)
      try training.encode(to: encoder)
    case .textToImage(let training):
      try keys.encode(Kind.textToImage, forKey: .train)
      try training.encode(to: encoder)
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
    case .autoencoder(var training):
      training.data = data ?? training.data
      if let steps { training.plan = try training.plan.with(steps: steps) }
      self = .autoencoder(training)
    case .textToImage(var training):
      training.data = data ?? training.data
      if let steps { training.plan = try training.plan.with(steps: steps) }
      self = .textToImage(training)
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
    switch self {
    case .autoencoder(let training):
      try training(folder: folder, onStart: onStart, report: report)
    case .textToImage(let training):
      try training(folder: folder, onStart: onStart, report: report)
    }
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
