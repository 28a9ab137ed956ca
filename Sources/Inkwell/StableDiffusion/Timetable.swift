internal import Diffusion
internal import Foundation

/// The levels of a run, and what the network is told at each of them.
///
/// diffusers rounds the timesteps that some schedulers tell the network, and interpolates sigma
/// itself between whole timesteps where ``DiscreteSchedule`` interpolates its logarithm; a picture
/// is only equal if both are as there.
struct Timetable: NoiseSchedule {
  /// A level and its timestep.
  struct Entry: Sendable, Hashable {
    let level: NoiseLevel
    let timestep: Double
  }

  /// What the network's timesteps stand for: a chain, for most.
  let chain: any NoiseSchedule
  /// What is visited, noisiest first.
  var entries: [Entry]
  /// Where the run ends.
  let end: NoiseLevel
  /// The unit in which the samples are measured while they are stepped.
  let sampled: NoisePath
  /// The standard deviation of the noise that sampling starts from.
  let startScale: Double

  var path: NoisePath { chain.path }

  /// The levels to go through; those after the end are no steps.
  var levels: [NoiseLevel] {
    (entries.map(\.level).filter { $0.logSNR < end.logSNR } + [end]).map(sampled.level)
  }

  /// The levels, which are of one number of steps.
  func levels(_ steps: Int) throws -> [NoiseLevel] {
    guard steps == entries.count else {
      throw ScheduleError.steps(found: steps, allowed: entries.count...entries.count)
    }
    return levels
  }

  /// What the network is told: as noted where the level is visited, else the chain's timestep.
  func timestep(at level: NoiseLevel) -> Double {
    let found = entries.first { entry in
      entry.level == level || abs(entry.level.logSNR - level.logSNR) < 1e-10
    }
    return found?.timestep ?? chain.timestep(at: level)
  }

  func level(at timestep: Double) -> NoiseLevel {
    entries.first { $0.timestep == timestep }?.level ?? chain.level(at: timestep)
  }
}

extension SchedulerConfiguration {
  /// The levels of a run.
  ///
  /// - Parameters:
  ///   - steps: The number of steps.
  ///   - sampler: The sampler's name.
  ///   - name: The spacing's name; the configuration's own if not given.
  /// - Returns: The levels.
  /// - Throws: `ScheduleError` for a number of steps that there cannot be, or a `CatalogError`.
  func timetable(_ steps: Int, for sampler: String, spacing name: String? = nil) throws -> Timetable
  {
    if let range {
      return try timetable(over: range, steps, for: sampler, spacing: name)
    }
    let convention = TimestepConvention(sampler: sampler)
    let chain = try chain(for: convention)
    let usual = name.flatMap(Spacing.init(rawValue:)) ?? spacing ?? convention.spacing
    let most = convention == .solver ? chain.alphaBar.count - 1 : chain.alphaBar.count
    guard (1...most).contains(steps) else {
      throw ScheduleError.steps(found: steps, allowed: 1...most)
    }
    let visited = try chain.interpolated(
      convention.spacing(usual, steps, of: chain.alphaBar.count, offset: offset), steps)
    let entries: [Timetable.Entry]
    switch try name.map({ try Spacings.named($0) }) ?? sigmas.map({ .sigmas($0) }) {
    case .none where convention == .consistency:
      entries = try chain.spaced(.consistency(original: originalSteps), steps)
    case .none, .leading, .trailing, .linspace: entries = visited
    case .sigmas(let sigmas):
      let ends = convention == .karras ? visited.map(\.level) : chain.ends
      entries = try chain.spaced(sigmas, steps, between: ends, for: convention)
    case .some(let other): entries = try chain.spaced(other, steps)
    }
    let end = end(of: chain, for: convention)
    guard convention == .karras else {
      return Timetable(
        chain: chain, entries: entries, end: end, sampled: chain.path, startScale: 1)
    }
    // diffusers starts from a unit variance only where the noisiest timestep is not visited.
    let sigma = entries[0].level.karrasSigma
    return Timetable(
      chain: chain, entries: entries, end: end, sampled: .varianceExploding,
      startScale: usual == .leading ? hypot(sigma, 1) : sigma)
  }

