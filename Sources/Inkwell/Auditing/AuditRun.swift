internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A loaded model that pictures are audited for.
struct AuditRun {
  private let request: Audit
  private let folder: ModelFolder
  private let model: TextToImageModel
  private let hashes: [String: String]
  private let panel: AuditPanel
  private let limits: AuditLimits

  /// Reads the model, and the training pictures if their folder is given.
  init(
    _ request: Audit, folder: ModelFolder, network: EvaluationNetwork,
    calibration: AuditCalibration, file: URL, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.folder = folder
    limits = AuditLimits(
      calibration, against: request.against, falseAlarms: request.falseAlarms,
      checks: AuditCheck.allCases.count - Set(request.skipped).count)
    guard let data = request.data else {
      hashes = try folder.hashes()
      try calibration.check(fits: hashes, data: nil, in: file)
      model = try TextToImageModel(folder)
      panel = AuditPanel(
        side: model.nativeSide,
        features: FeatureMaker(
          network: network, textEncoder: model.textEncoder, textIdentity: "",
          cache: evaluationCache(request.cache), stop: stop, report: report),
        memory: nil)
      return
    }
    var evaluate = Evaluate(model: folder.name, data: data, output: "")
    evaluate.cache = request.cache
    model = try TextToImageModel(folder)
    let run = try EvaluationRun(
      evaluate, EvaluatedModel(folder, model), network: network, stop: stop, report: report)
    hashes = run.subject.files
    try calibration.check(fits: hashes, data: run.subject.data, in: file)
    panel = AuditPanel(
      side: model.nativeSide, features: run.features, memory: try AuditMemory(run))
  }

  /// What is found of pictures.
  func audited(_ files: [AuditedFile]) throws -> [PictureAudit] {
    let pictures = try checked { try files.map { try $0.image.square(panel.side) } }
    let others = try others(files)
    let measured = try panel.measure(
      files.indices.map { index in
        AuditPanel.Subject(
          picture: pictures[index], prompt: files[index].prompt, others: others[index])
      })
    return files.indices.map { audit(files[$0], measured[$0]) }
  }

  /// The features of other seeds of each picture's record, where it has one of this model.
  private func others(_ files: [AuditedFile]) throws -> [Tensor?] {
    let count = limits.calibration.others
    let known = files.map { file in
      request.skipped.contains(.seeds) || file.record?.files != hashes ? nil : file.record
    }
    var progress = ProgressCounter(
      "other seeds", of: known.count { $0 != nil }, report: panel.features.report)
    return try known.map { record in
      guard let record else { return nil }
      let images = try model.images(
        for: [String](repeating: record.request.prompts[0], count: count),
        seeds: (1...count).map { record.request.seed &+ UInt64($0) },
        settings: record.request.options.settings(over: folder.index.about.settings)
      ) { _ in try panel.features.stop.check() }
      progress.add(1)
      let network = panel.features.network.network
      return try checked {
        try withoutGradients {
          network.features(
            network.prepared(try images.map { try $0.square(panel.side) }.stacked()))
        }
      }
    }
  }

  private func audit(_ file: AuditedFile, _ measured: AuditPanel.Measured) -> PictureAudit {
    var findings: [PictureAudit.Finding] = []
    var notMade: [AuditCheck: String] = [:]
    for check in AuditCheck.allCases {
      if request.skipped.contains(check) {
        notMade[check] = "it was left out"
      } else if let value = measured.values[check] {
        if let finding = limits.finding(check, value, about: about(check, measured)) {
          findings.append(finding)
        } else {
          notMade[check] = "what is usual is not known"
        }
      } else {
        notMade[check] = reason(check, file)
      }
    }
    return PictureAudit(
      file: file.path, prompt: file.prompt,
      verdict: findings.contains(where: \.isFlagged) ? .lookAtIt : .fine, findings: findings,
      notMade: notMade, nearest: nearest(measured), places: places(measured))
  }

  /// Why a check has no value.
  private func reason(_ check: AuditCheck, _ file: AuditedFile) -> String {
    if check == .seeds {
      guard let record = file.record else {
        return "the picture has no record of `inkwell generate`"
      }
      return record.files == hashes
        ? "all other seeds give the same" : "another model drew the picture"
    }
    guard panel.memory != nil else { return "the folder of the training pictures is not given" }
    return "the picture does not say what it shows; give a prompt"
  }

  private func about(_ check: AuditCheck, _ measured: AuditPanel.Measured) -> String? {
    switch check {
    case .words:
      return measured.better.map { better in
        "\(better) of \(panel.memory?.captions.shape[0] ?? 0) other captions fit it better"
      }
    case .unfamiliar, .copy: return nearest(measured)
    case .place: return places(measured)?.strangest
    default: return nil
    }
  }

  private func nearest(_ measured: AuditPanel.Measured) -> String? {
    measured.nearest.flatMap { panel.memory?.records[$0].fileName }
  }

  private func places(_ measured: AuditPanel.Measured) -> PictureAudit.Places? {
    guard let map = measured.places, let limit = limits.limit(.place), limit > 0 else { return nil }
    return PictureAudit.Places(
      columns: map.shape[1],
      strangeness: map.flattened().values(as: Float.self).map { Double($0) / limit })
  }
}

extension PictureAudit.Places {
  /// Where the strangest place is, in words.
  var strangest: String? {
    guard let index = strangeness.indices.max(by: { strangeness[$0] < strangeness[$1] }) else {
      return nil
    }
    func third(_ place: Int, of count: Int, _ names: [String]) -> String {
      names[min(2, 3 * place / max(1, count))]
    }
    let rows = strangeness.count / columns
    let row = third(index / columns, of: rows, ["upper", "middle", "lower"])
    let column = third(index % columns, of: columns, ["left", "middle", "right"])
    return row == column ? "in the middle" : "at the \(row) \(column)"
  }
}
