internal import ArgumentParser
internal import Foundation

/// A part of the comparisons.
enum Part: String, CaseIterable, ExpressibleByArgument {
  case networks
  case steps
  case pictures
  case growth
}

/// Runs everything against the peers and writes a report.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs the benchmarks against the peers, and writes a report with plots.",
    discussion: """
      Without parts, all are run: networks, steps, pictures and growth. Every side takes its turns \
      in processes of its own. The report says what was not run, and why.
      """)

  @Argument(help: "The parts.")
  var parts: [Part] = Part.allCases

  @OptionGroup var options: Options

  @Option(
    name: .customLong("network"), parsing: .singleValue,
    help: "A network to compare, of those of the part networks (default: all).")
  var networks: [Network] = []

  @Option(
    name: .customLong("engine"), parsing: .singleValue,
    help: "An engine to compare, of those of networks (default: all).")
  var engines: [NetworkEngine] = []

  @Option(help: "What networks compute with: float32 or bfloat16.")
  var precision = NetworkPrecision.float32

  @OptionGroup var growth: GrowthOptions

  @OptionGroup var picture: PictureOptions

  @Option(help: "The folder of the report.", completion: .directory)
  var output = "out/benchmarks"

  func run() throws {
    let peers = try options.peers()
    let chosen = networks.isEmpty ? Network.allCases : networks
    try options.makeWeights(models(of: chosen), by: peers)
    let peak = Peak(threads: options.threads)
    var report = Report(
      folder: URL(filePath: output), peak: peak,
      head: Host.description(peak: peak, versions: peers.versions)
        + (options.tiny ? "\n- networks of few channels, to try the benchmarks: no figures" : ""),
      missing: peers.missing)

    let engines = self.engines.isEmpty ? NetworkEngine.allCases : self.engines
    let networkContest = NetworkContest(
      options: options, peers: peers, engines: engines, precision: precision)
    let pictureContest = PictureContest(options: options, peers: peers)
    if parts.contains(.networks) {
      for bar in NetworkCase.bars where chosen.contains(bar.network) {
        try report.add(networkContest.contest(bar).run(turns: options.turns))
      }
    }
    if parts.contains(.steps) {
      for contest in StepContest(options: options, peers: peers).contests {
        try report.add(contest.run(turns: options.turns))
      }
    }
    if parts.contains(.pictures) {
      for contest in pictureContest.contests(picture) {
        try report.add(contest.run(turns: options.turns))
      }
    }
    if parts.contains(.growth) {
      for axis in GrowthAxis.all(growth, networks: networkContest, pictures: pictureContest) {
        try report.add(axis.run(turns: growth.turns))
      }
    }
    print(report.markdown)
  }

  /// The models of random weights that the parts need.
  private func models(of networks: [Network]) -> Set<String> {
    var models: Set<String> = []
    if parts.contains(.networks) { models.formUnion(networks.compactMap(\.model)) }
    if parts != [.networks] { models.insert("sd1") }
    return models
  }
}
