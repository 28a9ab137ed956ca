internal import Evaluation
public import Foundation
internal import Torch

/// Measures what an audit's checks usually give, for a model and its data.
///
/// Of the held-out pictures one half is measured; ``MeasureAudit`` takes the other one.
public struct CalibrateAudit: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of pictures with `metadata.jsonl`, of splits `train`, `heldout-pair` and
  /// `heldout-base`.
  public var data: String
  /// The captions that the model draws, at least 8.
  public var captions: Int
  /// The other seeds that a picture is compared with, at least 2.
  public var others: Int
  /// Where features and downloads are kept; the user's caches if not given.
  public var cache: String?

  /// Describes a calibration.
  public init(model: String = "inkwell-emoji", data: String, captions: Int = 100, others: Int = 4) {
    self.model = model
    self.data = data
    self.captions = captions
    self.others = others
  }

  /// Measures what is usual.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: What is usual.
  /// - Throws: ``AuditError``, ``EvaluationError``, ``ModelError``, or what is wrong with a file.
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> AuditCalibration {
    try validate()
    let folder = try library.model(model)
    let network = try EvaluationNetwork.lite0(cache: evaluationCache(cache)) { report(.note($0)) }
    return try run(folder, network: network, until: stop, report: report)
  }

  /// The file of the model's folder that an audit reads.
  ///
  /// - Parameter library: Where models are found.
  /// - Returns: The file, which need not be there.
  /// - Throws: ``ModelError``.
  public func file(library: ModelLibrary = .standard) throws -> URL {
    AuditCalibration.file(in: try library.model(model).url)
  }

  /// Measures with another network.
  func run(
    _ folder: ModelFolder, network: EvaluationNetwork, until stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws -> AuditCalibration {
    var evaluate = Evaluate(model: model, data: data, output: "")
    evaluate.cache = cache
    let run = try EvaluationRun(
      evaluate, EvaluatedModel(folder, TextToImageModel(folder)), network: network, stop: stop,
      report: report)
    let heldOut = try AuditHeldOut(
      .calibration, of: run, captions: captions, seeds: others + 1)
    let panel = AuditPanel(
      side: run.model.nativeSide, features: run.features, memory: try AuditMemory(run))
    report(.note("measuring \(heldOut.records.count) real pictures of one half"))
    let real = try panel.measure(heldOut.records.indices.map { heldOut.realSubject($0) })
    report(.note("measuring \(heldOut.drawn.shape[0]) of the model's own"))
    let own = try panel.measure(
      (0..<heldOut.drawnCaptions).flatMap { caption in
        (0..<heldOut.seeds).map { heldOut.drawnSubject(caption, seed: $0) }
      })
    return AuditCalibration(
      subject: run.subject, others: others, real: Self.tables(real), own: Self.tables(own))
  }

  private static func tables(_ measured: [AuditPanel.Measured]) -> [AuditCheck: UsualValues] {
    Dictionary(
      uniqueKeysWithValues: AuditCheck.allCases.compactMap { check in
        let values = measured.compactMap { $0.values[check] }
        return values.isEmpty ? nil : (check, UsualValues(values))
      })
  }

  private func validate() throws(AuditError) {
    for (name, value, least) in [("captions", captions, 8), ("others", others, 2)]
    where value < least {
      throw .value(name, expected: "\(least) or more", found: "\(value)")
    }
  }
}
