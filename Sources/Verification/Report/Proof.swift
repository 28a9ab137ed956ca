/// What was claimed and measured of all the mathematics.
public struct Proof: Codable, Sendable, Hashable {
  /// The mixture that the samplers ran on.
  public let mixture: NormalMixture

  /// What was measured, line by line.
  public let lines: [ProofLine]

  /// The samplers' errors by their evaluations.
  public let curves: [ErrorCurve]

  /// Whether every line holds.
  public let holds: Bool

  /// The proof of lines.
  package init(mixture: NormalMixture, lines: [ProofLine], curves: [ErrorCurve]) {
    self.mixture = mixture
    self.lines = lines
    self.curves = curves
    holds = !lines.isEmpty && lines.allSatisfy(\.holds)
  }
}
