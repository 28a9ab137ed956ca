internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Modalities

/// `inkwell conformers`: makes conformers of molecules.
struct ConformersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformers",
    abstract: "Makes conformers of molecules, as they may be seen bound to a protein.",
    discussion: """
      inkwell conformers "CC(=O)Oc1ccccc1C(=O)O" --output aspirin.sdf
      inkwell conformers ligands.smi --count 20 --output ligands.sdf

      A molecule in SMILES, a file of SMILES with a name behind each (.smi), or an SD file (.sdf), \
      whose places are not used. RDKit makes bond lengths, angles and rings; the model turns the \
      bonds. The SD file says in each record how it was made: see `inkwell regenerate`. Energies \
      are not looked at.

      Exit codes: 0 all conformers are made, 1 the run failed, 2 not enough memory, 3 a model or a \
      molecule is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "A molecule in SMILES, or a file of molecules.", completion: .file())
  var molecules: String

  @Option(help: "The model's name (see `inkwell model list`), or the path of its folder.")
  var model = MakeConformers.Request.standardModel

  @Option(help: "Conformers of each molecule.")
  var count = 10

  @Option(help: "The seed of the first conformer of each molecule.")
  var seed: UInt64 = 0

  @Option(help: "Steps from noise to a conformer (default: the model's).")
  var steps: Int?

  @Option(
    help:
      "The way back from noise: walk, with noise in every step, or flow (default: the model's).",
    transform: { name in
      guard let method = ConformerSampling.Method(rawValue: name) else {
        throw ValidationError("--method: expected walk or flow, found \(name)")
      }
      return method
    })
  var method: ConformerSampling.Method?

  @Option(help: "The SD file to write.", completion: .file(extensions: ["sdf"]))
  var output: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  @Option(help: "The threads of one operation; more help large molecules only.")
  var threads = 1

  func run() async throws {
    try await reportingFailures {
      let standard = try ModelLibrary.standard.conformerModel(model).index.about.sampling
      let isOwn = steps != nil || method != nil
      let request = try MakeConformers.Request(
        model: model, molecules: MakeConformers.Subject.named(by: molecules), count: count,
        seed: seed,
        sampling: isOwn
          ? ConformerSampling(
            method: method ?? standard.method, steps: steps ?? standard.steps) : nil)
      let file = URL(filePath: output, directoryHint: .notDirectory)
      try OutputPattern.check([file], replacing: force)
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      try await writeConformers(
        MakeConformers(threads: threads)(request, until: stop), to: file, quiet: quiet)
      if !quiet { print(file.relativePath) }
    }
  }

  func validate() throws {
    guard threads > 0 else { throw ValidationError("--threads must be at least 1.") }
    guard output.lowercased().hasSuffix(".sdf") else {
      throw ValidationError("--output: expected the name of an SD file (.sdf), found \(output)")
    }
  }
}

/// Writes the conformers that a task makes, and says meanwhile how far it is.
///
/// - Parameters:
///   - events: What happens.
///   - file: The SD file.
///   - quiet: Whether nothing is said.
/// - Throws: What ends the run, or what writing throws.
func writeConformers(
  _ events: AsyncThrowingStream<MakeConformers.Event, any Error>, to file: URL, quiet: Bool
) async throws {
  let line = ProgressLine(isQuiet: quiet)
  defer { line.clear() }
  for try await event in events {
    switch event {
    case .loading(let model): line.show("loading \(model)")
    case .molecule(let subject, let torsions, let number, let count):
      if torsions == 0 { line.note("\(subject.name): no bond turns; RDKit's conformers are kept") }
      line.show("\(number) of \(count) molecules", isLast: number == count)
    case .made(let made): try made.save(to: file)
    }
  }
}
