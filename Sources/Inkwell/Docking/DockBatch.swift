internal import Checkpoints
internal import Files
public import Foundation
internal import Modalities
internal import Torch

/// Docks the ligands of a table, one after the other, each in a folder of its own.
///
/// Every line of the table gets a line in `results.csv`: what was made of it, or why nothing was.
public struct DockBatch: Sendable {
  /// The name of the table of results.
  public static let resultsFile = "results.csv"

  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation.
  public var threads: Int

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int = Dock.usualThreads) {
    self.library = library
    self.threads = threads
  }

  /// A line of a table of ligands.
  public struct Line: Sendable, Hashable {
    /// Its number in the file, counted from 1.
    public let number: Int
    /// The ligand's name; its SMILES where the table has none.
    public let name: String
    /// The ligand.
    public let smiles: String
    /// Why it is no line of a ligand, if it is none.
    public let problem: String?
  }

  /// What became of a line.
  public struct Result: Sendable, Hashable {
    /// The line.
    public let line: Line
    /// The folder of its poses, in the folder of the batch; none if there are no poses.
    public let folder: String?
    /// Why there are no poses.
    public let error: String?
    fileprivate let values: [String]
  }

  /// What happens while ligands are docked.
  public enum Event: Sendable {
    /// The model is being read.
    case loading(model: String)
    /// A line is done, the number of which is counted from 1.
    case done(Result, Int, of: Int)
  }

  /// The ligands of a table.
  ///
  /// - Parameter file: A CSV file of at most 64 MB whose first row names its columns, `smiles` and
  ///   perhaps `name` among them.
  /// - Returns: All lines but empty ones, those with a problem among them.
  /// - Throws: ``GenerateError`` for what is no such table.
  public static func lines(of file: URL) throws -> [Line] {
    func misfit(_ expected: String, _ found: String) -> GenerateError {
      .value(
        "ligands", expected: expected, found: "\(found) in \(file.path(percentEncoded: false))")
    }
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw misfit("a CSV file", error.localizedDescription)
    }
    guard data.count <= 64 << 20 else { throw misfit("at most 64 MB", "\(data.count) bytes") }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw misfit("a text in UTF-8", "other bytes")
    }
    let rows = CSVTable(text).rows
    let names = (rows.first?.values ?? []).map { $0.trimmingCharacters(in: .whitespaces) }
    let head = names.map { $0.lowercased() }
    guard let smiles = head.firstIndex(of: "smiles") else {
      throw misfit(
        "a first row with the column smiles",
        names.isEmpty ? "none" : names.joined(separator: ", "))
    }
    let name = head.firstIndex(of: "name")
    guard rows.count > 1 else { throw misfit("a row of a ligand", "none") }
    return rows.dropFirst().map { row in
      guard let values = row.values else {
        return Line(
          number: row.line, name: "", smiles: "",
          problem: "expected quotes around a whole value, found others")
      }
      let known = values.count > smiles ? values[smiles].trimmingCharacters(in: .whitespaces) : ""
      let called = name.flatMap { $0 < values.count ? values[$0] : nil } ?? ""
      let count = "expected \(head.count) values, found \(values.count)"
      return Line(
        number: row.line, name: called.isEmpty ? known : called, smiles: known,
        problem: values.count != head.count
          ? count : known.isEmpty ? "expected SMILES, found nothing" : nil)
    }
  }

  /// Docks all ligands.
  ///
  /// - Parameters:
  ///   - lines: The ligands.
  ///   - request: Makes the request of a ligand.
  ///   - output: The folder to fill.
  ///   - stop: Ends the run with a `CancellationError`; what is done stays.
  ///   - report: Told what happens.
  /// - Returns: What became of each line.
  /// - Throws: ``ModelError``, `ProteinError`, or what is wrong with a folder: what no ligand can
  ///   be docked without.
  @discardableResult
  public func callAsFunction(
    _ lines: [Line], request: (MakeConformers.Subject) throws -> Dock.Request, to output: URL,
    until stop: StopSignal = StopSignal(), report: (Event) -> Void = { _ in }
  ) throws -> [Result] {
    Machine.threads = threads
    let common = try request(MakeConformers.Subject(name: "", smiles: ""))
    let folder = try library.dockingModel(common.model)
    report(.loading(model: folder.name))
    let file = URL(filePath: common.protein)
    let maker = DockingMaker(
      model: try DockingModel(folder), site: DockingSite(try Protein(contentsOf: file)))
    let (files, protein) = (try folder.hashes(), try FileHash.sha256(of: file))
    _ = try maker.receptor(around: common.center)
    try Folder.make(output)
    var results: [Result] = []
    for line in lines {
      try stop.check()
      do {
        if let problem = line.problem {
          results.append(Self.failed(line, problem))
        } else {
          let own = try request(MakeConformers.Subject(name: line.name, smiles: line.smiles))
          let record = DockingRecord(
            request: own, files: files, protein: protein, threads: Machine.threads)
          let poses = try maker.poses(own, record, stop) { _ in }
          let name = Self.folderName(line)
          try poses.save(to: output.appending(path: name))
          results.append(Self.made(line, name, poses, try record.line))
        }
      } catch let error as CancellationError {
        throw error
      } catch {
        results.append(Self.failed(line, "\(error)"))
      }
      try Self.write(results, to: output)
      if let last = results.last { report(.done(last, results.count, of: lines.count)) }
    }
    return results
  }

  private static func failed(_ line: Line, _ reason: String) -> Result {
    Result(
      line: line, folder: nil, error: reason,
      values: ["", "0", "", "", "", "", reason, ""])
  }

  private static func made(
    _ line: Line, _ folder: String, _ poses: DockedPoses, _ record: String
  ) -> Result {
    let best = poses.poses[0]
    return Result(
      line: line, folder: folder, error: nil,
      values: [
        folder, "\(poses.poses.count)", "\(best.seed)",
        best.confidence.map { String(format: "%.4f", $0) } ?? "",
        String(format: "%.4f", best.score),
        "\(best.contacts.clashes)", "", record,
      ])
  }

  /// A folder's name that no two lines share and every file system takes.
  private static func folderName(_ line: Line) -> String {
    let plain = line.name.unicodeScalars.map { scalar in
      let isPlain = scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
      return isPlain ? Character(scalar) : "-"
    }
    let number = String(line.number)
    let zeros = String(repeating: "0", count: max(0, 5 - number.count))
    return zeros + number + "-" + String(plain.prefix(40))
  }

  private static func write(_ results: [Result], to output: URL) throws {
    let head = [
      "line", "name", "smiles", "folder", "poses", "best_seed", "best_confidence",
      "best_steric_score", "best_clashes", "error", "request",
    ]
    let rows = results.map { ["\($0.line.number)", $0.line.name, $0.line.smiles] + $0.values }
    try AtomicFile.write(
      Data(CSVTable.text([head] + rows).utf8), to: output.appending(path: resultsFile))
  }
}

extension DockedPoses {
  /// The names of the files that ``save(to:)`` writes.
  public static let files = ["poses.sdf", "trajectory.pdb", "checks.csv"]

  /// Writes the poses, the way to the best of them, and what was measured of each.
  ///
  /// - Parameter folder: The folder, which is made if it is not there.
  /// - Throws: `MoleculeError`, or a `FileError`.
  public func save(to folder: URL) throws {
    try Folder.make(folder)
    try file.save(to: folder.appending(path: Self.files[0]))
    try trajectory?.save(to: folder.appending(path: Self.files[1]))
    try AtomicFile.write(Data(try checks.utf8), to: folder.appending(path: Self.files[2]))
  }
}

/// What went wrong in a batch that went on to its end.
public enum DockBatchError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Some lines have no poses.
  case failed(Int, of: Int)

  /// How many, and where to look.
  public var description: String {
    switch self {
    case .failed(let count, let total):
      "\(count) of \(total) lines have no poses; \(DockBatch.resultsFile) says why"
    }
  }
}
