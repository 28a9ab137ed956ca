internal import Evaluation
internal import Foundation
internal import Modalities
internal import Torch

/// Says which pictures look wrong, and why.
///
/// Each check measures something, and flags what is beyond a limit that `CalibrateAudit` measured.
/// The limits are such that all checks together flag a chosen share of pictures that are as they
/// should be, at most.
public struct Audit: Codable, Sendable, Hashable {
  /// Files of pictures, and folders whose pictures are all audited.
  public var pictures: [String]
  /// What pictures that do not say so were asked to show.
  public var prompt: String?
  /// The model's name, or the path of its folder; that of the first picture's record if not given.
  public var model: String?
  /// The folder of pictures that the model was trained on; the checks that need them are not made
  /// if it is not given.
  public var data: String?
  /// The file of what is usual; that of the model's folder if not given.
  public var calibration: String?
  /// The pictures that these are compared with.
  public var against: AuditCalibration.Population
  /// The share of such pictures of which something may be flagged, above 0 to 0.5.
  public var falseAlarms: Double
  /// The checks that are not made.
  public var skipped: [AuditCheck]
  /// Where features and downloads are kept; the user's caches if not given.
  public var cache: String?

  /// Describes an audit.
  public init(
    _ pictures: [String], prompt: String? = nil, model: String? = nil, data: String? = nil,
    against: AuditCalibration.Population = .real
  ) {
    self.pictures = pictures
    self.prompt = prompt
    self.model = model
    self.data = data
    self.against = against
    falseAlarms = 0.05
    skipped = []
  }

  /// Audits the pictures.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: What was found.
  /// - Throws: ``AuditError``, ``ModelError``, ``ProvenanceError`` or ``PictureSettingsError`` for
  ///   a record that does not hold together, or what is wrong with a file.
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> AuditResult {
    try validate()
    return try run(library, until: stop, report: report) {
      try EvaluationNetwork.lite0(cache: evaluationCache(cache)) { report(.note($0)) }
    }
  }

  /// Audits with another network.
  func run(
    _ library: ModelLibrary, until stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void, network: () throws -> EvaluationNetwork
  ) throws -> AuditResult {
    let (files, broken) = try AuditedFile.all(pictures, prompt: prompt)
    for (file, reason) in broken.sorted(by: { $0.key < $1.key }) {
      report(.note("\(file) is skipped: \(reason)"))
    }
    let name = model ?? files.lazy.compactMap(\.record?.request.model).first ?? "inkwell-emoji"
    let folder = try library.model(name)
    let file = calibration.map { URL(filePath: $0) } ?? AuditCalibration.file(in: folder.url)
    guard exists(file) else {
      throw AuditError.uncalibrated(
        model: folder.name, file: file.path(percentEncoded: false))
    }
    let calibration = try AuditCalibration(contentsOf: file)
    let run = try AuditRun(
      self, folder: folder, network: try network(), calibration: calibration, file: file,
      stop: stop, report: report)
    return AuditResult(
      model: folder.name, against: against, falseAlarms: falseAlarms,
      pictures: try run.audited(files), broken: broken)
  }

  private func validate() throws(AuditError) {
    guard !pictures.isEmpty else {
      throw .value("pictures", expected: "a file or a folder", found: "none")
    }
    guard falseAlarms > 0, falseAlarms <= 0.5 else {
      throw .value("false alarms", expected: "above 0 to 0.5", found: "\(falseAlarms)")
    }
    guard Set(skipped).count < AuditCheck.allCases.count else {
      throw .value("skipped", expected: "checks but for one", found: "all")
    }
  }
}
