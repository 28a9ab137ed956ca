internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell synthesize`: makes a labelled data set with a simulator.
struct SynthesizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract: "Makes a labelled data set of drives on a simulated street.",
    discussion: """
      inkwell synthesize --output data/street --episodes 1000
      torchrun --no-python --nproc-per-node 4 inkwell synthesize --output data/street

      The folder gets WebDataset shards (tar), with frames, masks, labels and a caption for each \
      drive, and a manifest once all shards are there. Several processes share the work by RANK \
      and WORLD_SIZE, or SLURM_PROCID and SLURM_NTASKS. Run the same command again to go on after \
      any stop: the bytes do not depend on stops, nor on the number of processes.

      Exit codes: 0 the share is made, 1 the run failed, 3 a file is not sound, 64 wrong usage, \
      130 interrupted.
      """)

  @Option(help: "The folder to fill.", completion: .directory)
  var output = "data/street"

  @Option(help: "The number of drives.")
  var episodes = 1000

  @Option(help: "What all drives depend on.")
  var seed: UInt64 = 0

  @Option(help: "The drives of a shard.")
  var episodesPerShard = 100

  @OptionGroup(title: "Drives") var drives: Drives

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  /// What the drives are like.
  struct Drives: ParsableArguments {
    @Option(help: "The frames of a drive, at ten in a second.")
    var frames = StreetSettings().frames

    @Option(help: "Width and height of the frames in pixels: 32, 64, 128 or 256.")
    var side = StreetSettings().side

    @Option(
      help: ArgumentHelp("The weathers, separated by commas.", valueName: "a,b"))
    var weather = StreetWeather.allCases.map(\.rawValue).joined(separator: ",")

    @Option(help: "The chance that a deer crosses the street in a drive, 0 to 1.")
    var crossingRate = StreetSettings().crossingRate

    @Option(help: "The share of careful drivers, 0 to 1; the others take no notice of anything.")
    var carefulShare = StreetSettings().carefulShare

    @Option(help: "The number of different streets (default: as many as drives).")
    var levels: Int?

    /// The settings.
    func settings() throws -> StreetSettings {
      let weathers = try weather.split(separator: ",").map { try StreetWeather(option: $0) }
      return StreetSettings(
        frames: frames, side: side, weathers: weathers, crossingRate: crossingRate,
        carefulShare: carefulShare, levels: levels)
    }
  }

  func run() async throws {
    try await reportingFailures {
      let request = try Synthesize.Request(
        episodes: episodes, seed: seed, episodesPerShard: episodesPerShard,
        street: drives.settings())
      let share = try WorkShare(environment: ProcessInfo.processInfo.environment)
      let line = ProgressLine(isQuiet: quiet)
      defer { line.clear() }
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let task = Synthesize(output: URL(filePath: output), share: share)
      let summary = try task(request, until: stop) { progress in
        line.show(
          "drive \(progress.done) of \(progress.count)", isLast: progress.done == progress.count)
      }
      line.clear()
      if !quiet { say(summary) }
    }
  }

  private func say(_ summary: Synthesize.Summary) {
    print("\(summary.made) shards were made, \(summary.kept) were there")
    guard let manifest = summary.manifest else {
      print(
        summary.missing > 0
          ? "\(summary.missing) shards of other processes are missing"
          : "another process writes the manifest")
      return
    }
    let counts = manifest.counts
    for (weather, count) in counts.byWeather.sorted(by: { $0.key < $1.key }) {
      print("\(weather): \(count) drives")
    }
    print("a deer crosses in \(counts.withCrossing), something is hit in \(counts.withCollision)")
    print("\(counts.duplicates) left out that are the same as another")
    print("\(counts.episodes) drives of \(request(manifest)) are in \(output)")
  }

  private func request(_ manifest: SynthesisManifest) -> String {
    let street = manifest.request.street
    return "\(street.frames) frames of \(street.side) x \(street.side)"
  }
}
