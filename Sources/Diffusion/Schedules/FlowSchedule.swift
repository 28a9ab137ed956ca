/// The straight path from data at time 0 to noise at time 1: `alpha = 1 - t`, `sigma = t`.
///
/// Lipman et al. 2023, https://arxiv.org/abs/2210.02747, with time as in Esser et al. 2024,
/// https://arxiv.org/abs/2403.03206. The network is told `1000 · t`.
public struct FlowSchedule: NoiseSchedule, Hashable, Codable {
  /// How far the visited times are moved towards the noise; 1 leaves them equidistant.
  public let shift: Double

  /// Which times are visited before they are shifted.
  public let spacing: FlowSpacing

  /// The last time but 0 that is visited, to which the shifted times are stretched; none if they
  /// stay as they are.
  public let terminal: Double?

  /// Signal and noise share the unit.
  public var path: NoisePath { .flow }

  /// The schedule with its times shifted.
  ///
  /// - Parameters:
  ///   - shift: Above 0. Larger pictures need more noise to be destroyed as much: Stable Diffusion
  ///     3 uses 3 (Esser et al. 2024, equation 23); FLUX's `mu` is its logarithm, and
  ///     ``ResolutionShift`` finds it.
  ///   - spacing: Which times are visited before they are shifted.
  ///   - terminal: The last time but 0, between 0 and 1: what is left to time 1 of each is scaled
  ///     so
  ///     that the last one is this. LTX-Video's, which is 0.1; diffusers' `shift_terminal`.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(
    shift: Double = 1, spacing: FlowSpacing = .uniform, terminal: Double? = nil
  ) throws {
    guard shift > 0, shift.isFinite else {
      throw ScheduleError.parameter(name: "shift", value: shift, expected: "above 0")
    }
    if let terminal, !(terminal > 0 && terminal < 1) {
      throw ScheduleError.parameter(
        name: "terminal", value: terminal, expected: "above 0, below 1")
    }
    self.shift = shift
    self.spacing = spacing
    self.terminal = terminal
  }

  /// The schedule that was encoded, checked like any other.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      shift: values.decode(Double.self, forKey: .shift),
      spacing: values.decodeIfPresent(FlowSpacing.self, forKey: .spacing) ?? .uniform,
      terminal: values.decodeIfPresent(Double.self, forKey: .terminal))
  }

  /// The time `shift · t / (1 + (shift - 1) · t)`.
  ///
  /// Esser et al. 2024, equation 23.
  public func shifted(_ t: Double) -> Double { shift * t / (1 + (shift - 1) * t) }

  /// The level at a time between 0 and 1, as it is and not shifted.
  public func level(time t: Double) -> NoiseLevel { NoiseLevel(alpha: 1 - t, sigma: t) }

  /// The levels of the times that ``spacing`` names, `1, 1 - 1 / steps, …, 0` if uniform, shifted
  /// and stretched.
  public func levels(_ steps: Int) throws -> [NoiseLevel] {
    try checkSteps(steps)
    let times = try spacing.times(steps).map { shifted($0) }
    // A single time cannot both begin at the noise and end at the terminal.
    guard let terminal, steps > 1 else { return times.map { level(time: $0) } }
    let factor = (1 - terminal) / (1 - times[steps - 1])
    return times.dropLast().map { level(time: 1 - factor * (1 - $0)) } + [.clean]
  }

  /// `1000 · t`.
  public func timestep(at level: NoiseLevel) -> Double {
    1000 * level.sigma / (level.alpha + level.sigma)
  }

  /// The level of the time `timestep / 1000`, held between 0 and 1.
  public func level(at timestep: Double) -> NoiseLevel {
    level(time: min(max(timestep / 1000, 0), 1))
  }
}
