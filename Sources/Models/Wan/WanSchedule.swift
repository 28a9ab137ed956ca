public import Diffusion

/// The levels of a shifted flow as Wan is published with them.
///
/// As diffusers' `UniPCMultistepScheduler` has them for flows: the times before they are shifted go
/// from 1 to 1/1000, the first is a millionth short of pure noise, where a multistep sampler can
/// begin with its full order, and the network is told whole timesteps.
public struct WanSchedule: NoiseSchedule, Hashable {
  private let flow: FlowSchedule

  /// The schedule with its times shifted.
  ///
  /// - Parameter shift: Above 0: 3 for 480 rows of pixels, 5 for 720.
  /// - Throws: `ScheduleError` if it is not.
  public init(shift: Double = 3) throws { flow = try FlowSchedule(shift: shift) }

  /// Signal and noise share the unit.
  public var path: NoisePath { flow.path }

  /// The levels from nearly pure noise to none.
  public func levels(_ steps: Int) throws -> [NoiseLevel] {
    guard (1...999).contains(steps) else {
      throw ScheduleError.steps(found: steps, allowed: 1...999)
    }
    return (0..<steps).map { index in
      let time = 1 - (1 - 1 / 1000.0) * Double(index) / Double(steps)
      return flow.level(time: min(flow.shifted(time), 1 - 1e-6))
    } + [.clean]
  }

  /// `1000 · t`, without what is behind the point.
  public func timestep(at level: NoiseLevel) -> Double {
    flow.timestep(at: level).rounded(.down)
  }

  /// The level of the time `timestep / 1000`.
  public func level(at timestep: Double) -> NoiseLevel { flow.level(at: timestep) }
}
