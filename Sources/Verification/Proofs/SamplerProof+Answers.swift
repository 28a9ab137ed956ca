internal import Diffusion
internal import Foundation
internal import Torch

/// Samplers whose denoiser answers for the end of the flow: consistency models.
///
/// Told the exact answer, they are right in one step. In several, ``LCM`` and ``Consistency`` draw
/// from the data whatever the steps (Song et al. 2023, https://arxiv.org/abs/2303.01469, section 4,
/// but for the lowest level), and ``TCD`` has the error of a recursion of numbers.
extension SamplerProof {
  func answered() throws -> (lines: [ProofLine], curve: ErrorCurve?) {
    let curve = ErrorCurve(
      sampler: name, kind: .variance, order: sampler.order,
      points: try Self.limits.map { limit in
        let levels = try levels(limit)
        let error = abs(try variance(over: levels) - data.variance) / data.variance
        return ErrorCurve.Point(limit: limit, evaluations: limit, error: error)
      })
    let one = ProofLine(
      topic, "variance of normal data, one exact answer",
      measured: try variance(over: [example.first, .clean]),
      claim: .equal(data.variance, share: 1e-12))
    return ([one] + (try recursions()) + (try mixtureLines()) + errorLines(curve), curve)
  }

  /// So many of Karras' levels, and the clean one.
  private func levels(_ count: Int) throws -> [NoiseLevel] {
    try example.levels(count) + [.clean]
  }

  private func variance(over levels: [NoiseLevel]) throws -> Double {
    try LinearRun(
      sampler, over: levels, from: data.noisyVariance(at: levels[0]),
      denoiser: NormalFlowEnd(variance: data.variance)
    ).variance
  }

  /// The variance after a few steps is a recursion: an answer multiplies it by
  /// `c² = v / (alpha² v + sigma²)`, and noise is added.
  private func recursions() throws -> [ProofLine] {
    try [2, 4, 8].compactMap { count in
      let levels = try levels(count)
      var expected = data.noisyVariance(at: levels[0])
      for (t, s) in zip(levels, levels.dropFirst()) {
        guard let next = next(expected, from: t, to: s) else { return nil }
        expected = next
      }
      return ProofLine(
        topic, "variance of normal data, \(count) exact answers",
        measured: try variance(over: levels), claim: .equal(expected, share: 1e-12),
        note: "the data's is \(data.variance)")
    }
  }

  private func next(_ variance: Double, from t: NoiseLevel, to s: NoiseLevel) -> Double? {
    let c = (data.variance / data.noisyVariance(at: t)).squareRoot()
    guard s.sigma > 0 else { return c * c * variance }
    switch sampler {
    case is LCM: return c * c * variance + s.sigma * s.sigma
    case let consistency as Consistency:
      return c * c * variance + s.sigma * s.sigma - pow(consistency.lowest, 2)
    case let tcd as TCD:
      // Down to a part of the flow's time along the straight direction, in Karras' sigma.
      let time = (1 - tcd.gamma) * s.sigma / (1 + s.sigma)
      let below = time / (1 - time)
      let factor = c + below * (1 - c) / t.sigma
      return factor * factor * variance + s.sigma * s.sigma - below * below
    default: return nil
    }
  }

  /// How far the shares of samples are from the mixture's, at most: Kolmogorov's distance, which is
  /// above `1.95 / √n` once in a thousand times.
  private func mixtureLines() throws -> [ProofLine] {
    let (count, end) = (1000, MixtureFlowEnd(mixture: flow.mixture))
    // A trajectory consistency model is right in one step, but not in several.
    return try (sampler is TCD ? [1] : [1, 4]).map { steps in
      let levels = [80.0, 3, 1, 0.3].prefix(steps).map { NoiseLevel(alpha: 1, sigma: $0) }
      let noise = NoiseSource(seeds: [1])
      let starts = (0..<count).map {
        flow.mixture.quantile((Double($0) + 0.5) / Double(count), at: levels[0])
      }
      let found = try sampler.sample(
        Tensor(starts, shape: [1, count]), over: levels + [.clean], denoiser: end, noise: noise
      ).values(as: Double.self).sorted()
      let distances = found.enumerated().map { index, x in
        abs(flow.mixture.share(below: x, at: .clean) - (Double(index) + 0.5) / Double(count))
      }
      return ProofLine(
        topic, "largest distance of shares from the mixture's, \(steps) exact answers",
        measured: distances.reduce(0, max),
        claim: .atMost(steps == 1 ? 1e-12 : 1.95 / Double(count).squareRoot()))
    }
  }
}

/// The end of a mixture's probability flow, which keeps shares: an exact consistency function.
private struct MixtureFlowEnd: Denoiser {
  let mixture: NormalMixture

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    let ends = x.values(as: Double.self).map {
      mixture.quantile(mixture.share(below: $0, at: level), at: .clean)
    }
    return Tensor(ends, shape: Array(x.shape))
  }
}
