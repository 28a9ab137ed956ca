public import Foundation
internal import Modalities

/// How molecules were made: what their file says so that they can be made again.
public struct MoleculeRecord: MakingRecord, Codable, Sendable, Hashable {
  /// The version of this layout.
  public static let currentVersion = 1
  /// The task that makes molecules.
  public static let task = "molecules"

  /// The version of the layout.
  public let version: Int
  /// The task that made them.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for.
  public let request: MakeMolecules.Request
  /// The SHA-256 of every file of the model, by its path in the model's folder.
  public let files: [String: String]
  /// The threads of one operation.
  public let threads: Int

  init(request: MakeMolecules.Request, files: [String: String], threads: Int) {
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
  /// - Throws: ``ProvenanceError`` where it does not say how Inkwell made its molecules, or what is
  ///   wrong with the file.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    let json: String?
    switch try MoleculeFile.Format(of: url) {
    case .sd: json = try SDFile(contentsOf: url).records.first?[SDRecord.requestProperty]
    case .smiles, .table: json = MoleculeFile.note(in: try Data(contentsOf: url))
    }
    guard let json else { throw ProvenanceError.none(file: path) }
    self = try decodedRecord(Data(json.utf8), of: path, version: Self.currentVersion)
    guard (1...1024).contains(threads), task == Self.task else {
      throw ProvenanceError.malformed(file: path, reason: "expected molecules of a task")
    }
  }

  /// The record on one line.
  var line: String { get throws { try recordText(self) } }
}
