internal import Foundation
internal import Modalities
internal import Torch

/// Measures how good a model of captions is, and writes a page about it.
///
/// The model describes pictures that it was not trained on; its captions are compared with the
/// pictures' names, beside the name of the training picture that looks most like each.
public struct EvaluateCaptions: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of pictures with `metadata.jsonl`, of splits `train`, `heldout-pair` and
  /// `heldout-base`.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The most pictures of a split, at least 8.
  public var pictures: Int
  /// The styles to compare; all if not given.
  public var styles: [String]?
  /// The captions of each picture, 1 … 256.
  public var samples: Int
  /// The share of them that must agree for the model to be sure, 0 … 1.
  public var agreement: Double
  /// The seed of the first caption of each picture, and of all other draws.
  public var seed: UInt64
  /// A text encoder that says how alike two texts are; that of the model of pictures that comes
  /// with the program if not given.
  public var textEncoder: String?
  /// Where downloads are kept; the user's caches if not given.
  public var cache: String?

  /// Describes an evaluation.
  public init(
    model: String = CaptionPictures.Request.standardModel, data: String, output: String,
    pictures: Int = 400, seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.pictures = pictures
    self.seed = seed
    samples = 8
    agreement = 0.5
  }

  /// Evaluates the model and writes `README.md`, `captions.png` and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, `ImageFolderError`, or what is wrong with a
  ///   file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> CaptionFigures {
    guard pictures >= 8 else {
      throw EvaluationError.value("pictures", expected: "8 or more", found: "\(pictures)")
    }
    let folder = try library.captionModel(model)
    let encoder =
      try textEncoder.map { URL(filePath: $0) }
      ?? library.folder("inkwell-emoji").appending(path: "text_encoder")
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    return try checked {
      let run = try CaptionEvaluation(
        self, folder: folder, textEncoder: encoder, stop: stop, report: report)
      let figures = try run.figures()
      try run.sheet.save(to: page.url.appending(path: CaptionPage.sheet))
      try page.write(figures, page: CaptionPage(figures: figures, request: self).markdown)
      return figures
    }
  }
}
