/// How the error of a sampler falls with its evaluations.
public struct ErrorCurve: Codable, Sendable, Hashable {
  /// The error of one run.
  public struct Point: Codable, Sendable, Hashable {
    /// How many evaluations were allowed.
    public let limit: Int

    /// How many there were.
    public let evaluations: Int

    /// The error; none if it is not finite.
    public let error: Double?
  }

  /// What an error is.
  public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
    /// The root of the mean square of the samples' distances from the exact flow.
    case samples
    /// The distance of the variance from the exact one, in units of that.
    case variance
  }

  /// The sampler's name.
  public let sampler: String

  /// What the errors are.
  public let kind: Kind

  /// The claimed order; 0 where the error need not fall.
  public let order: Int

  /// The errors, by their limits.
  public let points: [Point]
}
