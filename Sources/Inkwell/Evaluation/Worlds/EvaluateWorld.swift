internal import Evaluation
internal import Foundation
internal import Modalities

/// Measures how good a model of a world is, and writes a page about it.
///
/// How far it drifts from the simulator (``MeasureDrift``), and what its drives are worth as data:
/// judges learn from few real drives, from drives that the model makes up, and from both, what the
/// driver did, and are tested on real drives that were held out.
public struct EvaluateWorld: Codable, Sendable, Hashable {
  /// The fewest held-out drives of which figures are told.
  static let fewestDrives = 8

  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of drives that `inkwell synthesize` made.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The most held-out drives to go on with and to look at, at least 8.
  public var drives: Int
  /// The seed of the first drive, and of all other draws.
  public var seed: UInt64
  /// The few real drives, at least 1.
  public var realDrives = 8
  /// The drives that the model makes up, at least 1.
  public var generatedDrives = 96
  /// The frames of each of them that it makes, at least 1.
  public var generatedFrames = 24
  /// The steps of a judge's training, at least 1.
  public var judgeSteps = 600

  /// Describes an evaluation.
  public init(
    model: String = "inkwell-street", data: String, output: String, drives: Int = 64,
    seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.drives = drives
    self.seed = seed
  }

  /// Evaluates the model and writes `README.md` and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, ``SynthesizeError``, ``TrainingDataError``, a
  ///   `SamplingError`, or what is wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> WorldFigures {
    for (name, value, least) in [
      ("drives", drives, Self.fewestDrives), ("realDrives", realDrives, 1),
      ("generatedDrives", generatedDrives, 1), ("generatedFrames", generatedFrames, 1),
      ("judgeSteps", judgeSteps, 1),
    ] where value < least {
      throw EvaluationError.value(name, expected: "\(least) or more", found: "\(value)")
    }
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    let run = try WorldEvaluation(self, library, stop: stop, report: report)
    let figures = try run.figures()
    try page.write(figures, page: WorldPage(figures: figures, request: self).markdown)
    return figures
  }
}
