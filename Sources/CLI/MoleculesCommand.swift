internal import ArgumentParser
internal import Diffusion
internal import Foundation
internal import Inkwell

/// `inkwell molecules`: makes up molecules.
struct MoleculesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "molecules",
    abstract: "Makes up drug-like molecules, of the properties that are asked for.",
    discussion: """
      inkwell molecules --count 100 --output molecules.smi
      inkwell molecules --logp 2.5 --weight 320 --guidance 2 --output molecules.csv

      The model writes SMILES. Not every text that it writes is of a molecule: files of SMILES \
      (.smi) mark those that are none, tables (.csv) say why, SD files (.sdf) have the molecules \
      only, in a conformer of RDKit's. The file says how it was made: see `inkwell regenerate`. \
      Whether a molecule can be made or is safe is not looked at.

      Exit codes: 0 all texts are written, 1 the run failed, 2 not enough memory, 3 a model is not \
      sound, 64 wrong usage, 130 interrupted.
      """)

  @Option(help: "The model's name (see `inkwell model list`), or the path of its folder.")
  var model = MakeMolecules.Request.standardModel

  @Option(help: "How many texts are written.")
  var count = 100

  @Option(help: "The seed of the first text.")
  var seed: UInt64 = 0

  @Option(help: "Crippen's logarithm of the partition between octanol and water.")
  var logp: Double?

  @Option(help: "The topological polar surface area in square Å.")
  var tpsa: Double?

  @Option(help: "The molecular weight in Da.")
  var weight: Double?

  @Option(help: "The share of carbons that are bound to four atoms, 0 to 1.")
  var sp3: Double?

  @Option(help: "How far the properties are to count; 1 is as the model learnt it.")
  var guidance = 1.0

  @Option(help: "What the logarithms of probabilities are divided by (default: the model's).")
  var temperature: Double?

  @Option(help: "Steps from nothing to a text (default: the model's).")
  var steps: Int?

  @Flag(help: "Leave texts that are no molecules out of the file.")
  var onlyValid = false

  @Option(help: "The file to write: .smi, .csv or .sdf.", completion: .file())
  var output: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  @OptionGroup var threads: Threads

  func run() async throws {
    try await reportingFailures {
      let standard = try ModelLibrary.standard.moleculeModel(model).index.about.sampling
      var sampling = standard
      sampling.temperature = temperature ?? standard.temperature
      sampling.steps = steps ?? standard.steps
      let wanted: [(MoleculeProperty, Double?)] = [
        (.logp, logp), (.tpsa, tpsa), (.weight, weight), (.sp3, sp3),
      ]
      let request = try MakeMolecules.Request(
        model: model, count: count, seed: seed,
        properties: Dictionary(
          uniqueKeysWithValues: wanted.compactMap { name, value in value.map { (name, $0) } }),
        guidance: guidance, onlyValid: onlyValid, sampling: sampling == standard ? nil : sampling)
      let file = URL(filePath: output, directoryHint: .notDirectory)
      _ = try MoleculeFile.Format(of: file)
      try OutputPattern.check([file], replacing: force)
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      try await writeMolecules(
        MakeMolecules(threads: threads.count)(request, until: stop), to: file, quiet: quiet)
      if !quiet { print(file.relativePath) }
    }
  }
}

/// Writes the molecules that a task makes, and says meanwhile how far it is.
///
/// - Parameters:
///   - events: What happens.
///   - file: The file.
///   - quiet: Whether nothing is said.
/// - Throws: What ends the run, or what writing throws.
func writeMolecules(
  _ events: AsyncThrowingStream<MakeMolecules.Event, any Error>, to file: URL, quiet: Bool
) async throws {
  let line = ProgressLine(isQuiet: quiet)
  defer { line.clear() }
  for try await event in events {
    switch event {
    case .loading(let model): line.show("loading \(model)")
    case .written(let count, let valid, let all):
      line.show("\(count) of \(all) texts", isLast: count == all)
      if count == all { line.note("\(valid) of \(all) texts are molecules") }
    case .made(let made): try made.save(to: file)
    }
  }
}
