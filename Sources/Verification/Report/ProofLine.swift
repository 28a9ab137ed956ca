/// One thing that is claimed, and what was measured.
public struct ProofLine: Codable, Sendable, Hashable {
  /// What a line is about.
  public enum Part: String, Codable, Sendable, Hashable, CaseIterable {
    case samplers, guidance, inverseProblems, manifolds, likelihood

    /// A heading.
    public var title: String {
      switch self {
      case .samplers: "Samplers"
      case .guidance: "Guidance"
      case .inverseProblems: "Inverse problems"
      case .manifolds: "Manifolds and tokens"
      case .likelihood: "Likelihood"
      }
    }
  }

  /// How a measured number must stand to the claimed one.
  public enum Relation: String, Codable, Sendable, Hashable, CaseIterable {
    case equal, atLeast, atMost

    /// A sign.
    public var sign: String {
      switch self {
      case .equal: "="
      case .atLeast: "≥"
      case .atMost: "≤"
      }
    }
  }

  /// What the line is about.
  public let part: Part

  /// The name in the catalogue, such as `ddim`.
  public let subject: String

  /// What was measured, in words.
  public let property: String

  /// How the measured number must stand to the claimed one.
  public let relation: Relation

  /// The number that is claimed; none if any finite number is as it should be.
  public let claimed: Double?

  /// The number that was measured; none if it is not finite.
  public let measured: Double?

  /// How far the measured number may be on the wrong side.
  public let tolerance: Double

  /// What else is to be known, such as the bias of a method.
  public let note: String?

  /// Whether the claim holds.
  public let holds: Bool

  /// A line, which holds if the measured number is finite and stands to the claimed one as it must.
  ///
  /// - Parameters:
  ///   - topic: What the line is about.
  ///   - property: What was measured, in words.
  ///   - measured: The number that was measured.
  ///   - claim: What is claimed of it; none if any finite number is as it should be.
  ///   - note: What else is to be known.
  package init(
    _ topic: (part: Part, subject: String), _ property: String, measured: Double,
    claim: Claim? = nil, note: String? = nil
  ) {
    part = topic.part
    subject = topic.subject
    self.property = property
    relation = claim?.relation ?? .equal
    claimed = claim?.number
    self.measured = measured.isFinite ? measured : nil
    tolerance = claim?.tolerance ?? 0
    self.note = note
    holds = measured.isFinite && (claim?.allows(measured) ?? true)
  }
}

/// What is claimed of a number.
package struct Claim: Sendable {
  let relation: ProofLine.Relation
  let number: Double
  let tolerance: Double

  /// That it is this one, within a tolerance.
  package static func equal(_ number: Double, within tolerance: Double) -> Claim {
    Claim(relation: .equal, number: number, tolerance: tolerance)
  }

  /// That it is this one, within a share of it.
  package static func equal(_ number: Double, share: Double) -> Claim {
    Claim(relation: .equal, number: number, tolerance: share * abs(number))
  }

  /// That it is not smaller than this one, but for a tolerance.
  package static func atLeast(_ number: Double, within tolerance: Double = 0) -> Claim {
    Claim(relation: .atLeast, number: number, tolerance: tolerance)
  }

  /// That it is not larger than this one, but for a tolerance.
  package static func atMost(_ number: Double, within tolerance: Double = 0) -> Claim {
    Claim(relation: .atMost, number: number, tolerance: tolerance)
  }

  func allows(_ measured: Double) -> Bool {
    switch relation {
    case .equal: abs(measured - number) <= tolerance
    case .atLeast: measured >= number - tolerance
    case .atMost: measured <= number + tolerance
    }
  }
}
