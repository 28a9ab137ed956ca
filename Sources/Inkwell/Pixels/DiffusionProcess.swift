public import Diffusion

/// How pictures become noise, in a recipe's words.
public enum DiffusionProcess: Codable, Sendable, Hashable {
  /// DDPM's chain of whole timesteps (Ho et al. 2020, https://arxiv.org/abs/2006.11239).
  case chain(betas: Betas, timesteps: Int)
  /// The variance-preserving process of a linear beta (Song et al. 2021, equation 33,
  /// https://arxiv.org/abs/2011.13456).
  case variancePreserving(betaMin: Double, betaMax: Double)
  /// The sub-VP process of a linear beta (Song et al. 2021, section 3.4).
  case subVariancePreserving(betaMin: Double, betaMax: Double)

  /// The earliest time that a continuous process is trained at, and that likelihoods begin at.
  ///
  /// Song et al. 2021, appendix C.
  static let earliest = 1e-5

  /// What a sampler goes through, and what the network is told.
  ///
  /// A continuous process is sampled down to the time 1e-3, as by Song et al. 2021, appendix C.
  ///
  /// - Throws: `ScheduleError` if a number is out of its range.
  public func schedule() throws -> any NoiseSchedule {
    switch self {
    case .chain(let betas, let timesteps): try DiscreteSchedule(betas, count: timesteps)
    case .variancePreserving(let betaMin, let betaMax):
      try ContinuousSchedule(VariancePreserving(betaMin: betaMin, betaMax: betaMax))
    case .subVariancePreserving(let betaMin, let betaMax):
      try ContinuousSchedule(SubVariancePreserving(betaMin: betaMin, betaMax: betaMax))
    }
  }

  /// The levels that training sees: every timestep, or every time, equally often.
  ///
  /// - Throws: `ScheduleError` if a number is out of its range.
  func trainingLevels() throws -> any LevelDistribution {
    switch self {
    case .chain(let betas, let timesteps):
      UniformTimesteps(try DiscreteSchedule(betas, count: timesteps))
    case .variancePreserving(let betaMin, let betaMax):
      UniformTimes(
        try ContinuousSchedule(
          VariancePreserving(betaMin: betaMin, betaMax: betaMax), earliest: Self.earliest))
    case .subVariancePreserving(let betaMin, let betaMax):
      UniformTimes(
        try ContinuousSchedule(
          SubVariancePreserving(betaMin: betaMin, betaMax: betaMax), earliest: Self.earliest))
    }
  }

  /// The process in continuous time, which a chain is not.
  func continuous() throws -> (any NoiseProcess)? {
    switch self {
    case .chain: nil
    case .variancePreserving(let betaMin, let betaMax):
      try VariancePreserving(betaMin: betaMin, betaMax: betaMax)
    case .subVariancePreserving(let betaMin, let betaMax):
      try SubVariancePreserving(betaMin: betaMin, betaMax: betaMax)
    }
  }

  /// The levels between which the network knows the probability flow, cleanest first.
  func ends() throws -> (cleanest: NoiseLevel, noisiest: NoiseLevel) {
    if let process = try continuous() {
      return (process.level(time: Self.earliest), process.level(time: process.times.upperBound))
    }
    let schedule = try schedule()
    return (schedule.level(at: 0), schedule.level(at: .infinity))
  }
}
