public import Torch

/// A denoiser that is another one in each step of a run, such as one whose prompt changes.
///
/// The level alone decides: a step's denoiser answers from the step's first level down to the next
/// step's. So it is one denoiser for any sampler, and what a sampler of higher order evaluates at
/// the end of a step is the next step's.
public struct StepwiseDenoiser: Denoiser {
  private let levels: [NoiseLevel]
  private let denoisers: [any Denoiser]

  /// The denoiser of a run.
  ///
  /// - Parameters:
  ///   - levels: The levels of the run, each cleaner than the one before it.
  ///   - denoisers: One for each step, so one fewer than there are levels; at least one.
  public init(over levels: [NoiseLevel], _ denoisers: [any Denoiser]) {
    precondition(
      !denoisers.isEmpty && denoisers.count == levels.count - 1, "a denoiser for each step")
    self.levels = levels.dropLast()
    self.denoisers = denoisers
  }

  /// The step, counted from 0, that a level belongs to; the first for levels before it.
  func step(at level: NoiseLevel) -> Int {
    let begun = levels.prefix { $0.logSNR <= level.logSNR + 1e-9 }.count
    return max(begun, 1) - 1
  }

  /// Estimates `x0` by the step's denoiser.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try denoisers[step(at: level)](x, at: level)
  }

  /// As the call, with what the step's denoiser says of a variance.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    try denoisers[step(at: level)].estimate(x, at: level)
  }
}
