public import Evaluation
internal import Files
public import Foundation
internal import Models

/// What the checks of an audit usually give: for real pictures that a model was not trained on, and
/// for the model's own, as they come.
public struct AuditCalibration: Codable, Sendable, Hashable {
  /// The version of this layout.
  public static let currentVersion = 1

  /// The pictures that a picture is compared with.
  public enum Population: String, Codable, Sendable, Hashable, CaseIterable {
    /// Real pictures that the model was not trained on.
    case real
    /// The model's own, none picked or left out.
    case own
  }

  /// The version of the layout.
  public let version: Int
  /// The model's name.
  public let model: String
  /// The SHA-256 of the model's files.
  public let files: [String: String]
  /// The SHA-256 of the training pictures.
  public let data: String
  /// The package of the network whose features are compared.
  public let features: String
  /// The seeds that a picture is compared with, at least 2.
  public let others: Int
  /// How each check comes out for real pictures.
  public let real: [AuditCheck: UsualValues]
  /// How each check comes out for the model's own pictures.
  public let own: [AuditCheck: UsualValues]

  init(
    subject: EvaluationFigures.Subject, others: Int, real: [AuditCheck: UsualValues],
    own: [AuditCheck: UsualValues]
  ) {
    version = Self.currentVersion
    model = subject.model
    files = subject.files
    data = subject.data
    features = subject.features
    self.others = others
    self.real = real
    self.own = own
  }

  /// Where a model's folder has it.
  static func file(in folder: URL) -> URL { folder.appending(path: "audit.json") }

  /// Reads a file that ``write(to:)`` wrote.
  ///
  /// - Parameter url: The file.
  /// - Throws: ``AuditError/version(file:expected:found:)``, or a `ConfigurationError` for what is
  ///   no such file.
  public init(contentsOf url: URL) throws {
    let head: Head = try readConfiguration(from: url)
    guard head.version == Self.currentVersion else {
      throw AuditError.version(
        file: url.path(percentEncoded: false), expected: Self.currentVersion, found: head.version)
    }
    self = try readConfiguration(from: url)
    guard others >= 2 else {
      throw ConfigurationError(
        file: url.path(percentEncoded: false),
        reason: "others: expected 2 or more, found \(others)")
    }
  }

  private struct Head: Decodable { let version: Int }

  /// Writes a file of JSON, which is whole or not there.
  ///
  /// - Parameter url: The file. What was there is replaced.
  /// - Throws: A `FileError`.
  public func write(to url: URL) throws {
    try AtomicFile.write(try configurationData(self) + Data("\n".utf8), to: url)
  }

  /// How each check comes out for a population.
  func usual(_ population: Population) -> [AuditCheck: UsualValues] {
    population == .real ? real : own
  }

  /// Throws ``AuditError/otherCalibration(file:of:changed:)`` where it is of other files.
  func check(fits files: [String: String], data: String?, in url: URL) throws(AuditError) {
    let path = url.path(percentEncoded: false)
    let changed = Set(files.keys).union(self.files.keys).filter { files[$0] != self.files[$0] }
    guard changed.isEmpty else {
      throw .otherCalibration(file: path, of: "model", changed: changed.sorted())
    }
    guard let data, data != self.data else { return }
    throw .otherCalibration(file: path, of: "data set", changed: ["the training pictures"])
  }
}
