internal import Evaluation
internal import Foundation
internal import Torch

/// Measures how often an audit finds defects that are planted, and how often it flags others.
///
/// The pictures are the half of those held out that ``CalibrateAudit`` did not see, and what the
/// model draws for their captions.
public struct MeasureAudit: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of pictures with `metadata.jsonl`.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The captions of which pictures are spoiled, at least 8.
  public var captions: Int
  /// The file of what is usual; that of the model's folder if not given.
  public var calibration: String?
  /// The share of false alarms that is allowed, above 0 to 0.5.
  public var falseAlarms: Double
  /// The seed of the defects.
  public var seed: UInt64
  /// Where features and downloads are kept; the user's caches if not given.
  public var cache: String?

  /// Describes a measurement.
  public init(
    model: String = "inkwell-emoji", data: String, output: String, captions: Int = 80,
    seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.captions = captions
    self.seed = seed
    falseAlarms = 0.05
  }

  /// Measures, and writes `README.md` and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``AuditError``, ``EvaluationError``, ``ModelError``, or what is wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> AuditFigures {
    try validate()
    let folder = try library.model(model)
    let network = try EvaluationNetwork.lite0(cache: evaluationCache(cache)) { report(.note($0)) }
    return try run(folder, network: network, until: stop, report: report)
  }

  /// Measures with another network.
  func run(
    _ folder: ModelFolder, network: EvaluationNetwork, until stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws -> AuditFigures {
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    let file = calibration.map { URL(filePath: $0) } ?? AuditCalibration.file(in: folder.url)
    guard exists(file) else {
      throw AuditError.uncalibrated(
        model: folder.name, file: file.path(percentEncoded: false))
    }
    let calibration = try AuditCalibration(contentsOf: file)
    var evaluate = Evaluate(model: model, data: data, output: output)
    evaluate.cache = cache
    let run = try EvaluationRun(
      evaluate, EvaluatedModel(folder, TextToImageModel(folder)), network: network, stop: stop,
      report: report)
    try calibration.check(fits: run.subject.files, data: run.subject.data, in: file)
    let bench = PlantedBench(
      heldOut: try AuditHeldOut(
        .measurement, of: run, captions: captions, seeds: calibration.others + 1),
      training: run.training.pictures,
      panel: AuditPanel(
        side: run.model.nativeSide, features: run.features, memory: try AuditMemory(run)),
      seed: seed)
    let figures = AuditFigures(
      subject: run.subject, falseAlarms: falseAlarms, seed: seed,
      tables: try tables(try bench.measured(), calibration))
    try page.write(figures, page: AuditFiguresPage(figures: figures, request: self).markdown)
    return figures
  }

  private func tables(
    _ measured: [PlantedBench.Source: [PlantedDefect: [AuditPanel.Measured]]],
    _ calibration: AuditCalibration
  ) throws -> [AuditFigures.Table] {
    let kinds: [(PlantedBench.Source, AuditCalibration.Population)] = [
      (.real, .real), (.drawn, .own), (.drawn, .real),
    ]
    return kinds.map { source, population in
      let limits = AuditLimits(
        calibration, against: population, falseAlarms: falseAlarms,
        checks: AuditCheck.allCases.count)
      return AuditFigures.Table(
        pictures: source == .real ? .real : .own, against: population,
        rows: PlantedDefect.all.compactMap { defect in
          measured[source]?[defect].map { AuditFigures.Row(defect, $0, limits) }
        })
    }
  }

  private func validate() throws(AuditError) {
    guard captions >= 8 else {
      throw .value("captions", expected: "8 or more", found: "\(captions)")
    }
    guard falseAlarms > 0, falseAlarms <= 0.5 else {
      throw .value("false alarms", expected: "above 0 to 0.5", found: "\(falseAlarms)")
    }
  }
}
