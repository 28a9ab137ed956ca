internal import Foundation
internal import Torch

/// Measures how near a model's poses are to known ones, and writes a page about it.
///
/// The poses are of proteins or molecules that the model was not trained on. Beside the model stand
/// random poses in the same pocket and, where the data has them, those of another program.
public struct EvaluatePoses: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// A folder of `inkwell dataset poses`.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The most molecules.
  public var molecules: Int
  /// The poses of each molecule, 1 … 1000.
  public var poses: Int
  /// How they are made; as the model has it if not given.
  public var sampling: DockingSampling?
  /// The seed of the first pose of each molecule, and of all other draws.
  public var seed: UInt64

  /// Describes an evaluation.
  public init(
    model: String, data: String, output: String,
    molecules: Int = 400, seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.molecules = molecules
    self.seed = seed
    poses = 10
  }

  /// Evaluates the model and writes `README.md` and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, ``PoseDataError``, `MoleculeError`, or what is
  ///   wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> PoseFigures {
    for (name, range, found) in [
      ("molecules", 1...100_000, molecules), ("poses", 1...1000, poses),
    ] where !range.contains(found) {
      throw EvaluationError.value(
        name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(found)")
    }
    let folder = try library.dockingModel(model)
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    return try checked {
      let figures = try PoseEvaluation(self, folder: folder, stop: stop, report: report).figures()
      try page.write(figures, page: PosePage(figures: figures, request: self).markdown)
      return figures
    }
  }
}
