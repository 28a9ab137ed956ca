internal import Evaluation
internal import Files
public import Foundation
internal import Models

/// What an audit found.
public struct AuditResult: Codable, Sendable, Hashable {
  /// The model that the pictures were looked at for.
  public let model: String
  /// The pictures that they were compared with.
  public let against: AuditCalibration.Population
  /// The share of such pictures of which something is flagged, at most.
  public let falseAlarms: Double
  /// The pictures, in the order of their files.
  public let pictures: [PictureAudit]
  /// The pictures of folders that cannot be read, and why.
  public let broken: [String: String]

  /// Writes a file of JSON, which is whole or not there.
  ///
  /// - Parameter url: The file. What was there is replaced.
  /// - Throws: A `FileError`.
  public func write(to url: URL) throws {
    try AtomicFile.write(try configurationData(self) + Data("\n".utf8), to: url)
  }
}

/// What an audit found of a picture.
public struct PictureAudit: Codable, Sendable, Hashable {
  /// What to do about a picture.
  public enum Verdict: String, Codable, Sendable, Hashable {
    /// No check flags it.
    case fine
    /// Something is unusual.
    case lookAtIt = "look at it"
  }

  /// What a check found.
  public struct Finding: Codable, Sendable, Hashable {
    /// The check.
    public let check: AuditCheck
    /// What it measured.
    public let value: Double
    /// The value beyond which it flags.
    public let limit: Double
    /// The value in the middle of those of the pictures that it is compared with.
    public let usual: Double
    /// Whether the value is beyond the limit.
    public let isFlagged: Bool
    /// The share of real held-out pictures that are at least as suspicious.
    public let shareOfReal: Double?
    /// The share of the model's own pictures that are at least as suspicious.
    public let shareOfOwn: Double?
    /// What it is about, such as the nearest training picture's file.
    public let about: String?
  }

  /// A place of a picture that is unlike training pictures.
  public struct Places: Codable, Sendable, Hashable {
    /// The places in a row.
    public let columns: Int
    /// How far each place is from those of training pictures, over the limit of
    /// ``AuditCheck/place``; row by row from the top.
    public let strangeness: [Double]
  }

  /// The picture's file.
  public let file: String
  /// What it was asked to show, if that is known.
  public let prompt: String?
  /// What to do about it.
  public let verdict: Verdict
  /// What the checks found, in their order.
  public let findings: [Finding]
  /// The checks that were not made, and why.
  public let notMade: [AuditCheck: String]
  /// The file of the nearest training picture, inside the data's folder.
  public let nearest: String?
  /// How strange each place is.
  public let places: Places?

  /// What the checks flagged.
  public var flagged: [Finding] { findings.filter(\.isFlagged) }

  /// How suspicious it is, from 0 to 1: the least share of pictures that are as unusual as it, by
  /// any check, taken from 1.
  public var suspicion: Double {
    1 - (findings.map { $0.shareOfReal ?? $0.shareOfOwn ?? 1 }.min() ?? 1)
  }
}

/// Beyond which values an audit's checks flag.
struct AuditLimits {
  let calibration: AuditCalibration
  let population: AuditCalibration.Population
  /// The share that one check may flag of the pictures that are compared with.
  let level: Double

  /// Limits by which all checks together flag a share at most (Bonferroni's bound).
  init(
    _ calibration: AuditCalibration, against population: AuditCalibration.Population,
    falseAlarms: Double, checks: Int
  ) {
    self.calibration = calibration
    self.population = population
    level = falseAlarms / Double(checks)
  }

  /// The value beyond which a check flags; nothing where it was not calibrated.
  func limit(_ check: AuditCheck) -> Double? {
    calibration.usual(population)[check]
      .map { $0.value(at: check.tail == .low ? level : 1 - level) }
  }

  /// Whether a value is beyond the limit of its check.
  func flags(_ value: Double, _ check: AuditCheck) -> Bool {
    guard let limit = limit(check) else { return false }
    return check.tail == .low ? value < limit : value > limit
  }

  /// What a check found; nothing where it was not calibrated.
  func finding(_ check: AuditCheck, _ value: Double, about: String?) -> PictureAudit.Finding? {
    guard let usual = calibration.usual(population)[check], let limit = limit(check) else {
      return nil
    }
    func share(_ population: AuditCalibration.Population) -> Double? {
      calibration.usual(population)[check]
        .map { check.tail == .low ? $0.share(to: value) : $0.share(from: value) }
    }
    return PictureAudit.Finding(
      check: check, value: value, limit: limit, usual: usual.median,
      isFlagged: flags(value, check), shareOfReal: share(.real), shareOfOwn: share(.own),
      about: about)
  }
}
