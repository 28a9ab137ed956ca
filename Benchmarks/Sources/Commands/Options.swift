internal import ArgumentParser
internal import Foundation

/// What every comparison is told.
struct Options: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A Python that has the peers' libraries (default: a virtual environment is made)."),
    completion: .file())
  var python: String?

  @Option(help: "The folder of the virtual environment.", completion: .directory)
  var environment = ".deps/peers"

  @Option(help: "The folder that models of random weights are kept in.", completion: .directory)
  var weights = ".deps/weights"

  @Flag(help: "Use networks of few channels, to try the benchmarks themselves.")
  var tiny = false

  @Option(help: "The turns that each side takes.")
  var turns = 5

  @Option(help: "The calls of a network in a turn, after the first.")
  var calls = 3

  @Option(help: "The threads of each side.")
  var threads = Host.cores

  @Option(help: "Build of the program for whole pictures.", completion: .file())
  var inkwell = ".build/release/inkwell"

  @Option(help: "The repository's model.", completion: .directory)
  var model = "Models/inkwell-emoji"

  /// The folder of the models of the size that is asked for.
  var weightsFolder: URL {
    let folder = URL(filePath: weights)
    return tiny ? folder.appending(path: "tiny") : folder
  }

  mutating func validate() throws {
    for (name, value) in [("--turns", turns), ("--calls", calls), ("--threads", threads)] {
      guard value > 0 else { throw ValidationError("\(name): expected 1 or more, found \(value)") }
    }
  }

  /// Sets up the peers and says what is missing.
  func peers() throws -> PeerEnvironment {
    let peers = try PeerEnvironment(folder: URL(filePath: environment), python: python)
    for problem in peers.missing { note("missing: \(problem)") }
    return peers
  }

  /// Makes the models of random weights that are not there yet.
  func makeWeights(_ models: Set<String>, by peers: PeerEnvironment) throws {
    let folder = weightsFolder
    let missing = models.sorted().filter {
      !FileManager.default.fileExists(
        atPath: folder.appending(path: $0).path(percentEncoded: false))
    }
    guard !missing.isEmpty else { return }
    note("making \(missing.joined(separator: ", ")) of random weights in \(folder.path)")
    _ = try Child.run(
      [peers.python, "Benchmarks/Peers/weights.py", folder.path(percentEncoded: false)] + missing
        + (tiny ? ["--tiny"] : []))
  }
}

/// Installs the peers and makes the weights, and nothing else.
struct SetUp: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup",
    abstract: "Installs the peers' libraries, makes the random weights, and says what is missing.")

  @OptionGroup var options: Options

  func run() throws {
    let peers = try options.peers()
    try options.makeWeights(Set(Network.allCases.compactMap(\.model)), by: peers)
    print((peers.versions + peers.missing.map { "missing: \($0)" }).joined(separator: "\n"))
  }
}

/// Measures what the machine can do.
struct MeasurePeak: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peak", abstract: "Measures what the processor and the memory can do at most.")

  @Option(help: "The threads.")
  var threads = Host.cores

  func run() { print(Host.description(peak: Peak(threads: threads), versions: [])) }
}
