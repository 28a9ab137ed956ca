internal import Foundation
internal import Torch

/// Measures how near a model's conformers are to true ones, and writes a page about it.
///
/// The molecules are of scaffolds that the model was not trained on. Beside the model stand RDKit's
/// own conformers, the same ones that the model turns, and these with random torsions.
public struct EvaluateConformers: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// A folder of `inkwell dataset conformers`.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The most molecules, each of a scaffold of its own; at least 8.
  public var molecules: Int
  /// The conformers of each molecule, 1 … 1000.
  public var conformers: Int
  /// How they are made; as the model has it if not given.
  public var sampling: ConformerSampling?
  /// The seed of the first conformer of each molecule, and of all other draws.
  public var seed: UInt64

  /// Describes an evaluation.
  public init(
    model: String = MakeConformers.Request.standardModel, data: String, output: String,
    molecules: Int = 400, seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.molecules = molecules
    self.seed = seed
    conformers = 10
  }

  /// Evaluates the model and writes `README.md` and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, ``ConformerDataError``, `MoleculeError`, or
  ///   what is wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> ConformerFigures {
    for (name, range, found) in [
      ("molecules", 8...100_000, molecules), ("conformers", 1...1000, conformers),
    ] where !range.contains(found) {
      throw EvaluationError.value(
        name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(found)")
    }
    let folder = try library.conformerModel(model)
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    return try checked {
      let figures = try ConformerEvaluation(self, folder: folder, stop: stop, report: report)
        .figures()
      try page.write(figures, page: ConformerPage(figures: figures, request: self).markdown)
      return figures
    }
  }
}
