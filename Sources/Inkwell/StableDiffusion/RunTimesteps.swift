internal import Diffusion
internal import Torch

/// The timesteps at which the steps of a run begin, noisiest first.
struct RunTimesteps: Sendable {
  let values: [Double]

  /// Whether the step that a timestep is in lies within a part of the run.
  ///
  /// As diffusers has it for `control_guidance_start` and `control_guidance_end`, and for
  /// `adapter_conditioning_factor`: all of the step must.
  ///
  /// - Parameters:
  ///   - part: The part, of the run from 0 to 1.
  ///   - timestep: The same number for each of the batch, `[batch]`.
  /// - Returns: Whether it does.
  func isPart(_ part: ClosedRange<Double>, _ timestep: Tensor) -> Bool {
    guard part != 0...1 else { return true }
    let now = timestep.selected(dim: 0, index: 0).item()
    let step = values.lastIndex { $0 >= now } ?? 0
    let count = Double(values.count)
    return Double(step) / count >= part.lowerBound && Double(step + 1) / count <= part.upperBound
  }
}

extension SamplingPlan {
  /// The timesteps at which the steps begin.
  var timesteps: RunTimesteps {
    RunTimesteps(
      values: levels.dropLast().map { schedule.timestep(at: schedule.path.level($0)) })
  }
}
