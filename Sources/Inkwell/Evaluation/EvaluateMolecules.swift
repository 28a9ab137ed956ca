internal import Foundation
internal import Torch

/// Measures how good a model's molecules are, and writes a page about it.
///
/// What it writes is compared with both held-out splits of MOSES, beside real molecules and a chain
/// of symbols.
public struct EvaluateMolecules: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// A folder of `inkwell dataset molecules`.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// How many texts the model writes, and with how many molecules of each split they are compared;
  /// at least 64.
  public var texts: Int
  /// How many texts are written for each property and guidance, at least 8; a tenth of the texts,
  /// 400 at most, unless something else is asked for.
  public var asks: Int
  /// How far properties count, in each test of them.
  public var guidances: [Double]
  /// Where the network that compares molecules is kept; beside other caches if not given.
  public var cache: String?
  /// The seed of the first text, and of all other draws.
  public var seed: UInt64

  /// Describes an evaluation.
  public init(
    model: String = MakeMolecules.Request.standardModel, data: String, output: String,
    texts: Int = 10_000, seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.texts = texts
    self.seed = seed
    asks = min(400, max(8, texts / 10))
    guidances = [1, 2, 4]
  }

  /// Evaluates the model and writes `README.md` and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, ``MoleculeDataError``, `MoleculeError`, or what
  ///   is wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> MoleculeFigures {
    for (name, range, found) in [("texts", 64...100_000, texts), ("asks", 8...100_000, asks)]
    where !range.contains(found) {
      throw EvaluationError.value(
        name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(found)")
    }
    for guidance in guidances where !(0...100).contains(guidance) {
      throw EvaluationError.value("guidances", expected: "0 to 100", found: "\(guidance)")
    }
    let folder = try library.moleculeModel(model)
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    return try checked {
      let run = try MoleculeEvaluation(self, folder: folder, stop: stop, report: report)
      let figures = try run.figures()
      try page.write(figures, page: MoleculePage(figures: figures, request: self).markdown)
      return figures
    }
  }
}
