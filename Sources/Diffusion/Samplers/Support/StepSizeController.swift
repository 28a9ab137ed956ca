internal import Foundation

/// Finds the length of the next step from the errors of the last three: a PID controller.
///
/// Söderlind 2003, "Digital filters in adaptive time-stepping",
/// https://doi.org/10.1145/641876.641877, with the limiter `1 + atan(factor - 1)`; k-diffusion's
/// `PIDStepSizeController`, which divides all three weights by the order.
struct StepSizeController: Sendable {
  /// How much the latest error, its change, and the change of that count.
  struct Weights: Sendable, Hashable {
    var proportional = 0.0
    var integral = 1.0
    var derivative = 0.0
  }

  /// The length of the next step.
  private(set) var h: Double

  private let exponents: [Double]
  private let safety: Double
  private var inverses: [Double] = []

  /// The controller of a method of an order; a step is accepted if the next one need not be shorter
  /// than `safety` times it.
  init(h: Double, weights: Weights, order: Int, safety: Double) {
    self.h = h
    self.safety = safety
    let (p, i, d) = (weights.proportional, weights.integral, weights.derivative)
    exponents = [p + i + d, -(p + 2 * d), d].map { $0 / Double(order) }
  }

  /// Whether a step with an error, in units of what is allowed, is accepted; sets the next length.
  mutating func accepts(error: Double) -> Bool {
    let inverse = 1 / (error + 1e-8)
    inverses = inverses.isEmpty ? [inverse, inverse, inverse] : [inverse] + inverses.dropFirst()
    let raw = zip(inverses, exponents).reduce(1.0) { $0 * pow($1.0, $1.1) }
    let factor = 1 + atan(raw - 1)
    let isAccepted = factor >= safety
    if isAccepted { inverses = [inverses[0], inverses[0], inverses[1]] }
    h *= factor
    return isAccepted
  }
}
