public import Foundation
internal import Modalities

/// A request for molecules of a model, by which and the model's files all is decided.
public protocol MoleculeTaskRequest: Codable, Sendable, Hashable {
  /// The task, as records name it.
  static var task: String { get }
}

/// How molecules were made: what their file says so that they can be made again.
public struct MoleculeTaskRecord<Request: MoleculeTaskRequest>: MakingRecord, Codable, Sendable,
  Hashable
{
  /// The version of this layout.
  public static var currentVersion: Int { 1 }
  /// The task that makes them.
  public static var task: String { Request.task }

  /// The version of the layout.
  public let version: Int
  /// The task that made them.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for.
  public let request: Request
  /// The SHA-256 of every file of the model, by its path in the model's folder.
  public let files: [String: String]
  /// The threads of one operation.
  public let threads: Int

  init(request: Request, files: [String: String], threads: Int) {
    version = Self.currentVersion
    task = Self.task
    program = "inkwell \(Program.version)"
    self.request = request
    self.files = files
    self.threads = threads
  }

  /// Reads the record of a file of molecules.
  ///
  /// - Parameter url: A file that Inkwell made.
  /// - Throws: ``ProvenanceError`` where it does not say how this task made its molecules, or what
  ///   is wrong with the file.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    self = try decodedRecord(moleculeRecord(of: url), of: path, version: Self.currentVersion)
    guard (1...1024).contains(threads), task == Self.task else {
      throw ProvenanceError.malformed(file: path, reason: "expected \(Self.task) of a task")
    }
  }

  /// The record on one line.
  var line: String { get throws { try recordText(self) } }
}

/// Which task made the molecules of a file, as it says.
///
/// - Parameter url: A file of molecules, or a PDB file of a trajectory.
/// - Returns: The task.
/// - Throws: ``ProvenanceError`` where it does not say how Inkwell made it, or what is wrong with
///   the file.
public func moleculeTask(of url: URL) throws -> String {
  struct Head: Decodable { let task: String }
  let json = try moleculeRecord(of: url)
  do {
    return try JSONDecoder().decode(Head.self, from: json).task
  } catch {
    throw ProvenanceError.malformed(
      file: url.path(percentEncoded: false), reason: "\(error)")
  }
}

/// The JSON that a file of molecules carries: in remarks, in its first line, or in each record.
func moleculeRecord(of url: URL) throws -> Data {
  let text =
    switch url.pathExtension.lowercased() {
    case "pdb": try PDBTrajectory.note(ofFile: url)
    case "smi", "csv": MoleculeFile.note(in: try Data(contentsOf: url))
    default: try SDFile(contentsOf: url).records.first?[SDRecord.requestProperty]
    }
  guard let text else { throw ProvenanceError.none(file: url.path(percentEncoded: false)) }
  return Data(text.utf8)
}
