public import Torch

/// A process over tokens that replaces them, step by step, by draws from a fixed distribution.
///
/// Austin et al. 2021, https://arxiv.org/abs/2107.03006: after `t` steps a token is still itself
/// with the probability ᾱ, and otherwise was drawn from `prior`. A uniform prior is their uniform
/// kernel (appendix A.2.1), a prior that is one token their absorbing one (appendix A.2.2).
public struct CategoricalProcess: Sendable, Hashable {
  /// What tokens are in the end, by their probability.
  public let prior: [Double]

  /// The probability that a token was not replaced, after 0, 1, … steps; it falls from 1.
  public let alphaBar: [Double]

  /// The process of a distribution and a table.
  ///
  /// - Parameters:
  ///   - prior: What tokens are in the end: probabilities that sum to 1.
  ///   - alphaBar: The probability that a token is kept, after 1, 2, … steps; between 0 and 1, and
  ///     each smaller than the one before it.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(prior: [Double], alphaBar: [Double]) throws {
    for (index, value) in prior.enumerated() where !(value >= 0) {
      throw ScheduleError.parameter(name: "prior \(index)", value: value, expected: "at least 0")
    }
    let sum = prior.reduce(0, +)
    guard abs(sum - 1) < 1e-9 else {
      throw ScheduleError.parameter(name: "sum of the prior", value: sum, expected: "1")
    }
    var last = 1.0
    for (index, value) in alphaBar.enumerated() {
      guard value < last, value >= 0 else {
        throw ScheduleError.alphaBar(index: index, value: value)
      }
      last = value
    }
    self.prior = prior
    self.alphaBar = [1] + alphaBar
  }

  /// The process whose tokens end as any of `tokens`, equally often.
  public static func uniform(tokens: Int, alphaBar: [Double]) throws -> CategoricalProcess {
    let share = 1 / Double(max(tokens, 1))
    return try CategoricalProcess(
      prior: [Double](repeating: share, count: tokens), alphaBar: alphaBar)
  }

  /// The process whose tokens end as `mask`, one of `tokens`.
  public static func absorbing(
    tokens: Int, mask: Int, alphaBar: [Double]
  ) throws -> CategoricalProcess {
    try CategoricalProcess(prior: (0..<tokens).map { $0 == mask ? 1 : 0 }, alphaBar: alphaBar)
  }

  /// The ᾱ with which a mask appears after `t` of `count` steps with probability `t / count`.
  ///
  /// Austin et al. 2021, section 3.1: betas of `1 / (count - t + 1)`.
  public static func linearAlphaBar(_ count: Int) -> [Double] {
    (0..<max(count, 0)).map { 1 - Double($0 + 1) / Double(count) }
  }

  /// The number of steps.
  public var steps: Int { alphaBar.count - 1 }
}

extension CategoricalProcess {
  /// The probabilities of tokens at step `t`, given those at step 0: `q(x_t | x_0)`.
  ///
  /// Austin et al. 2021, equation 3.
  ///
  /// - Parameters:
  ///   - x0: Probabilities, `[…, tokens]`; a known token is one-hot.
  ///   - t: The step, from 0 to ``steps``.
  /// - Returns: Probabilities, in the shape of `x0`.
  public func marginal(_ x0: Tensor, at t: Int) -> Tensor { moved(x0, keeping: alphaBar[t]) }

