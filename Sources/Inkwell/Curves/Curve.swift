internal import Diffusion
internal import Evaluation
internal import Files
internal import Foundation
internal import Modalities
internal import Torch

/// Measures how good the pictures of trained models are by the number of steps, the sampler and the
/// guidance.
///
/// Every point draws the same labels from the same noise. The pictures' features, by a classifier
/// of clean pictures, or their pixels are compared with those of all training pictures.
public struct Curve: Codable, Sendable, Hashable {
  /// The folders of the models that draw.
  public var models: [String]
  /// The folder of pictures with `metadata.jsonl`, of splits `train` and `heldout`.
  public var data: String
  /// The folder of a classifier of clean pictures, which tells what they show.
  public var features: String
  /// What is compared.
  public var comparison = Comparison.features
  /// The folder that the figures are written into; what else is there is kept.
  public var output: String
  /// The samplers' names.
  public var samplers = ["ddpm", "ddim", "dpmpp-2m"]
  /// The numbers of steps, each at least 1.
  public var steps = [5, 10, 20, 50, 100]
  /// The guidance scales; none is no guidance.
  public var scales: [Double] = []
  /// The folder of a classifier of noisy pictures, which then guides; the network itself if not
  /// given.
  public var guide: String?
  /// The number of pictures of a point, at least 2.
  public var pictures = 500
  /// The seed of the first picture, and of all other draws.
  public var seed: UInt64 = 0
  /// The resamples for the interval of the Fréchet distance, at least 1.
  public var resamples = 200

  /// Describes curves.
  public init(models: [String], data: String, features: String, output: String) {
    self.models = models
    self.data = data
    self.features = features
    self.output = output
  }

  /// Draws, measures, and writes `curve.json`, `curve.csv`, the plots and a sheet of the first
  /// pictures of each point.
  ///
  /// - Parameters:
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``CurveError``, `CatalogError`, or what is wrong with a model, the data or a file.
  @discardableResult
  public func callAsFunction(
    until stop: StopSignal = StopSignal(), report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> CurveFigures {
    try validate()
    let samplers = try samplers.map { try CurveSampler($0) }
    let folder = URL(filePath: output, directoryHint: .isDirectory)
    try Folder.make(folder)
    let run = try CurveRun(self, until: stop, report: report)
    var drawn: [Tensor] = []
    let points = try run.points(of: samplers) { drawn.append($0) }
    let figures = CurveFigures(
      pictures: pictures, seed: seed, real: try run.real(), points: points)
    try write(figures, drawn, to: folder)
    return figures
  }

  private func write(_ figures: CurveFigures, _ drawn: [Tensor], to folder: URL) throws {
    try writeDescription(figures, to: folder.appending(path: "curve.json"))
    try AtomicFile.write(Data(figures.csv.utf8), to: folder.appending(path: "curve.csv"))
    for (name, svg) in figures.plots {
      try AtomicFile.write(Data(svg.utf8), to: folder.appending(path: name))
    }
    let rows = try checked { drawn.concatenated() }
    try sheet(of: rows, columns: drawn[0].shape[0]).save(to: folder.appending(path: "points.png"))
  }

  private func validate() throws(CurveError) {
    let lists = [
      ("models", models.isEmpty), ("samplers", samplers.isEmpty), ("steps", steps.isEmpty),
    ]
    for (name, isEmpty) in lists where isEmpty {
      throw .value(name, expected: "at least one", found: "none")
    }
    let counts = [("pictures", pictures, 2), ("resamples", resamples, 1)]
    for (name, value, least) in counts + steps.map({ ("steps", $0, 1) }) where value < least {
      throw .value(name, expected: "\(least) or more", found: "\(value)")
    }
    for scale in scales where !(scale >= 0 && scale.isFinite) {
      throw .value("guidance", expected: "a scale from 0", found: "\(scale)")
    }
    guard guide == nil || !scales.isEmpty else {
      throw .value("guidance", expected: "at least one scale beside a guide", found: "none")
    }
  }
}
