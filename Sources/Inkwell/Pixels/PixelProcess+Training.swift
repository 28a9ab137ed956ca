internal import Diffusion

extension PixelProcess {
  /// The earliest time that a continuous process is trained at, and that likelihoods begin at.
  ///
  /// Song et al. 2021, appendix C, https://arxiv.org/abs/2011.13456.
  static let earliest = 1e-5

  /// The levels that training sees: every timestep, or every time, equally often.
  ///
  /// - Returns: The levels.
  /// - Throws: `ScheduleError` if a number is out of its range, or ``SampleError`` for a process
  ///   that nothing is trained on here.
  func trainingLevels() throws -> any LevelDistribution {
    switch self {
    case .chain(let betas, let timesteps):
      return UniformTimesteps(try DiscreteSchedule(betas, count: timesteps))
    case .variancePreserving(let betaMin, let betaMax):
      return UniformTimes(
        try ContinuousSchedule(
          VariancePreserving(betaMin: betaMin, betaMax: betaMax), earliest: Self.earliest))
    case .subVariancePreserving(let betaMin, let betaMax):
      return UniformTimes(
        try ContinuousSchedule(
          SubVariancePreserving(betaMin: betaMin, betaMax: betaMax), earliest: Self.earliest))
    case .varianceExploding, .karras, .flow:
      throw SampleError.value(
        "process", expected: "chain, variancePreserving or subVariancePreserving",
        found: "\(self)")
    }
  }

  /// The process in continuous time, of those that are trained on here; a chain is none.
  func continuous() throws -> (any NoiseProcess)? {
    switch self {
    case .variancePreserving(let betaMin, let betaMax):
      try VariancePreserving(betaMin: betaMin, betaMax: betaMax)
    case .subVariancePreserving(let betaMin, let betaMax):
      try SubVariancePreserving(betaMin: betaMin, betaMax: betaMax)
    case .chain, .varianceExploding, .karras, .flow: nil
    }
  }

  /// The levels between which the network knows the probability flow.
  func ends() throws -> (cleanest: NoiseLevel, noisiest: NoiseLevel) {
    if let process = try continuous() {
      return (process.level(time: Self.earliest), process.level(time: process.times.upperBound))
    }
    let schedule = try schedule()
    return (schedule.level(at: 0), schedule.level(at: .infinity))
  }
}
