internal import Checkpoints
internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// The work of an evaluation of poses.
struct PoseEvaluation {
  /// What was measured of one pose.
  private struct Measure {
    /// In Å.
    let distance: Double
    let isSound: Bool
  }

  /// The poses of a molecule by each method, the first ones first.
  private struct Subject {
    let entry: PoseEntry
    var methods: [String: [Measure]] = [:]
  }

  static let thresholds = [1.0, 2, 5]
  /// How far random poses are from the middle of the pocket, the scale of each axis in Å.
  static let randomShift = 1.5

  private let request: EvaluatePoses
  private let folder: DockingModelFolder
  private let model: DockingModel
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void
  private let entries: [PoseEntry]
  private let known: [String: Molecule]
  private let others: [String: Molecule]
  private let data: String
  private let source: URL

  init(
    _ request: EvaluatePoses, folder: DockingModelFolder, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    (self.request, self.folder, self.stop, self.report) = (request, folder, stop, report)
    model = try DockingModel(folder)
    source = URL(filePath: request.data)
    let all = try PoseEntry.all(in: source).filter { $0.split == .test }
    guard !all.isEmpty else {
      throw EvaluationError.tooFew(split: "test", expected: 1, found: 0)
    }
    let order = try checked {
      Generator(seed: request.seed).permutation(all.count).values(as: Int.self)
    }
    entries = order.prefix(request.molecules).map { all[$0] }
    let file = source.appending(path: ConformerSplit.test.file)
    report(.note("reading \(file.relativePath)"))
    known = try Self.records(file)
    data = try FileHash.sha256(of: file)
    let other = source.appending(path: PoseDataset.othersFile)
    others =
      FileManager.default.fileExists(atPath: other.path(percentEncoded: false))
      ? try Self.records(other) : [:]
  }

