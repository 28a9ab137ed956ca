internal import Evaluation
internal import Foundation
internal import Modalities
internal import Torch

/// Measures how good a model of shapes is, and writes a page about it.
///
/// The model makes shapes of the captions of shapes that it was not trained on, which are compared
/// with those by the Chamfer distance, beside real shapes, beside training shapes found by their
/// captions, and beside clouds without a form. Then it makes shapes of every colour's and kind's
/// name.
public struct EvaluateShapes: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of shapes that `inkwell dataset furniture` made.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The most held-out shapes to compare with, at least 8.
  public var shapes: Int
  /// The seed of the first shape, and of all other draws.
  public var seed: UInt64
  /// The resamples for intervals, at least 1.
  public var resamples: Int
  /// The points that are compared, at least 64.
  public var points: Int
  /// The shapes of each colour and kind, at least 1.
  public var perWord: Int

  /// Describes an evaluation.
  public init(
    model: String = MakeShapes.Request.standardModel, data: String, output: String,
    shapes: Int = 200, seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.shapes = shapes
    self.seed = seed
    resamples = 2000
    points = 1024
    perWord = 1
  }

  /// Evaluates the model and writes `README.md`, two sheets of shapes and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, `ImageFolderError`, `ShapeError`, or what is
  ///   wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> ShapeFigures {
    for (name, value, least) in [
      ("shapes", shapes, 8), ("resamples", resamples, 1), ("points", points, 64),
      ("perWord", perWord, 1),
    ] where value < least {
      throw EvaluationError.value(name, expected: "\(least) or more", found: "\(value)")
    }
    let folder = try library.shapeModel(model)
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    let run = try ShapeEvaluation(self, folder: folder, stop: stop, report: report)
    let figures = try run.figures(savingTo: page.url)
    try page.write(figures, page: ShapeFiguresPage(figures: figures, request: self).markdown)
    return figures
  }
}
