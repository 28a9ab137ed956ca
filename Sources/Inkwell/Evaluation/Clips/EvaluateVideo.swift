internal import Evaluation
internal import Foundation
internal import Modalities

/// Measures how good a model of clips is, and writes a page about it.
///
/// The model makes the captions of clips of units that it was not trained on, from words alone and
/// with the first picture besides. Judges that know nothing of the model say what they see: of its
/// clips, of the real ones, and of the real ones through its autoencoder.
public struct EvaluateVideo: Codable, Sendable, Hashable {
  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of clips that `inkwell dataset sprites` made.
  public var data: String
  /// The folder that the page is written into; what else is there is kept.
  public var output: String
  /// The most captions to make, at least 8.
  public var clips: Int
  /// The most training clips that the judges learn from and that distances are from, at least 8.
  public var trainingClips: Int
  /// The seed of the first clip, and of all other draws.
  public var seed: UInt64
  /// The resamples for the intervals of the Fréchet distances, at least 1.
  public var resamples: Int
  /// Where features and downloads are kept; the user's caches if not given.
  public var cache: String?

  /// Describes an evaluation.
  public init(
    model: String = GenerateVideo.Request.standardModel, data: String, output: String,
    clips: Int = 200, seed: UInt64 = 0
  ) {
    self.model = model
    self.data = data
    self.output = output
    self.clips = clips
    self.seed = seed
    trainingClips = 1000
    resamples = 100
  }

  /// Evaluates the model and writes `README.md`, its pictures and `figures.json`.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError``, ``ModelError``, `ImageFolderError`, `ClipError`, `DatasetError`
  ///   where the network that compares frames cannot be fetched, or what is wrong with a file.
  @discardableResult
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> VideoFigures {
    let cache = evaluationCache(cache)
    let network = try EvaluationNetwork.lite0(cache: cache) { report(.note($0)) }
    return try run(library, network: network, cache: cache, until: stop, report: report)
  }

  /// Evaluates with another network.
  func run(
    _ library: ModelLibrary, network: EvaluationNetwork, cache: URL, until stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws -> VideoFigures {
    for (name, value, least) in [
      ("clips", clips, 8), ("trainingClips", trainingClips, 8), ("resamples", resamples, 1),
    ] where value < least {
      throw EvaluationError.value(name, expected: "\(least) or more", found: "\(value)")
    }
    let folder = try library.videoModel(model)
    let page = try EvaluationFolder(URL(filePath: output, directoryHint: .isDirectory))
    let run = try VideoEvaluation(
      self, folder: folder, network: network, cache: cache, stop: stop, report: report)
    let (figures, sheet) = try run.figures()
    try sheet.save(to: page.url.appending(path: "clips.png"))
    try page.write(figures, page: VideoPage(figures: figures, request: self).markdown)
    return figures
  }
}

/// Where features and downloads are kept.
func evaluationCache(_ path: String?) -> URL {
  if let path { return URL(filePath: path, directoryHint: .isDirectory) }
  let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
  return (caches ?? FileManager.default.temporaryDirectory)
    .appending(path: "inkwell/evaluation", directoryHint: .isDirectory)
}
