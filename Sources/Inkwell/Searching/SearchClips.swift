internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Finds where in a folder's clips something happens: by an example, or in words.
///
/// An example is compared by what a network that knows photographs sees in the frames and in their
/// differences. Words are understood from other clips that have captions: a small contrastive model
/// learns from these which captions fit (see `PictureTextModel`).
///
/// ```swift
/// var search = SearchClips(folder: "rushes/", for: .example("knock.mp4"))
/// let result = try search()
/// print(result.matches[0].file, result.matches[0].start)
/// ```
public struct SearchClips: Codable, Sendable, Hashable {
  /// What is looked for.
  public enum Wanted: Codable, Sendable, Hashable {
    /// What is said.
    case words(String)
    /// What is seen in the clip at a path.
    case example(String)
  }

  /// The folder of clips, and those inside it.
  public var folder: String
  /// What is looked for.
  public var wanted: Wanted
  /// The folder of clips with captions that words are understood from.
  public var described: String?
  /// The most places to find, 1 … 10,000.
  public var count = 10
  /// The frames that are looked at as one, 1 … 1,000.
  public var frames = 8
  /// The steps of the training that understands words, at least 1.
  public var steps = 1200
  /// The model whose text encoder words are understood with.
  public var textModel = "inkwell-emoji"
  /// Where what was seen and downloads are kept; the user's caches if not given.
  public var cache: String?

  /// Describes a search.
  public init(folder: String, for wanted: Wanted, described: String? = nil) {
    self.folder = folder
    self.wanted = wanted
    self.described = described
  }

  /// A place that was found.
  public struct Match: Codable, Sendable, Hashable {
    /// The clip's path.
    public let file: String
    /// When it begins, in seconds.
    public let start: Double
    /// When it ends, in seconds.
    public let end: Double
    /// The first of its frames, from 0.
    public let firstFrame: Int
    /// The number of its frames.
    public let frames: Int
    /// How like it is to what is looked for, -1 … 1; of words and of examples not to be compared.
    public let likeness: Double
  }

  /// What was found.
  public struct Result: Codable, Sendable, Hashable {
    /// The places, the likeliest first; no two of them share a frame.
    public let matches: [Match]
    /// The clips that were looked at.
    public let clips: Int
    /// The clips that cannot be read, and why.
    public let skipped: [String: String]
  }

  /// Searches.
  ///
  /// - Parameters:
  ///   - library: Where the model is whose text encoder understands words.
  ///   - stop: Ends the search with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: What was found.
  /// - Throws: ``SearchError``, ``ModelError``, a `ClipError` for the example or a clip with a
  ///   caption, `ImageFolderError`, or `DatasetError` where the network that looks at frames cannot
  ///   be fetched.
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> Result {
    let network = try EvaluationNetwork.lite0(cache: evaluationCache(cache)) {
      report(.note($0))
    }
    return try run(library, network: network, until: stop, report: report)
  }

  /// Searches with another network.
  func run(
    _ library: ModelLibrary, network: EvaluationNetwork, reading: ClipReading = ClipReading(),
    until stop: StopSignal, report: @escaping (EvaluationReport) -> Void
  ) throws -> Result {
    try SearchError.check("count", count, in: 1...10_000)
    try SearchError.check("frames", frames, in: 1...1000)
    try SearchError.check("steps", steps, in: 1...1_000_000)
    let watcher = ClipWatcher(
      network: network, length: frames, cache: evaluationCache(cache), reading: reading,
      stop: stop)
    let likeness = try likeness(library, watcher, stop, report)
    let example = sought.map { URL(filePath: $0).standardizedFileURL }
    let files = try Self.clips(in: URL(filePath: folder, directoryHint: .isDirectory))
      .filter { URL(filePath: $0).standardizedFileURL != example }
    var skipped: [String: String] = [:]
    var progress = ProgressCounter("clips", of: files.count, report: report)
    let shelf = try watcher.shelf(of: files, broken: { skipped[$0] = "\($1)" }) {
      progress.add(1)
    }
    guard !shelf.windows.isEmpty else { throw SearchError.noClips(folder: folder) }
    return Result(
      matches: Self.best(count, of: shelf, by: try likeness(shelf)),
      clips: files.count - skipped.count, skipped: skipped)
  }

  /// The example's path.
  private var sought: String? {
    if case .example(let path) = wanted { path } else { nil }
  }

  /// Says how like the parts of clips are to what is looked for.
  private func likeness(
    _ library: ModelLibrary, _ watcher: ClipWatcher, _ stop: StopSignal,
    _ report: @escaping (EvaluationReport) -> Void
  ) throws -> (ClipShelf) throws -> Tensor {
    switch wanted {
    case .example(let path):
      let example = try watcher.shelf(of: path)
      return { try $0.likeness(to: example.features) }
    case .words(let text):
      guard let described else { throw SearchError.noDescriptions }
      guard !text.allSatisfy(\.isWhitespace) else {
        throw SearchError.value("words", expected: "some", found: text.debugDescription)
      }
      let words = try ClipWords(
        describedIn: URL(filePath: described, directoryHint: .isDirectory), watcher: watcher,
        texts: Self.texts(library, textModel, watcher, stop, report), steps: steps)
      return { try words.likeness([text], to: $0).flattened() }
    }
  }

  /// What encodes captions.
  static func texts(
    _ library: ModelLibrary, _ model: String, _ watcher: ClipWatcher, _ stop: StopSignal,
    _ report: @escaping (EvaluationReport) -> Void
  ) throws -> FeatureMaker {
    let folder = try library.place(of: model).appending(path: "text_encoder")
    return FeatureMaker(
      network: watcher.network, textEncoder: try TextEncoder(folder: folder),
      textIdentity: try FileHash.sha256(of: TextEncoder.weights(in: folder)),
      cache: watcher.cache, stop: stop, report: report)
  }

  /// The clips of a folder and of those inside it, by their names' ends, in order.
  static func clips(in folder: URL) throws -> [String] {
    let ends: Set = ["mp4", "m4v", "webm", "mov", "mkv", "gif", "apng"]
    guard isFolder(folder) else { throw SearchError.noClips(folder: folder.relativePath) }
    let paths = FileManager.default.enumerator(atPath: folder.path(percentEncoded: false))
    return (paths?.allObjects ?? []).compactMap { $0 as? String }
      .filter { ends.contains(URL(filePath: $0).pathExtension.lowercased()) }
      .sorted().map { folder.appending(path: $0).relativePath }
  }

  /// The likeliest parts, no two of which share a frame.
  static func best(_ count: Int, of shelf: ClipShelf, by likeness: Tensor) -> [Match] {
    let values = likeness.values(as: Double.self)
    let order = shelf.windows.indices.sorted { (values[$0], $1) > (values[$1], $0) }
    var matches: [Match] = []
    var taken: [String: [Range<Int>]] = [:]
    for index in order {
      guard matches.count < count else { break }
      let window = shelf.windows[index]
      guard !(taken[window.file] ?? []).contains(where: window.frames.overlaps) else { continue }
      taken[window.file, default: []].append(window.frames)
      matches.append(
        Match(
          file: window.file, start: window.start, end: window.end,
          firstFrame: window.frames.lowerBound, frames: window.frames.count,
          likeness: values[index]))
    }
    return matches
  }
}