  /// The chain of timesteps that the network was trained on.
  func trainedChain() throws -> DiscreteSchedule { try chain(for: .chain) }

  /// The chain, whose last timestep has a trace of signal left for those that divide by it.
  private func chain(for convention: TimestepConvention) throws -> DiscreteSchedule {
    let chain = try DiscreteSchedule(alphaBar: alphaBar)
    guard hasZeroTerminalSNR else { return chain }
    let rescaled = chain.withZeroTerminalSNR()
    guard convention == .karras || convention == .solver else { return rescaled }
    return try DiscreteSchedule(alphaBar: rescaled.alphaBar.dropLast() + [0x1p-24])
  }

  private func end(of chain: DiscreteSchedule, for convention: TimestepConvention) -> NoiseLevel {
    let isFirst = convention == .chain ? !endsClean : endsAtFirst
    return isFirst ? chain.level(at: 0) : .clean
  }
}

extension DiscreteSchedule {
  /// The noisiest level and the cleanest noisy one.
  fileprivate var ends: [NoiseLevel] { [level(at: .infinity), level(at: 0)] }

  /// Timesteps between whole ones at levels whose `sigma / alpha` is in proportion.
  fileprivate func interpolated(
    _ spacing: TimestepSpacing, _ steps: Int
  ) throws -> [Timetable.Entry] {
    let last = Double(alphaBar.count - 1)
    return try timesteps(spacing, steps).map { timestep in
      let low = min(max(timestep.rounded(.down), 0), last)
      let (a, b) = (level(at: low), level(at: low + 1))
      guard timestep > low, low < last else { return Timetable.Entry(level: a, timestep: timestep) }
      let sigma = a.karrasSigma + (timestep - low) * (b.karrasSigma - a.karrasSigma)
      return Timetable.Entry(
        level: path.level(NoiseLevel(alpha: 1, sigma: sigma)), timestep: timestep)
    }
  }

  /// The levels of timesteps as the schedule itself has them.
  fileprivate func spaced(
    _ spacing: TimestepSpacing, _ steps: Int
  ) throws -> [Timetable.Entry] {
    try timesteps(spacing, steps).map { Timetable.Entry(level: level(at: $0), timestep: $0) }
  }

  /// Levels by their `sigma / alpha`; solvers tell the network whole timesteps.
  fileprivate func spaced(
    _ spacing: SigmaSpacing, _ steps: Int, between ends: [NoiseLevel],
    for convention: TimestepConvention
  ) throws -> [Timetable.Entry] {
    guard ends[0].alpha > 0 else {
      throw ScheduleError.parameter(
        name: "sigma / alpha of the last timestep", value: .infinity, expected: "a finite number")
    }
    let sigmas = try spacing.sigmas(
      steps, from: ends[0].karrasSigma, to: ends[ends.count - 1].karrasSigma)
    return sigmas.map { sigma in
      let level = path.level(NoiseLevel(alpha: 1, sigma: sigma))
      let exact = timestep(at: level)
      // diffusers rounds the timesteps of Karras' spacing, and cuts off those of others.
      let whole =
        if case .karras = spacing {
          exact.rounded(.toNearestOrEven)
        } else {
          (exact + 1e-6).rounded(.down)
        }
      return Timetable.Entry(level: level, timestep: convention == .karras ? exact : whole)
    }
  }

  /// The timesteps that a spacing names.
  private func timesteps(_ spacing: TimestepSpacing, _ steps: Int) throws -> [Double] {
    if case .custom(let timesteps) = spacing {
      // Checks that they fall.
      _ = try DiscreteSchedule(alphaBar: alphaBar, spacing: spacing).levels(steps)
      return timesteps
    }
    let levels = try DiscreteSchedule(alphaBar: alphaBar, spacing: spacing).levels(steps)
    return levels.dropLast().map { timestep(at: $0) }
  }
}
