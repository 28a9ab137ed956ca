public import Diffusion

/// How a pixel model's pictures become noise, with its numbers: what its training fixed.
public enum PixelProcess: Codable, Sendable, Hashable {
  /// A chain of whole timesteps, whose numbers the network is told: DDPM.
  case chain(betas: Betas, timesteps: Int)
  /// A linear `beta(t)`; the network is told `999 · t`.
  case variancePreserving(betaMin: Double, betaMax: Double)
  /// The same with less variance.
  case subVariancePreserving(betaMin: Double, betaMax: Double)
  /// `sigma` in equal ratios; the network is told `999 · t`.
  case varianceExploding(sigmaMin: Double, sigmaMax: Double)
  /// EDM's levels; the network is told `ln(sigma) / 4`.
  case karras(sigmaMin: Double, sigmaMax: Double)
  /// The straight path; the network is told `1000 · t`.
  case flow(shift: Double)

  /// DDPM's chain of 1000 timesteps.
  public static let linear = PixelProcess.chain(betas: .linear(), timesteps: 1000)

  /// The levels of the process.
  ///
  /// - Parameter spacing: Which timesteps of a chain are visited; the evenly spaced ones if not
  ///   given.
  /// - Returns: A schedule.
  /// - Throws: `ScheduleError` if a number is out of its range, or ``SampleError`` for a spacing
  ///   where there is no chain.
  public func schedule(spacing: TimestepSpacing? = nil) throws -> any NoiseSchedule {
    if case .chain = self {} else if spacing != nil { throw SampleError.noChain }
    switch self {
    case .chain(let betas, let timesteps):
      guard (1...100_000).contains(timesteps) else {
        throw ScheduleError.parameter(
          name: "timesteps", value: Double(timesteps), expected: "1 to 100,000")
      }
      return try DiscreteSchedule(betas, count: timesteps, spacing: spacing ?? .trailing)
    case .variancePreserving(let betaMin, let betaMax):
      return try ContinuousSchedule(VariancePreserving(betaMin: betaMin, betaMax: betaMax))
    case .subVariancePreserving(let betaMin, let betaMax):
      return try ContinuousSchedule(SubVariancePreserving(betaMin: betaMin, betaMax: betaMax))
    case .varianceExploding(let sigmaMin, let sigmaMax):
      return try ContinuousSchedule(
        VarianceExploding(sigmaMin: sigmaMin, sigmaMax: sigmaMax), earliest: 0)
    case .karras(let sigmaMin, let sigmaMax):
      return try KarrasSchedule(sigmaMin: sigmaMin, sigmaMax: sigmaMax)
    case .flow(let shift): return try FlowSchedule(shift: shift)
    }
  }
}

/// The `scheduler/scheduler_config.json` of a pixel model: its process and what its network says.
public struct PixelScheduler: Codable, Sendable, Hashable {
  /// What the network outputs.
  public enum Output: String, Codable, Sendable, Hashable, CaseIterable {
    /// The unit noise.
    case epsilon
    /// The clean picture.
    case x0
    /// `alpha · epsilon - sigma · x0`.
    case v
    /// `epsilon - x0`.
    case velocity
    /// The score, `-epsilon / sigma`: score-based models.
    case score
    /// What EDM's preconditioning makes the clean picture of.
    case preconditioned
    /// What the preconditioning of consistency models makes the end of the flow of.
    case consistency
  }

  /// How pictures become noise.
  public var process: PixelProcess
  /// What the network outputs.
  public var output: Output
  /// What the second half of the network's channels says, if it has twice those of the pictures.
  public var variance: LearnedVariance?
  /// What the process's own timestep is multiplied by before the network is told it.
  public var timestepScale: Double
  /// The standard deviation of the data, for ``Output/preconditioned`` and ``Output/consistency``.
  public var sigmaData: Double
  /// Whether estimates are held to the range of pictures, [-1, 1].
  public var isClipped: Bool

  enum CodingKeys: String, CodingKey {
    case process
    case output = "prediction_type"
    case variance = "learned_variance"
    case timestepScale = "timestep_scale"
    case sigmaData = "sigma_data"
    case isClipped = "clip_sample"
  }

  /// Describes a process and a network's output.
  public init(
    _ process: PixelProcess, output: Output, variance: LearnedVariance? = nil,
    timestepScale: Double = 1, sigmaData: Double = 0.5, isClipped: Bool = true
  ) {
    self.process = process
    self.output = output
    self.variance = variance
    self.timestepScale = timestepScale
    self.sigmaData = sigmaData
    self.isClipped = isClipped
  }
}
