public import Torch

internal import Foundation

/// Which noise levels training sees, and how often.
public protocol LevelDistribution: Sendable {
  /// Draws a level for each sample of a batch.
  func levels(_ count: Int, using generator: Generator) -> [NoiseLevel]
}

/// Every timestep of a chain equally often.
///
/// Ho et al. 2020, algorithm 1, https://arxiv.org/abs/2006.11239.
public struct UniformTimesteps: LevelDistribution {
  private let schedule: DiscreteSchedule

  /// The distribution over the timesteps of a chain.
  public init(_ schedule: DiscreteSchedule) {
    self.schedule = schedule
  }

  /// Draws a level for each sample of a batch.
  public func levels(_ count: Int, using generator: Generator) -> [NoiseLevel] {
    generator.integers(in: 0..<schedule.alphaBar.count, [count]).values(as: Double.self)
      .map { schedule.level(at: $0) }
  }
}

/// Every time of a continuous process equally often, from a small one on.
///
/// Song et al. 2021, equation 7, https://arxiv.org/abs/2011.13456.
public struct UniformTimes<Process: NoiseProcess>: LevelDistribution {
  private let schedule: ContinuousSchedule<Process>

  /// The distribution over the times of a schedule's process, from its earliest on.
  public init(_ schedule: ContinuousSchedule<Process>) {
    self.schedule = schedule
  }

  /// Draws a level for each sample of a batch.
  public func levels(_ count: Int, using generator: Generator) -> [NoiseLevel] {
    let (first, last) = (schedule.earliest, schedule.process.times.upperBound)
    return generator.uniform([count], dtype: .float64).values(as: Double.self)
      .map { schedule.process.level(time: first + $0 * (last - first)) }
  }
}

/// Times of a flow by a density over (0, 1), then moved by the schedule's shift.
///
/// Esser et al. 2024, section 3.1, https://arxiv.org/abs/2403.03206.
public struct FlowTimes: LevelDistribution {
  /// A density over the times of a flow.
  public enum Density: Sendable, Hashable, Codable {
    /// Every time equally often.
    case uniform
    /// The times whose logit is normally distributed, most in the middle; their equation 19.
    case logitNormal(mean: Double = 0, deviation: Double = 1)
    /// The density with which a cosine schedule visits the flow's times; their CosMap.
    case cosine
  }

  private let schedule: FlowSchedule
  private let density: Density

  /// The distribution over the times of a flow.
  public init(_ schedule: FlowSchedule, density: Density = .logitNormal()) {
    self.schedule = schedule
    self.density = density
  }

  /// Draws a level for each sample of a batch.
  public func levels(_ count: Int, using generator: Generator) -> [NoiseLevel] {
    times(count, using: generator).map { schedule.level(time: schedule.shifted($0)) }
  }

  private func times(_ count: Int, using generator: Generator) -> [Double] {
    switch density {
    case .uniform: generator.uniform([count], dtype: .float64).values(as: Double.self)
    case .logitNormal(let mean, let deviation):
      generator.normal([count], dtype: .float64).values(as: Double.self)
        .map { 1 / (1 + exp(-(mean + deviation * $0))) }
    case .cosine:
      generator.uniform([count], dtype: .float64).values(as: Double.self)
        .map { 1 - 1 / (tan(.pi / 2 * $0) + 1) }
    }
  }
}

/// Levels with `alpha = 1` whose `ln(sigma)` is normally distributed.
///
/// Karras et al. 2022, table 1, https://arxiv.org/abs/2206.00364.
public struct LogNormalSigmas: LevelDistribution {
  private let mean: Double
  private let deviation: Double

  /// The distribution with the mean and the standard deviation of `ln(sigma)`.
  public init(mean: Double = -1.2, deviation: Double = 1.2) {
    self.mean = mean
    self.deviation = deviation
  }

  /// Draws a level for each sample of a batch.
  public func levels(_ count: Int, using generator: Generator) -> [NoiseLevel] {
    generator.normal([count], dtype: .float64).values(as: Double.self)
      .map { NoiseLevel(alpha: 1, sigma: exp(mean + deviation * $0)) }
  }
}
