public import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Measures how often a search finds what it is asked for, among clips that words were not learnt
/// from.
public struct MeasureSearch: Codable, Sendable, Hashable {
  /// The folder of clips with captions.
  public var data: String
  /// The split that is searched; words are learnt from `train`.
  public var split = "heldout"
  /// The frames that are looked at as one, 1 … 1,000.
  public var frames = 8
  /// The steps of the training that understands words, at least 1.
  public var steps = 1200
  /// The model whose text encoder words are understood with.
  public var textModel = "inkwell-emoji"
  /// Where what was seen and downloads are kept; the user's caches if not given.
  public var cache: String?

  /// Describes a measurement.
  public init(data: String) {
    self.data = data
  }

  /// What was measured.
  public struct Figures: Codable, Sendable, Hashable {
    /// A share, beside that of chance.
    public struct Share: Codable, Sendable, Hashable, CustomStringConvertible {
      /// The share, with Wilson's interval.
      public let found: Estimate
      /// The share that chance finds.
      public let chance: Double

      /// The share, its range and that of chance, in percent.
      public var description: String {
        let (share, range) = (found.value, found.interval)
        return String(
          format: "%.1f %% (%.1f to %.1f), by chance %.1f %%", 100 * share, 100 * range.lower,
          100 * range.upper, 100 * chance)
      }
    }

    /// The clips that were searched.
    public let clips: Int
    /// How often a caption's own clip is among the first ``top`` of ``candidates``.
    public let words: Share
    /// The place that counts as among the first.
    public let top: Int
    /// The clips among which a caption's own is looked for, all of other captions: up to 200.
    public let candidates: Int
    /// How often the clip of another thing that is likeliest to a clip shows the same action.
    public let sameAction: Share?
    /// How often that clip shows a thing of the same group.
    public let sameGroup: Share?
  }

  /// Measures.
  ///
  /// - Parameters:
  ///   - library: Where the model is whose text encoder understands words.
  ///   - stop: Ends it with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: As ``SearchClips``; and ``SearchError`` where fewer than eight clips are searched.
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> Figures {
    let network = try EvaluationNetwork.lite0(cache: evaluationCache(cache)) {
      report(.note($0))
    }
    return try run(library, network: network, until: stop, report: report)
  }

  /// Measures with another network.
  func run(
    _ library: ModelLibrary, network: EvaluationNetwork, until stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws -> Figures {
    try SearchError.check("frames", frames, in: 1...1000)
    try SearchError.check("steps", steps, in: 1...1_000_000)
    let folder = URL(filePath: data, directoryHint: .isDirectory)
    let records = try ImageFolder(contentsOf: folder).records.filter { $0.split == split }
    guard records.count >= ClipWords.fewest else {
      throw SearchError.tooFew(folder: data, expected: ClipWords.fewest, found: records.count)
    }
    let watcher = ClipWatcher(
      network: network, length: frames, cache: evaluationCache(cache), reading: .trusted,
      stop: stop)
    let model = try ClipWords(
      describedIn: folder, watcher: watcher,
      texts: SearchClips.texts(library, textModel, watcher, stop, report), steps: steps)
    var progress = ProgressCounter("searched clips", of: records.count, report: report)
    let shelves = try records.map { record in
      defer { progress.add(1) }
      return try watcher.shelf(
        of: folder.appending(path: record.fileName).path(percentEncoded: false))
    }
    let scores = try checked {
      try shelves.map { shelf in
        try model.likeness(records.map(\.text), to: shelf)
          .maximum(dims: [1], keepingDims: true)
      }.concatenated(dim: 1)
    }
    // Mirrored and recoloured clips of the same thing would make it too easy.
    let isOther = { (first: Int, second: Int) in
      first != second && (records[first].base == nil || records[first].base != records[second].base)
    }
    let nearest = try nearest(shelves, isOther)
    let words = try Retrieval(
      scores: scores, kinds: records.map(\.text), using: Generator(seed: 0))
    return Figures(
      clips: records.count, words: Figures.Share(found: words.share, chance: words.chance),
      top: words.top, candidates: words.candidates,
      sameAction: Self.share(nearest, records.map(\.action), isOther),
      sameGroup: Self.share(nearest, records.map(\.group), isOther))
  }

  /// The number of the likeliest other clip, of each; none where there is no other.
  private func nearest(_ shelves: [ClipShelf], _ isOther: (Int, Int) -> Bool) throws -> [Int?] {
    let all = ClipShelf(
      windows: shelves.flatMap(\.windows),
      features: try checked { shelves.map(\.features).concatenated() })
    let owners = shelves.indices.flatMap { index in shelves[index].windows.map { _ in index } }
    return try shelves.indices.map { index in
      let values = try all.likeness(to: shelves[index].features).values(as: Double.self)
      let others = values.indices.filter { isOther(index, owners[$0]) }
      return others.max { (values[$0], $1) < (values[$1], $0) }.map { owners[$0] }
    }
  }

  /// How often the nearest has the same answer, of those that have one.
  ///
  /// - Parameters:
  ///   - nearest: The number of the nearest other, of each.
  ///   - answers: What each shows.
  ///   - isOther: Whether the second may be the nearest of the first.
  /// - Returns: The share, beside that of one of the others drawn at random.
  static func share(
    _ nearest: [Int?], _ answers: [String?], _ isOther: (Int, Int) -> Bool
  ) -> Figures.Share? {
    let known = answers.indices.filter { answers[$0] != nil && nearest[$0] != nil }
    guard known.count > 1 else { return nil }
    let chances = known.map { index in
      let others = answers.indices.filter { isOther(index, $0) }
      return Double(others.count { answers[$0] == answers[index] }) / Double(max(others.count, 1))
    }
    let right = known.count { index in
      nearest[index].map { answers[$0] == answers[index] } ?? false
    }
    return Figures.Share(
      found: Estimate(successes: right, of: known.count),
      chance: chances.reduce(0, +) / Double(known.count))
  }
}
