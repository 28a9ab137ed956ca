public import Foundation
internal import Models
public import Training

/// What `inkwell train` trains: one of the trainings, with all its settings, as a JSON file has it.
///
/// The file's key `train` names the training by its ``RecipeTraining/kind``.
public struct TrainingRecipe: Codable, Sendable, Hashable {
  /// All trainings that there are, sorted by their kinds.
  public static let trainings: [any RecipeTraining.Type] = [
    AutoencoderTraining.self, ClassifierTraining.self, ClipAutoencoderTraining.self,
    ConformerTraining.self, DockingTraining.self, DockingConfidenceTraining.self, LoRATraining.self,
    MoleculeTraining.self,
    PictureAndTextTraining.self, PictureToTextTraining.self, PixelTraining.self,
    SoundAutoencoderTraining.self,
    TextToImageTraining.self, TextToShapeTraining.self, TextToSoundTraining.self,
    TextToVideoTraining.self, WorldTraining.self,
  ]

  /// The training itself.
  public private(set) var training: any RecipeTraining

  private enum CodingKeys: String, CodingKey {
    case train
  }

  /// Reads a recipe.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try keys.decode(String.self, forKey: .train)
    guard let training = Self.trainings.first(where: { $0.kind == kind }) else {
      let kinds = Self.trainings.map { $0.kind }.joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        forKey: .train, in: keys, debugDescription: "expected one of \(kinds), found \(kind)")
    }
    self.training = try training.init(from: decoder)
  }

  /// Writes a recipe.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(type(of: training).kind, forKey: .train)
    try training.encode(to: encoder)
  }

  /// Whether two recipes are of one kind and have the same settings.
  public static func == (a: Self, b: Self) -> Bool {
    AnyHashable(a.training) == AnyHashable(b.training)
  }

  /// Hashes the training.
  public func hash(into hasher: inout Hasher) { AnyHashable(training).hash(into: &hasher) }

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
    training = try training.overridden(data: data, steps: steps)
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
