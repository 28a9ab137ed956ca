public import Diffusion
internal import Torch
internal import Training

/// What a pixel network is trained for, in a recipe's words.
public enum PixelObjective: Codable, Sendable, Hashable {
  /// How much an error of the score counts.
  public enum ScoreWeighting: String, Codable, Sendable, Hashable {
    /// As `sigma²`.
    case variance
    /// As `g(t)²`, which bounds the likelihood; only of a process in continuous time.
    case likelihood
  }

  /// The squared error of what the network predicts (Ho et al. 2020, equation 14,
  /// https://arxiv.org/abs/2006.11239).
  case denoising(prediction: PredictionType, weighting: LossWeighting)
  /// The same, and a little of the variational bound for a variance that the network learns (Nichol
  /// & Dhariwal 2021, equation 16, https://arxiv.org/abs/2102.09672); only of a chain.
  case hybrid(prediction: PredictionType)
  /// The squared error of the score, `-output / sigma` (Song et al. 2021, equation 7,
  /// https://arxiv.org/abs/2011.13456).
  case score(weighting: ScoreWeighting)

  /// What the network outputs; a score times `-sigma` is the unit noise.
  var output: PixelScheduler.Output {
    switch self {
    case .score: .epsilon
    case .denoising(let prediction, _), .hybrid(let prediction):
      switch prediction {
      case .epsilon: .epsilon
      case .x0: .x0
      case .v: .v
      case .velocity: .velocity
      }
    }
  }

  /// What the second half of the network's channels says, if it learns the variance.
  var variance: LearnedVariance? {
    if case .hybrid = self { .range } else { nil }
  }
}

/// The loss of clean samples: an objective over the levels of a process.
struct PixelLoss {
  private typealias Loss = (
    _ x0: Tensor, _ epsilon: Tensor, _ levels: [NoiseLevel], _ network: DenoisingNetwork
  ) throws -> Tensor

  private let levels: any LevelDistribution
  private let perSample: Loss

  /// - Throws: `ScheduleError`, or `TrainingError.invalid` for an objective that the process does
  ///   not have.
  init(_ objective: PixelObjective, _ process: PixelProcess) throws {
    levels = try process.trainingLevels()
    let schedule = try process.schedule()
    switch objective {
    case .denoising(let prediction, let weighting):
      let objective = DenoisingObjective(prediction, schedule: schedule, weighting: weighting)
      perSample = { x0, epsilon, levels, network in
        try objective.perSample(x0: x0, epsilon: epsilon, levels: levels, network: network)
      }
    case .hybrid(let prediction):
      guard let chain = schedule as? DiscreteSchedule, chain.alphaBar.count > 1 else {
        throw TrainingError.invalid(
          what: "objective.hybrid", expected: "a chain of two timesteps or more",
          found: "\(process)")
      }
      perSample = Self.hybrid(HybridObjective(prediction, schedule: chain), chain)
    case .score(let weighting):
      perSample = Self.score(try Self.matching(weighting, process), schedule)
    }
  }

  /// The mean loss of a batch, of rank zero, at random levels and with random noise.
  func callAsFunction(
    _ x0: Tensor, using generator: Generator, network: DenoisingNetwork
  ) throws -> Tensor {
    let epsilon = generator.normal(x0.shape.sizes)
    let levels = levels.levels(x0.shape[0], using: generator)
    return try perSample(x0, epsilon, levels, network).mean()
  }

  private static func hybrid(_ objective: HybridObjective, _ chain: DiscreteSchedule) -> Loss {
    { x0, epsilon, levels, network in
      let timesteps = levels.map { Int(chain.timestep(at: $0).rounded()) }
      return try objective.perSample(x0: x0, epsilon: epsilon, timesteps: timesteps) { x, told in
        let halves = try network(x, told).chunked(2, dim: 1)
        return (halves[0], (halves[1] + 1) / 2)
      }
    }
  }

  private static func score(_ objective: ScoreMatching, _ schedule: any NoiseSchedule) -> Loss {
    { x0, epsilon, levels, network in
      let told = Tensor(levels.map { Float(schedule.timestep(at: $0)) })
      return try objective.perSample(x0: x0, epsilon: epsilon, levels: levels) { x, batch in
        try network(x, told) / -batch.sigma
      }
    }
  }

  private static func matching(
    _ weighting: PixelObjective.ScoreWeighting, _ process: PixelProcess
  ) throws -> ScoreMatching {
    guard weighting == .likelihood else { return ScoreMatching(.variance) }
    guard let continuous = try process.continuous() else {
      throw TrainingError.invalid(
        what: "objective.score.weighting", expected: "variance for a chain", found: "likelihood")
    }
    return ScoreMatching(.likelihood(continuous))
  }
}

/// Throws `TrainingError.invalid` unless the condition holds.
func require(_ condition: Bool, _ what: String, _ expected: String, _ found: some Any) throws {
  guard condition else {
    throw TrainingError.invalid(what: what, expected: expected, found: "\(found)")
  }
}
