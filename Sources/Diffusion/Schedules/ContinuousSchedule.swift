/// The levels of a continuous process at equidistant times.
///
/// Song et al. 2021, https://arxiv.org/abs/2011.13456: the times go from the last one
/// to a small one, and the network is told the time times a factor. With ``VariancePreserving``
/// the levels are k-diffusion's `get_sigmas_vp`.
public struct ContinuousSchedule<Process: NoiseProcess>: NoiseSchedule {
  /// The process.
  public let process: Process

  /// The earliest time that is visited before the clean level.
  public let earliest: Double

  /// What a time is multiplied by before the network is told it.
  public let timeScale: Double

  /// The unit of the process.
  public var path: NoisePath { process.path }

  /// The schedule of a process.
  ///
  /// - Parameters:
  ///   - process: The process.
  ///   - earliest: The earliest time that is visited, where there is noise already.
  ///   - timeScale: What a time is multiplied by before the network is told it, above 0.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(_ process: Process, earliest: Double = 1e-3, timeScale: Double = 999) throws {
    guard process.times.contains(earliest), earliest < process.times.upperBound,
      process.level(time: earliest).sigma > 0
    else {
      throw ScheduleError.parameter(
        name: "earliest", value: earliest,
        expected: "a time between \(process.times.lowerBound) and \(process.times.upperBound) "
          + "with noise")
    }
    guard timeScale > 0, timeScale.isFinite else {
      throw ScheduleError.parameter(name: "timeScale", value: timeScale, expected: "above 0")
    }
    self.process = process
    self.earliest = earliest
    self.timeScale = timeScale
  }

  /// The levels of `steps` times, and the clean one.
  public func levels(_ steps: Int) throws -> [NoiseLevel] {
    try checkSteps(steps)
    return linspace(process.times.upperBound, earliest, steps).map { process.level(time: $0) }
      + [.clean]
  }

  /// The time of the level times ``timeScale``.
  public func timestep(at level: NoiseLevel) -> Double { timeScale * process.time(of: level) }

  /// The level of a timestep, held between the process's ends.
  public func level(at timestep: Double) -> NoiseLevel {
    let (first, last) = (process.times.lowerBound, process.times.upperBound)
    return process.level(time: min(max(timestep / timeScale, first), last))
  }
}
