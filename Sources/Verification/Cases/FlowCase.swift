package import Diffusion

internal import Foundation
internal import Torch

/// The probability flow of a mixture between two levels, which is known exactly.
///
/// In one dimension it keeps quantiles: the share of samples below a sample stays as it is.
package struct FlowCase: Sendable, Hashable {
  /// The data.
  package let mixture: NormalMixture

  /// The level of the starts.
  package let first: NoiseLevel

  /// The level of the ends.
  package let last: NoiseLevel

  /// Samples at the first level.
  package let starts: [Double]

  /// Where the flow takes them.
  package let ends: [Double]

  /// A flow through quantiles of a mixture.
  package init(
    _ mixture: NormalMixture, from sigmaMax: Double, to sigmaMin: Double, shares: [Double]
  ) {
    self.mixture = mixture
    first = NoiseLevel(alpha: 1, sigma: sigmaMax)
    last = NoiseLevel(alpha: 1, sigma: sigmaMin)
    starts = shares.map { [first] in mixture.quantile($0, at: first) }
    ends = shares.map { [last] in mixture.quantile($0, at: last) }
  }

  /// The flow of ``NormalMixture/example`` from 80 to 0.002.
  package static let example = FlowCase(
    .example, from: 80, to: 0.002, shares: [0.05, 0.22, 0.41, 0.63, 0.86, 0.97])

  /// A part of the example's flow that a few steps follow.
  package static let short = FlowCase(.example, from: 1, to: 0.25, shares: [0.05, 0.41, 0.86])

  /// The flow of a mixture in units of its own deviation, from and to levels like the example's.
  ///
  /// Its shares are where the data are: between components that are far apart, a share hardly says
  /// where it is.
  package init(of mixture: NormalMixture) {
    guard mixture != .example else {
      self = .example
      return
    }
    let data = mixture.standardized()
    let narrowest = data.deviations.reduce(.infinity, min)
    let candidates = (0..<48).map { (Double($0) + 0.5) / 48 }
    let likely = candidates.filter { data.density(data.quantile($0, at: .clean)) > 0.02 }
    let kept = likely.isEmpty ? candidates : likely
    let shares = (0..<6).map { kept[(2 * $0 + 1) * kept.count / 12] }
    self.init(data, from: 60, to: 0.02 * narrowest, shares: shares)
  }

  /// Karras' levels, so many of them.
  package func levels(_ count: Int) throws -> [NoiseLevel] {
    try KarrasSchedule(sigmaMin: last.sigma, sigmaMax: first.sigma).levels(count).dropLast()
  }

  /// The root of the mean square of the samples' errors after a run over so many levels.
  package func error(of sampler: some Sampler, levels count: Int) throws -> Double {
    let noise = NoiseSource(seeds: starts.indices.map { UInt64($0) })
    let found = try sampler.sample(
      Tensor(starts), over: levels(count), denoiser: mixture, noise: noise
    ).values(as: Double.self)
    let squares = zip(found, ends).map { ($0 - $1) * ($0 - $1) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  /// How often a run over so many levels asks for one sample's estimate.
  package func evaluations(of sampler: some Sampler, levels count: Int) throws -> Int {
    let counting = CountingDenoiser(mixture)
    _ = try sampler.sample(
      Tensor([starts[starts.count / 2]]), over: levels(count), denoiser: counting,
      noise: NoiseSource(seeds: [0]))
    return counting.count
  }

  /// The most levels whose run takes at most so many evaluations; none if two levels take more.
  package func levels(
    of sampler: some Sampler, evaluations limit: Int
  ) throws -> (count: Int, evaluations: Int)? {
    // Every step takes one at least.
    var high = limit + 1
    var found = try evaluations(of: sampler, levels: high)
    guard found > limit else { return (high, found) }
    var low = 2
    found = try evaluations(of: sampler, levels: low)
    guard found <= limit else { return nil }
    while high - low > 1 {
      let middle = (low + high) / 2
      let tried = try evaluations(of: sampler, levels: middle)
      if tried <= limit { (low, found) = (middle, tried) } else { high = middle }
    }
    return (low, found)
  }
}
