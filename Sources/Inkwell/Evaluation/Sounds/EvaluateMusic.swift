internal import Evaluation
internal import Foundation
internal import Torch

/// Measures how good a model of music is, and writes a page about it.
///
/// The model plays the captions of clips that it was not trained on. Judges that know nothing of
/// the model say what instrument, key and tempo they hear: of its sounds, of the real ones, and of
/// the real ones through its autoencoder. A model that follows melodies also plays those of the
/// clips, where the data has them, and the share of their notes that is heard is measured.
public struct EvaluateMusic: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of sounds that `inkwell dataset music` made.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The most captions to play, at least 8.
  public var sounds: Int
  /// The most training sounds that the judges learn from and that distances are from, at least 8.
  public var trainingSounds: Int
  /// The seed of the first sound, and of all other draws.
  public var seed: UInt64
  /// The resamples for the interval of the Fréchet distance, at least 1.
  public var resamples: Int
  /// How many sounds are kept beside the page, the first ones.
  public var kept: Int

  /// Describes an evaluation.
  public init(
    model: String = Music.Request.standardModel, data: String, output: String, sounds: Int = 200,
    seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.sounds = sounds
    self.seed = seed
    trainingSounds = 2000
    resamples = 200
    kept = 8
  }

  /// Evaluates the model and writes `README.md`, some sounds and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, `ImageFolderError`, `SoundError`, or what is
  ///   wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> MusicFigures {
    for (name, value, least) in [
      ("sounds", sounds, 8), ("trainingSounds", trainingSounds, 8), ("resamples", resamples, 1),
      ("kept", kept, 0),
    ] where value < least {
      throw EvaluationError.value(name, expected: "\(least) or more", found: "\(value)")
    }
    let folder = try library.soundModel(model)
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    let run = try MusicEvaluation(self, folder: folder, stop: stop, report: report)
    let figures = try run.figures(savingTo: page.url)
    try page.write(figures, page: MusicPage(figures: figures, request: self).markdown)
    return figures
  }
}
