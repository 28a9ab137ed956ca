public import Torch

internal import Foundation

/// An adaptive solver of ordinary differential equations: Dormand & Prince's method of order 5(4).
///
/// Dormand & Prince 1980, https://doi.org/10.1016/0771-050X(80)90013-3; steps are chosen as in
/// Hairer, Nørsett & Wanner 1993, section II.4: the error of a step is the difference of two
/// methods of order 5 and 4, measured in units of the tolerances.
public struct DormandPrince: Sendable, Hashable {
  /// The error that is allowed beside `relative` times the size.
  public let absolute: Double

  /// The share of the size that an error may have.
  public let relative: Double

  /// How many steps there may be.
  public let limit: Int

  /// The solver with its tolerances.
  ///
  /// - Parameters:
  ///   - absolute: The error that is allowed for small numbers, above 0.
  ///   - relative: The share of the size that an error may have, not negative.
  ///   - limit: How many steps there may be, those that are made again too.
  public init(absolute: Double = 1e-8, relative: Double = 1e-8, limit: Int = 10_000) {
    precondition(absolute > 0 && relative >= 0, "tolerances \(absolute) and \(relative)")
    (self.absolute, self.relative, self.limit) = (absolute, relative, limit)
  }

  /// What a solution cost.
  public struct Solution {
    /// The value at the end.
    public let y: Tensor
    /// How often the derivative was asked for.
    public let evaluations: Int
    /// How many steps were made again with a smaller one.
    public let rejected: Int
  }

  /// The solution at `end` that has the value `y` at `start`.
  ///
  /// - Parameters:
  ///   - y: The value at `start`, of any shape.
  ///   - start: Where to begin.
  ///   - end: Where to end, on either side of `start`.
  ///   - derivative: The derivative at a place, in the shape of `y`.
  /// - Returns: The solution.
  /// - Throws: What the derivative throws, and ``LikelihoodError`` if steps run out.
  public func callAsFunction(
    _ y: Tensor, from start: Double, to end: Double,
    derivative: (_ t: Double, _ y: Tensor) throws -> Tensor
  ) throws -> Solution {
    var (t, y) = (start, y)
    var slope = try derivative(t, y)
    var (evaluations, rejected) = (1, 0)
    var h = (end - start) / 100
    for _ in 0..<limit {
      let isLast = abs(end - t) <= abs(h) * (1 + 1e-12)
      if isLast { h = end - t }
      let step = try self.step(t, y, h, first: slope, derivative)
      evaluations += 6
      guard step.error.isFinite || abs(h) > 1e-12 * abs(end - start) else {
        throw LikelihoodError.notFinite(time: t)
      }
      if step.error <= 1 {
        (t, y, slope) = (t + h, step.y, step.slope)
        if isLast { return Solution(y: y, evaluations: evaluations, rejected: rejected) }
      } else {
        rejected += 1
      }
      let factor = step.error.isFinite ? 0.9 * pow(max(step.error, 1e-10), -0.2) : 0.1
      h *= min(max(factor, 0.2), step.error <= 1 ? 5 : 1)
    }
    throw LikelihoodError.tooManySteps(limit: limit, time: t)
  }

  /// A step, the derivative at its end, and its error in units of the tolerance.
  private func step(
    _ t: Double, _ y: Tensor, _ h: Double, first: Tensor,
    _ derivative: (Double, Tensor) throws -> Tensor
  ) throws -> (y: Tensor, slope: Tensor, error: Double) {
    var slopes = [first]
    var end = y
    for (place, row) in zip(Self.places, Self.stages) {
      end = zip(row, slopes).reduce(y) { $1.0 == 0 ? $0 : $0 + (h * $1.0) * $1.1 }
      slopes.append(try derivative(t + place * h, end))
    }
    let difference = zip(Self.difference, slopes).reduce(0 * y) { $0 + (h * $1.0) * $1.1 }
    let size = absolute + relative * y.absolute().maximum(end.absolute())
    let ratio = difference / size
    return (end, slopes[6], (ratio * ratio).mean().item().squareRoot())
  }

  /// Where the derivative is asked for, in parts of the step.
  private static let places: [Double] = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1]

  /// What of each derivative leads there; the last row is the method of order 5.
  private static let stages: [[Double]] = [
    fractions((1, 5)),
    fractions((3, 40), (9, 40)),
    fractions((44, 45), (-56, 15), (32, 9)),
    fractions((19372, 6561), (-25360, 2187), (64448, 6561), (-212, 729)),
    fractions((9017, 3168), (-355, 33), (46732, 5247), (49, 176), (-5103, 18656)),
    fractions((35, 384), (0, 1), (500, 1113), (125, 192), (-2187, 6784), (11, 84)),
  ]

  /// The method of order 5 minus that of order 4.
  private static let difference = fractions(
    (71, 57600), (0, 1), (-71, 16695), (71, 1920), (-17253, 339200), (22, 525), (-1, 40))

  private static func fractions(_ values: (Double, Double)...) -> [Double] {
    values.map { $0.0 / $0.1 }
  }
}

/// Why a likelihood could not be computed.
public enum LikelihoodError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The solver needed more steps than it may make.
  case tooManySteps(limit: Int, time: Double)
  /// The derivative is not finite, however small the step.
  case notFinite(time: Double)
  /// The levels between which the flow is followed are not in order.
  case range(sigmaMin: Double, sigmaMax: Double)
  /// Hutchinson's estimate needs a direction.
  case probes(Int)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .tooManySteps(let limit, let time):
      "solver: expected to end within \(limit) steps, found itself at \(time); loosen the "
        + "tolerances or raise the limit"
    case .notFinite(let time):
      "solver: expected finite derivatives, found NaN or infinity after \(time)"
    case .range(let sigmaMin, let sigmaMax):
      "likelihood: expected 0 < sigmaMin < sigmaMax, found \(sigmaMin) and \(sigmaMax)"
    case .probes(let count):
      "likelihood: expected at least one probe, found \(count)"
    }
  }
}
