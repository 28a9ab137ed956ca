internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dock`: docks molecules.
struct DockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dock",
    abstract: "Makes poses of molecules in the pocket of a protein.",
    discussion: """
      inkwell dock protein.pdb "OCCc1ccncc1" --pocket 12.5,3,-8 --model MODEL --output docked
      inkwell dock a.cif --ligands table.csv --ligand crystal.sdf --model MODEL --output docked

      The model is one that you trained: none comes with the program. A protein in PDB or mmCIF, \
      and a molecule in SMILES or a table of them: a CSV file with the columns smiles and name. The \
      folder gets poses.sdf, the best first, trajectory.pdb, the way \
      from noise to the best one as models, and checks.csv, by PoseBusters' measures; of a table, a \
      folder for each line, and results.csv with what became of every line. Poses are in the order \
      of the model's confidence, or else of a score of shapes. How strongly a molecule binds is not \
      told: no number here is an affinity. See `inkwell regenerate`.

      Exit codes: 0 all poses are made, 1 the run or a line of the table failed, 2 not enough \
      memory, 3 a model, a protein or a molecule is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "The protein: a PDB or mmCIF file.", completion: .file())
  var protein: String

  @Argument(help: "The molecule, in SMILES.")
  var molecule: String?

  @Option(help: "A CSV file of molecules to dock, in place of one.", completion: .file())
  var ligands: String?

  @Option(
    help: "The middle of the pocket in the protein's places, as x,y,z in Å.",
    transform: { text in
      let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
        Double($0.trimmingCharacters(in: .whitespaces))
      }
      guard numbers.count == 3, let x = numbers[0], let y = numbers[1], let z = numbers[2] else {
        throw ValidationError("--pocket: expected x,y,z in Å, found \(text)")
      }
      return SIMD3(x, y, z)
    })
  var pocket: SIMD3<Double>?

  @Option(
    help: "An SD file of a ligand that is in the pocket: its middle is the pocket's.",
    completion: .file(extensions: ["sdf"]))
  var ligand: String?

  @Option(help: "The model's name (see `inkwell model list`), or the path of its folder.")
  var model: String

  @Option(help: "Poses of each molecule.")
  var poses = 10

  @Option(help: "The seed of the first pose of each molecule.")
  var seed: UInt64 = 0

  @Option(help: "Steps from noise to a pose (default: the model's).")
  var steps: Int?

  @Option(
    help:
      "The way back from noise: walk, with noise in every step, or flow (default: the model's).",
    transform: { name in
      guard let method = DockingSampling.Method(rawValue: name) else {
        throw ValidationError("--method: expected walk or flow, found \(name)")
      }
      return method
    })
  var method: DockingSampling.Method?

  @Flag(
    inversion: .prefixedNo,
    help: "Let poses settle where their score of shapes is least nearby (default: the model's).")
  var settling: Bool?

  @Option(help: "The folder to fill.", completion: .directory)
  var output: String

  @Flag(help: "Replace files that are there.")
  var force = false

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  @Option(help: "The threads of one operation; more help large molecules only.")
  var threads = 1

  func validate() throws {
    guard threads > 0 else { throw ValidationError("--threads must be at least 1.") }
    guard (molecule == nil) != (ligands == nil) else {
      throw ValidationError("expected either a molecule in SMILES or --ligands with a CSV file.")
    }
    guard (pocket == nil) != (ligand == nil) else {
      throw ValidationError(
        "expected the pocket: either --pocket x,y,z or --ligand with an SD file of a ligand in it.")
    }
  }

  func run() async throws {
    try await reportingFailures {
      let standard = try ModelLibrary.standard.dockingModel(model).index.about.sampling
      let isOwn = steps != nil || method != nil || settling != nil
      let sampling =
        isOwn
        ? DockingSampling(
          method: method ?? standard.method, steps: steps ?? standard.steps,
          settles: settling ?? standard.settles) : nil
      let center = try pocket ?? Dock.middle(ofLigandIn: URL(filePath: ligand ?? ""))
      func request(_ subject: MakeConformers.Subject) throws -> Dock.Request {
        try Dock.Request(
          model: model, protein: protein, ligand: subject, center: center, count: poses,
          seed: seed, sampling: sampling)
      }
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let folder = URL(filePath: output, directoryHint: .isDirectory)
      if let ligands {
        try dock(DockBatch.lines(of: URL(filePath: ligands)), request, to: folder, stop)
      } else if let molecule {
        let own = try request(MakeConformers.Subject(name: molecule, smiles: molecule))
        try OutputPattern.check(
          DockedPoses.files.map { folder.appending(path: $0) }, replacing: force)
        let made = try await madePoses(Dock(threads: threads)(own, until: stop), quiet: quiet)
        try made?.save(to: folder)
        if !quiet { print(folder.appending(path: DockedPoses.files[0]).relativePath) }
      }
    }
  }

  private func dock(
    _ lines: [DockBatch.Line], _ request: (MakeConformers.Subject) throws -> Dock.Request,
    to folder: URL, _ stop: StopSignal
  ) throws {
    let results = folder.appending(path: DockBatch.resultsFile)
    try OutputPattern.check([results], replacing: force)
    let progress = ProgressLine(isQuiet: quiet)
    defer { progress.clear() }
    let made = try DockBatch(threads: threads)(lines, request: request, to: folder, until: stop) {
      switch $0 {
      case .loading(let model): progress.show("loading \(model)")
      case .done(let result, let number, let count):
        if let error = result.error { progress.note("line \(result.line.number): \(error)") }
        progress.show("\(number) of \(count) molecules", isLast: number == count)
      }
    }
    if !quiet { print(results.relativePath) }
    let failed = made.filter { $0.error != nil }.count
    guard failed == 0 else { throw DockBatchError.failed(failed, of: made.count) }
  }
}

/// Reads the events of a docking, and says meanwhile how far it is.
///
/// - Parameters:
///   - events: What happens.
///   - quiet: Whether nothing is said.
/// - Returns: The poses.
/// - Throws: What ends the run.
func madePoses(
  _ events: AsyncThrowingStream<Dock.Event, any Error>, quiet: Bool
) async throws -> DockedPoses? {
  let line = ProgressLine(isQuiet: quiet)
  defer { line.clear() }
  var made: DockedPoses?
  for try await event in events {
    switch event {
    case .loading(let model): line.show("loading \(model)")
    case .step(let step, let count, let residues):
      line.show("step \(step) of \(count), by \(residues) residues", isLast: step == count)
    case .made(let poses): made = poses
    }
  }
  return made
}