  private static func records(_ file: URL) throws -> [String: Molecule] {
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw PoseDataError.missing(file: path)
    }
    return Dictionary(
      try SDFile(contentsOf: file, keepingHydrogens: false).records.map { ($0.name, $0.molecule) },
      uniquingKeysWith: { a, _ in a })
  }

  /// All figures.
  func figures() throws -> PoseFigures {
    var progress = ProgressCounter("molecules", of: entries.count, report: report)
    var (subjects, failed, sites): ([Subject], [String: String], [String: DockingSite]) =
      ([], [:], [:])
    for entry in entries {
      try stop.check()
      do {
        let site = try sites[entry.target] ?? self.site(entry)
        sites[entry.target] = site
        subjects.append(try subject(entry, site))
      } catch let error as CancellationError {
        throw error
      } catch {
        failed[entry.id] = "\(error)"
      }
      progress.add(1)
    }
    guard !subjects.isEmpty else {
      throw EvaluationError.tooFew(split: "test", expected: 1, found: 0)
    }
    let groups = [
      ("molecules not trained on, by known proteins", subjects.filter(\.entry.isKnownTarget)),
      ("proteins not trained on", subjects.filter { !$0.entry.isKnownTarget }),
    ]
    return PoseFigures(
      model: folder.name, files: try folder.hashes(), data: data, poses: request.poses,
      thresholds: Self.thresholds, failed: failed,
      groups: try groups.filter { $0.1.count > 1 }.map { try group($0.0, $0.1) })
  }

  private func site(_ entry: PoseEntry) throws -> DockingSite {
    let file = source.appending(path: "proteins/\(entry.target).pdb")
    guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else {
      throw PoseDataError.missing(file: file.path(percentEncoded: false))
    }
    return DockingSite(try Protein(contentsOf: file))
  }

  private func subject(_ entry: PoseEntry, _ site: DockingSite) throws -> Subject {
    let path = source.appending(path: ConformerSplit.test.file).path(percentEncoded: false)
    guard let truth = known[entry.id] else {
      throw PoseDataError.unknown(file: path, molecule: entry.id)
    }
    func measure(_ molecule: Molecule) throws -> Measure {
      let contacts = try ProteinContacts(of: molecule, with: site.protein)
      return Measure(
        distance: try molecule.distance(to: truth, aligned: false),
        isSound: contacts.isNear && contacts.isFree)
    }
    let own = try Dock.Request(
      model: request.model, protein: entry.target,
      ligand: MakeConformers.Subject(name: entry.id, smiles: entry.smiles), center: entry.middle,
      count: request.poses, seed: request.seed, sampling: request.sampling)
    let record = DockingRecord(request: own, files: [:], protein: "", threads: 1)
    let made = try DockingMaker(model: model, site: site).poses(own, record, stop) { _ in }
    var found = Subject(entry: entry)
    found.methods["model"] = try made.poses.map { try measure($0.molecule.removingHydrogens()) }
    if model.confidence != nil {
      found.methods["model-shapes"] = try made.poses.sorted {
        ($0.score, $0.seed) < ($1.score, $1.seed)
      }.map { try measure($0.molecule.removingHydrogens()) }
    }
    found.methods["random"] = try random(own, site).map(measure)
    if let other = others[entry.id] { found.methods["vina"] = [try measure(other)] }
    return found
  }

  /// Poses at random about the middle of the pocket, in the order of the same score.
  private func random(_ request: Dock.Request, _ site: DockingSite) throws -> [Molecule] {
    let ligand = try DockingMaker.ligand(request)
    let whole = try ligand.addingHydrogens()
    let noise = PoseNoise(
      least: PoseScales(shift: Self.randomShift / 2, rotation: 1, turns: 1),
      most: PoseScales(shift: Self.randomShift, rotation: 2, turns: 2))
    var poses = try (0..<request.count).map { index in
      let seed = request.seed &+ UInt64(index)
      let start =
        try whole.embedded(seed: UInt32(truncatingIfNeeded: seed)).removingHydrogens().places ?? []
      let places = PoseWalk(noise: noise).start(
        ligand.torsions, start, around: request.center, using: Generator(seed: seed))
      return try ligand.placed(at: places)
    }
    if (request.sampling ?? model.details.sampling).settles {
      let settling = try PoseSettling(ligand, by: site.score)
      poses = try poses.map { try ligand.placed(at: settling.settled($0.places ?? [])) }
    }
    let scores = try poses.map { try site.score($0) }
    return poses.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }.map { poses[$0] }
  }

  private func group(_ name: String, _ subjects: [Subject]) throws -> PoseFigures.Group {
    let methods = ["model", "model-shapes", "random", "vina"].filter { method in
      subjects.allSatisfy { $0.methods[method] != nil }
    }
    func first(_ method: String) -> [Measure] {
      subjects.compactMap { $0.methods[method]?.first }
    }
    let gains = zip(first("model"), first("random")).map { $0.distance - $1.distance }
    return PoseFigures.Group(
      name: name, molecules: subjects.count, targets: Set(subjects.map(\.entry.target)).count,
      methods: try Dictionary(
        uniqueKeysWithValues: methods.map { method in
          let nearest = subjects.compactMap { $0.methods[method]?.map(\.distance).min() }
          return (method, try judged(first(method), nearest: nearest))
        }),
      gain: try estimate(gains))
  }

  private func judged(_ first: [Measure], nearest: [Double]) throws -> PoseFigures.Judged {
    func share(_ values: [Bool]) -> Estimate {
      Estimate(successes: values.filter { $0 }.count, of: values.count)
    }
    return PoseFigures.Judged(
      first: Self.thresholds.map { threshold in share(first.map { $0.distance <= threshold }) },
      nearest: Self.thresholds.map { threshold in share(nearest.map { $0 <= threshold }) },
      distance: try estimate(first.map(\.distance)), isSound: share(first.map(\.isSound)))
  }

  /// The mean over molecules, with the range of 1,000 resamples of them.
  private func estimate(_ values: [Double]) throws -> Estimate {
    try Estimate(bootstrapping: values, resamples: 1000, using: Generator(seed: request.seed))
  }
}
