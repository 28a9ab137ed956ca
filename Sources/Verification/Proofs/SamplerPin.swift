/// What was measured of a sampler on the example, which a later measurement must find again.
package struct SamplerPin: Sendable, Hashable {
  /// The errors at ``SamplerProof/limits`` of evaluations; none where a run takes more.
  let errors: [Double?]

  /// The error of a short run, in which the first steps count as much as the others.
  let short: Double

  /// How far the measured order may be below the claimed one.
  let slack: Double

  /// The share of the variance of normal data that may be missing after 300 steps.
  let variance: Double

  /// The share of the variance of the mixture that may be missing.
  let mixture: Double

  /// How much an error may differ from the pinned one.
  static let share = 0.01

  /// An error below which all is rounding.
  static let rounding = 1e-10

  /// That an error is what it was.
  func claim(at limit: Int) -> Claim? {
    guard let index = SamplerProof.limits.firstIndex(of: limit), let error = errors[index] else {
      return nil
    }
    return claim(error)
  }

  /// That the error of a short run is what it was.
  var shortClaim: Claim { claim(short) }

  private func claim(_ error: Double) -> Claim {
    error < Self.rounding
      ? .atMost(Self.rounding) : .equal(error, share: Self.share)
  }
}
