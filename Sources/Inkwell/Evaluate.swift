internal import Evaluation
internal import Foundation
internal import Torch

/// Measures how good a text-to-image model is, and writes a page about it.
///
/// The model draws the captions of pictures that it was not trained on. Its pictures and the real
/// ones are compared with those that it was trained on.
public struct Evaluate: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of pictures with `metadata.jsonl`, of splits `train`, `heldout-pair` and
  /// `heldout-base`.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The most pictures of a split, at least 8.
  public var pictures: Int
  /// The styles to compare; those of the model if not given.
  public var styles: [String]?
  /// The seed of the first picture, and of all other draws.
  public var seed: UInt64
  /// The resamples for the interval of the Fréchet distance, at least 1.
  public var resamples: Int
  /// The steps in which the picture–text model is trained, at least 1.
  public var retrievalSteps: Int
  /// Where features and downloads are kept; the user's caches if not given.
  public var cache: String?

  /// Describes an evaluation.
  public init(
    model: String = "inkwell-emoji", data: String, output: String, pictures: Int = 1000,
    seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.pictures = pictures
    self.seed = seed
    resamples = 200
    retrievalSteps = 1200
  }

  /// Evaluates the model and writes `README.md`, its pictures and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, `ImageFolderError`, `DatasetError` where the
  ///   network that compares the pictures cannot be fetched, or what is wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> EvaluationFigures {
    try validate()
    return try checked {
      report(.note("reading the model \(model)"))
      let evaluated = try evaluated(library)
      let network = try EvaluationNetwork.lite0(cache: cacheFolder) { report(.note($0)) }
      return try run(evaluated, network: network, until: stop, report: report)
    }
  }

  /// The model, read.
  private func evaluated(_ library: ModelLibrary) throws -> EvaluatedModel {
    guard try library.kind(of: model) == .pairs else {
      let folder = try library.model(model)
      return try EvaluatedModel(folder, TextToImageModel(folder))
    }
    return try EvaluatedModel(
      PairModelFolder(library.place(of: model)),
      textEncoder: library.folder("inkwell-emoji").appending(path: "text_encoder"))
  }

  /// Evaluates with another network.
  func run(
    _ model: EvaluatedModel, network: EvaluationNetwork, until stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws -> EvaluationFigures {
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    let run = try EvaluationRun(self, model, network: network, stop: stop, report: report)
    let trainingFeatures = try run.trainingFeatures()
    let comparison = try SplitComparison(
      run, trainingFeatures: trainingFeatures,
      pictureText: try run.pictureTextModel(trainingFeatures))
    let sets = try run.heldOut.map { try run.drawn($0.split, $0.set) }
    var splits: [String: SplitFigures] = [:]
    for set in sets {
      report(.note("comparing \(set.records.count) pictures of \(set.split)"))
      try stop.check()
      splits[set.split] = try comparison.figures(set)
    }
    let figures = EvaluationFigures(subject: run.subject, splits: splits)
    try page.write(
      figures, sheets: EvaluationSheets(run, comparison, sets[0]), request: self,
      ofPairs: model.isOfPairs)
    return figures
  }

  /// Where features and downloads are kept.
  var cacheFolder: URL { evaluationCache(cache) }

  private func validate() throws(EvaluationError) {
    for (name, value, least) in [
      ("pictures", pictures, 8), ("resamples", resamples, 1),
      ("retrievalSteps", retrievalSteps, 1),
    ] where value < least {
      throw .value(name, expected: "\(least) or more", found: "\(value)")
    }
  }
}
