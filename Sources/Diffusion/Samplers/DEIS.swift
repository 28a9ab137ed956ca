public import Torch

internal import Foundation

/// DEIS: the noise as a polynomial through the latest steps, with one evaluation a step.
///
/// Zhang & Chen 2023, https://arxiv.org/abs/2204.13902: `x / alpha` changes by the integral of the
/// noise over `rho = sigma / alpha`, and the noise is a polynomial of a ``Variable``. The first
/// steps are of lower order, as is a step from pure noise, which is not remembered, and one to a
/// clean level.
public struct DEIS: Sampler {
  /// What the noise is a polynomial of.
  public enum Variable: Sendable {
    /// `log rho` (diffusers' `DEISMultistepScheduler`). With `lambda = -log rho` the coefficients
    /// are those of an exponential integrator, in closed form.
    case logSigma
    /// `rho` itself: the paper's rhoAB, and "ipndm-v", ``IPNDM`` with the weights of the actual
    /// steps; with `alpha = 1` it equals ``LMS``.
    ///
    /// The code of diff-sampler and ComfyUI misplaces a parenthesis in `ipndm_v`'s weights of three
    /// and four values: its `temp` for equal steps is right, but for others is
    /// `1/2 · (1 - h² / (3 h1 (h1 + h2)))` where the method needs
    /// `1/2 · (1 - h / (3 (h + h1))) · h (h + h1) / (h1 (h1 + h2))`; stable-diffusion.cpp takes the
    /// weights of equal steps for three values and four.
    case sigma
    /// The time of a process: the paper's tAB (ComfyUI's `deis` with a variance-preserving process,
    /// whose integrals are sums over ten thousand places; these are by Gauss' rule).
    case time(any NoiseProcess)
  }

  /// The number of steps that a step uses, from 1 to 4.
  public let order: Int

  /// What the noise is a polynomial of.
  public let variable: Variable

  private var history = History()

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  ///
  /// - Parameters:
  ///   - order: The number of steps that a step uses, from 1 to 4.
  ///   - variable: What the noise is a polynomial of.
  public init(order: Int = 3, over variable: Variable = .logSigma) {
    precondition((1...4).contains(order), "order \(order): expected 1 to 4")
    self.order = order
    self.variable = variable
  }

  /// Integrates the polynomial through the latest noises from `t` to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    history.add(t.epsilon(in: x, of: x0), at: t, keeping: order)
    let place = place(from: t, to: s)
    let weights = lagrangeWeights(
      at: history.entries.map { place($0.level) }, moments: moments(from: t, to: s, place))
    return t.moved(x, to: s, epsilon: weighted(weights, history.values))
  }

  /// Where a level lies in the variable: 0 at `t`, 1 at `s`.
  private func place(from t: NoiseLevel, to s: NoiseLevel) -> (NoiseLevel) -> Double {
    func variable(_ level: NoiseLevel) -> Double {
      switch self.variable {
      case .logSigma: level.logSNR
      case .sigma: level.karrasSigma
      case .time(let process): process.time(of: level)
      }
    }
    let (begin, end) = (variable(t), variable(s))
    return { (variable($0) - begin) / (end - begin) }
  }

  /// The means of the place's powers over `rho` from `t` to `s`.
  private func moments(
    from t: NoiseLevel, to s: NoiseLevel, _ place: (NoiseLevel) -> Double
  ) -> [Double] {
    switch variable {
    case .logSigma:
      let moments = ExponentialStep(prediction: .epsilon, t: t, s: s).exactMoments(history.count)
      return moments.map { $0 / moments[0] }
    case .sigma: return exponentialMoments(history.count, 0)
    case .time:
      let nodes = gaussNodes(from: log(t.karrasSigma), to: log(s.karrasSigma)).map {
        let level = NoiseLevel(alpha: 1, sigma: exp($0.place))
        return (place: place(level), weight: $0.weight * level.sigma)
      }
      let moments = (0..<history.count).map { power in
        nodes.reduce(0) { $0 + $1.weight * pow($1.place, Double(power)) }
      }
      return moments.map { $0 / moments[0] }
    }
  }
}
