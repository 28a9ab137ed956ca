internal import Foundation

/// How far the times of a flow are shifted, by how large the sample is.
///
/// Larger pictures need more noise to be destroyed as much (Esser et al. 2024, equation 23,
/// https://arxiv.org/abs/2403.03206). FLUX draws a straight line between two lengths of the token
/// sequence; diffusers' `calculate_shift` and `time_shift_type` are the same.
public struct ResolutionShift: Sendable, Hashable, Codable {
  /// What the value on the line is.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// The logarithm of the shift, FLUX's `mu`.
    case exponential
    /// The shift itself.
    case linear
  }

  /// What the value on the line is.
  public let kind: Kind

  private let base: Point
  private let maximum: Point

  /// A sequence's length and its value.
  public struct Point: Sendable, Hashable, Codable {
    /// The number of tokens.
    public let length: Int
    /// The value on the line.
    public let value: Double

    /// The value `value` at a sequence of `length` tokens.
    public init(length: Int, value: Double) {
      (self.length, self.value) = (length, value)
    }
  }

  /// The line through two points; FLUX's if none are given.
  ///
  /// - Parameters:
  ///   - kind: What the value is.
  ///   - base: A short sequence.
  ///   - maximum: A longer one.
  /// - Throws: ``ScheduleError`` if the second sequence is not the longer one.
  public init(
    _ kind: Kind = .exponential, base: Point = Point(length: 256, value: 0.5),
    maximum: Point = Point(length: 4096, value: 1.15)
  ) throws {
    guard maximum.length > base.length else {
      throw ScheduleError.parameter(
        name: "length of the longer sequence", value: Double(maximum.length),
        expected: "above \(base.length)")
    }
    (self.kind, self.base, self.maximum) = (kind, base, maximum)
  }

  /// The line that was encoded, checked like any other.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      values.decode(Kind.self, forKey: .kind), base: values.decode(Point.self, forKey: .base),
      maximum: values.decode(Point.self, forKey: .maximum))
  }

  /// The value on the line for a sequence of `length` tokens; not held at the ends.
  public func mu(length: Int) -> Double {
    let slope = (maximum.value - base.value) / Double(maximum.length - base.length)
    return base.value + slope * Double(length - base.length)
  }

  /// The shift for a sequence of `length` tokens, for
  /// ``FlowSchedule/init(shift:spacing:terminal:)``.
  public func shift(length: Int) -> Double {
    kind == .exponential ? exp(mu(length: length)) : mu(length: length)
  }
}

/// How far the times of FLUX.2 are shifted, by how large the sample is and how many steps there
/// are.
///
/// https://github.com/black-forest-labs/flux2, `compute_empirical_mu`: `mu` is a straight line in
/// the number of tokens for 10 steps and for 200, and a straight line in the steps between these.
/// Above 4300 tokens the line of 200 steps holds for any.
public enum EmpiricalShift {
  /// The logarithm of the shift.
  public static func mu(length: Int, steps: Int) -> Double {
    let tokens = Double(length)
    let many = 0.00016927 * tokens + 0.45666666
    guard length <= 4300 else { return many }
    let few = 8.73809524e-05 * tokens + 1.89833333
    return many + (many - few) / 190 * Double(steps - 200)
  }

  /// The shift for a sequence of `length` tokens, for
  /// ``FlowSchedule/init(shift:spacing:terminal:)``.
  public static func shift(length: Int, steps: Int) -> Double {
    exp(mu(length: length, steps: steps))
  }
}
