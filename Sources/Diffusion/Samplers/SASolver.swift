public import Torch

internal import Foundation

/// SA-Solver: Adams' multistep methods, predictor and corrector, for a stochastic equation.
///
/// Xue et al. 2023, https://arxiv.org/abs/2309.05019, in its prediction of `x0`. `tau` scales the
/// noise: 0 is the probability flow, 1 the reverse-time equation. The corrector repeats the last
/// step, noise and all, once the estimate at its end is known, so a step still needs one
/// evaluation. The first step and the step after one from pure noise are of first order, and no
/// step is corrected that began in pure noise.
///
/// Formulas over two points give a straight line's slope the weight `(1 + tau²) h² / 2` instead of
/// the exact integral, from which it differs by a term of third order: the authors' code and
/// diffusers' `SASolverScheduler` do so because it helped them. ``isExact`` takes the integral.
public struct SASolver: Sampler {
  /// The share of the noise, not negative, at the levels in ``range``; 0 elsewhere.
  public let tau: Double

  /// The levels of Karras' sigma where noise is added.
  public let range: ClosedRange<Double>

  /// The number of estimates that a predicted step uses, 1 to 3.
  public let predictorOrder: Int

  /// The number of estimates that a corrected step uses, 1 to 4; 0 is off.
  public let correctorOrder: Int

  /// Whether formulas over two points use exact integrals.
  public let isExact: Bool

  private var nodes: [Node] = []
  private var last: Last?

  /// The error falls with the step's power ``predictorOrder``, but 2 at most with noise, of which
  /// an estimate does not know that of its own step.
  public var order: Int { tau > 0 ? min(predictorOrder, 2) : predictorOrder }

  /// Whether ``tau`` is above 0.
  public var isStochastic: Bool { tau > 0 }

  /// The sampler, without a memory yet.
  ///
  /// - Parameters:
  ///   - tau: The share of the noise, not negative.
  ///   - range: The levels of Karras' sigma where noise is added.
  ///   - predictorOrder: The number of estimates that a predicted step uses, 1 to 3.
  ///   - correctorOrder: The number of estimates that a corrected step uses, 1 to 4; 0 is off.
  ///   - isExact: Whether formulas over two points use exact integrals.
  public init(
    tau: Double = 1, range: ClosedRange<Double> = 0...Double.infinity, predictorOrder: Int = 2,
    correctorOrder: Int = 2, isExact: Bool = false
  ) {
    precondition(tau >= 0, "tau \(tau) is negative")
    precondition((1...3).contains(predictorOrder), "no predictor of order \(predictorOrder)")
    precondition((0...4).contains(correctorOrder), "no corrector of order \(correctorOrder)")
    self.tau = tau
    self.range = range
    self.predictorOrder = predictorOrder
    self.correctorOrder = correctorOrder
    self.isExact = isExact
  }

  /// Corrects the step that led to `x`, and predicts the next one.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let node = Node(x0: try denoiser(x, at: t), lambda: t.logSNR / 2)
    guard s.sigma > 0 else { return s.alpha * node.x0 }
    var x = x
    if let last, correctorOrder > 0 {
      x = last.moved(over: [node] + nodes.prefix(correctorOrder - 1), isExact: isExact)
    }
    nodes = node.lambda.isFinite ? Array(([node] + nodes).prefix(3)) : []
    let eta = range.contains(t.karrasSigma) ? tau * tau : 0
    let step = StochasticExponentialStep(from: t, to: s, eta: eta)
    let fresh = eta > 0 ? step.deviation * noise.normal(like: x) : nil
    let next = Last(x: x, lambda: node.lambda, step: step, fresh: fresh)
    last = node.lambda.isFinite ? next : nil
    guard node.lambda.isFinite else { return next.moved(to: node.x0) }
    return next.moved(over: Array(nodes.prefix(predictorOrder)), isExact: isExact)
  }
}

/// An estimate, and where in half the logarithm of the signal-to-noise ratio it was made.
private struct Node {
  let x0: Tensor
  let lambda: Double
}

/// A step as it began, to be made with one set of estimates or another.
private struct Last {
  let x: Tensor
  let lambda: Double
  let step: StochasticExponentialStep
  let fresh: Tensor?

  func moved(to x0: Tensor) -> Tensor { with(step.x0Weight * x0) }

  /// Integrates the polynomial through the nodes.
  func moved(over nodes: [Node], isExact: Bool) -> Tensor {
    let moments = [
      step.x0Weight,
      nodes.count == 2 && !isExact ? step.simpleFirstMoment : step.firstMoment,
      step.secondMoment, step.thirdMoment,
    ]
    let weights = quadrature(at: nodes.map { $0.lambda - lambda }, moments: moments)
    return with(zip(weights, nodes).map { $0 * $1.x0 }.reduce(0 * x, +))
  }

  private func with(_ drift: Tensor) -> Tensor {
    let mean = step.xWeight * x + drift
    return fresh.map { mean + $0 } ?? mean
  }
}

/// The weights with which values at `nodes` integrate every polynomial that they decide, given the
/// integrals of 1, `u`, `u²`, ….
func quadrature(at nodes: [Double], moments: [Double]) -> [Double] {
  nodes.indices.map { i in
    // The coefficients of Lagrange's polynomial that is 1 at node i and 0 at the others.
    var coefficients = [1.0]
    for (j, node) in nodes.enumerated() where j != i {
      let raised = [0] + coefficients
      let lowered = coefficients.map { -node * $0 } + [0]
      coefficients = zip(raised, lowered).map { ($0 + $1) / (nodes[i] - node) }
    }
    return zip(coefficients, moments).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
