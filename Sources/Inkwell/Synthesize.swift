internal import Files
public import Foundation

/// Makes a labelled data set of drives on a street: frames, actions, masks, captions and labels, in
/// shards that WebDataset reads.
///
/// A shard is a function of the request, so any number of processes make the same bytes, in any
/// order, and a run that was killed goes on. Each process makes its share; whichever finds all
/// shards there takes out drives that an earlier shard has too, and writes `manifest.json`.
///
/// ```swift
/// let request = try Synthesize.Request(episodes: 1000, seed: 1)
/// let summary = try Synthesize(output: URL(filePath: "data/street"))(request)
/// ```
public struct Synthesize: Sendable {
  /// The folder to fill.
  public var output: URL
  /// The part of the work that this process does.
  public var share: WorkShare

  /// The task.
  public init(output: URL, share: WorkShare = .whole) {
    self.output = output
    self.share = share
  }

  /// How far a process is.
  public struct Progress: Sendable, Hashable {
    /// The drives of this process's share that are there, those of former runs too.
    public let done: Int
    /// The drives of its share.
    public let count: Int
  }

  /// What a process did.
  public struct Summary: Sendable, Hashable {
    /// The shards that this run made.
    public let made: Int
    /// The shards of the share that were there.
    public let kept: Int
    /// The shards of other processes that are not there yet.
    public let missing: Int
    /// What the data set has, once all shards are there.
    public let manifest: SynthesisManifest?
  }

  /// Makes the share's shards that are not there, and the manifest if none is missing then.
  ///
  /// - Parameters:
  ///   - request: Which data set to make.
  ///   - stop: Ends the run with a `CancellationError` after the drive that it is at.
  ///   - report: Told how far it is.
  /// - Returns: What was done.
  /// - Throws: ``SynthesizeError``, a `FileError`, or a `ClipError`.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal(),
    report: (Progress) -> Void = { _ in }
  ) throws -> Summary {
    let folder = try SynthesisFolder(output, for: request)
    let maker = StreetShard(request)
    let own = share.numbers(below: request.shards)
    let count = own.reduce(0) { $0 + request.episodes(ofShard: $1).count }
    var (done, made, kept) = (0, 0, 0)
    for number in own {
      try stop.check()
      let drives = request.episodes(ofShard: number)
      if try folder.isWhole(number) {
        done += drives.count
        kept += 1
        continue
      }
      let shard = try maker.made(of: drives) { _ in
        done += 1
        report(Progress(done: done, count: count))
        try stop.check()
      }
      try folder.write(shard, shard: number)
      made += 1
    }
    let records = try (0..<request.shards).map { try folder.record($0) }
    let missing = records.filter { $0 == nil }.count
    let manifest = missing == 0 ? try finish(folder, records.compactMap { $0 }, maker) : nil
    return Summary(made: made, kept: kept, missing: missing, manifest: manifest)
  }

  /// Takes out the drives that an earlier shard has too, and writes the manifest.
  ///
  /// - Returns: What the data set has; none where another process does it now.
  private func finish(
    _ folder: SynthesisFolder, _ records: [StreetShard.Record], _ maker: StreetShard
  ) throws -> SynthesisManifest? {
    var manifest: SynthesisManifest?
    do {
      try AtomicFile.write(to: folder.url.appending(path: SynthesisFolder.manifestFile)) { file in
        var known: Set<String> = []
        let unique = try records.enumerated().map { number, record in
          let fresh = record.episodes.filter { known.insert($0.content).inserted }
          guard fresh.count < record.episodes.count else { return record }
          let shard = try maker.made(of: fresh.map(\.number)) { _ in }
          try folder.write(shard, shard: number)
          return shard.record
        }
        let whole = SynthesisManifest(folder.request, unique)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try file.write([UInt8](encoder.encode(whole) + "\n".utf8))
        manifest = whole
      }
    } catch FileError.busy {
      return nil
    }
    return manifest
  }
}