  /// The probabilities of tokens at step `s`, given one at `t` and what is believed of `x_0`.
  ///
  /// The mean over `x0` of `q(x_s | x_t, x_0)`, which is Bayes' rule exactly: a network that
  /// knows `p(x_0 | x_t)` runs the chain back without an error. (Austin et al. 2021, equation 4,
  /// sums `q(x_s, x_t | x_0)` before it is divided by its sum, so for a one-hot `x0` it is the
  /// same, and otherwise not.) For any two steps.
  ///
  /// - Parameters:
  ///   - xt: The tokens at `t`, `[…]`, whole numbers.
  ///   - x0: Probabilities of the tokens at 0, `[…, tokens]`; none where `x_t` is impossible.
  ///   - t: The step of `xt`.
  ///   - s: An earlier step.
  /// - Returns: Probabilities, in the shape of `x0`.
  public func posterior(_ xt: Tensor, x0: Tensor, from t: Int, to s: Int) -> Tensor {
    precondition(s < t, "step \(s) is not before \(t)")
    let kept = alphaBar[t] / alphaBar[s]
    let prior = prior(like: x0)
    let now = oneHot(xt, like: x0)
    let priorOfNow = (now * prior).sum(dims: [-1], keepingDims: true)
    // q(x_t | x_0) = alphaBar_t · [x_t = x_0] + (1 - alphaBar_t) · prior(x_t), for every x_0.
    let evidence = alphaBar[t] * now + (1 - alphaBar[t]) * priorOfNow
    let weight = (x0.greater(than: 0)).choosing(x0 / evidence, else: 0 * x0)
    // q(x_t | x_s), as a function of x_s, and the mean over x_0 of q(x_s | x_0) / q(x_t | x_0).
    let step = kept * now + (1 - kept) * priorOfNow
    return step
      * (alphaBar[s] * weight
        + (1 - alphaBar[s]) * prior * weight.sum(dims: [-1], keepingDims: true))
  }

  /// Draws tokens, `[…]` in `int64`, from probabilities, `[…, tokens]`.
  ///
  /// Gumbel's trick: the largest of the log-probabilities with Gumbel noise.
  public func draw(_ probabilities: Tensor, using generator: Generator) -> Tensor {
    let uniform = generator.uniform(Array(probabilities.shape), dtype: .float64)
      .moved(to: probabilities.device)
    let logs = probabilities.converted(to: .float64).logarithm()
    return (logs - (-uniform.logarithm()).logarithm()).argmax(dim: -1)
  }

  /// Draws noisy tokens at step `t` of clean ones, `[…]` whole numbers.
  public func noised(_ x0: Tensor, at t: Int, using generator: Generator) -> Tensor {
    let known = oneHot(x0, like: Tensor([0.0]).moved(to: x0.device))
    return draw(marginal(known, at: t), using: generator)
  }

  /// A term of the variational bound: how far a belief's posterior is from the true one, in nats.
  ///
  /// Austin et al. 2021, equation 1: the divergence of `q(x_s | x_t, x_0)` from `p(x_s | x_t)`.
  ///
  /// - Parameters:
  ///   - x0: The clean tokens, `[…]`.
  ///   - xt: Noisy tokens at `t`, `[…]`.
  ///   - belief: The network's probabilities of the clean tokens, `[…, tokens]`.
  ///   - t: The step of `xt`.
  ///   - s: An earlier step.
  /// - Returns: The divergence of each token, `[…]`.
  public func divergence(
    x0: Tensor, xt: Tensor, belief: Tensor, from t: Int, to s: Int
  ) -> Tensor {
    let q = posterior(xt, x0: oneHot(x0, like: belief), from: t, to: s)
    let p = posterior(xt, x0: belief, from: t, to: s)
    let isPossible = q.greater(than: 0)
    let (safeQ, safeP) = (
      isPossible.choosing(q, else: 0 * q + 1), isPossible.choosing(p, else: 0 * p + 1)
    )
    return (q * (safeQ.logarithm() - safeP.logarithm())).sum(dims: [-1])
  }

  private func moved(_ x: Tensor, keeping kept: Double) -> Tensor {
    kept * x + (1 - kept) * prior(like: x) * x.sum(dims: [-1], keepingDims: true)
  }

  private func prior(like x: Tensor) -> Tensor {
    Tensor(prior).converted(to: x.dtype).moved(to: x.device)
  }

  private func oneHot(_ tokens: Tensor, like x: Tensor) -> Tensor {
    tokens.converted(to: .int64).oneHot(prior.count).converted(to: x.dtype)
  }
}
