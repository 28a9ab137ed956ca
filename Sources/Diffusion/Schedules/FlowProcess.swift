/// The process with the marginals of the straight path, for times from 0 to 1.
///
/// Lipman et al. 2023, https://arxiv.org/abs/2210.02747, with noise at time 1. Its probability flow
/// is the rectified flow `epsilon - x0`. At time 1 the drift is infinite.
public struct FlowProcess: NoiseProcess, Hashable {
  /// `alpha + sigma = 1`.
  public var path: NoisePath { .flow }

  /// From the data to the noise.
  public var times: ClosedRange<Double> { 0...1 }

  /// The process.
  public init() {}

  /// `alpha = 1 - t` and `sigma = t`.
  public func level(time t: Double) -> NoiseLevel { NoiseLevel(alpha: 1 - t, sigma: t) }

  /// The share of the noise.
  public func time(of level: NoiseLevel) -> Double { level.sigma / (level.alpha + level.sigma) }

  /// `-1 / (1 - t)`.
  public func drift(time t: Double) -> Double { -1 / (1 - t) }

  /// `sqrt(2 · t / (1 - t))`.
  public func diffusion(time t: Double) -> Double { (2 * t / (1 - t)).squareRoot() }
}
