public import Evaluation

/// How often an audit finds what was planted.
public struct AuditFigures: Codable, Sendable, Hashable {
  /// Pictures of a kind with each defect.
  public struct Table: Codable, Sendable, Hashable {
    /// What was spoiled: real pictures, or the model's own.
    public let pictures: AuditCalibration.Population
    /// The pictures whose usual values set the limits.
    public let against: AuditCalibration.Population
    /// A row for each defect, that of none first.
    public let rows: [Row]
  }

  /// Pictures with a defect.
  public struct Row: Codable, Sendable, Hashable {
    /// What was planted.
    public let planted: String
    /// The share of which any check flags something: false alarms where nothing was planted.
    public let flagged: Estimate
    /// The share that each check flags.
    public let checks: [AuditCheck: Estimate]
    /// How many pictures there are.
    public let count: Int

    init(_ defect: PlantedDefect, _ measured: [AuditPanel.Measured], _ limits: AuditLimits) {
      planted = defect.name
      count = measured.count
      flagged = Estimate(
        successes: measured.count { $0.values.contains { limits.flags($1, $0) } },
        of: measured.count)
      checks = Dictionary(
        uniqueKeysWithValues: AuditCheck.allCases.map { check in
          let flagged = measured.count { $0.values[check].map { limits.flags($0, check) } ?? false }
          return (check, Estimate(successes: flagged, of: measured.count))
        })
    }
  }

  /// What the figures were made with.
  public let subject: EvaluationFigures.Subject
  /// The share of false alarms that the limits allow.
  public let falseAlarms: Double
  /// The seed of the defects.
  public let seed: UInt64
  /// The tables.
  public let tables: [Table]
}
