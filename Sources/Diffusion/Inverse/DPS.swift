public import Torch

/// Diffusion posterior sampling: a sampler's step, then one down the gradient of the misfit.
///
/// Chung et al. 2023, algorithm 1, https://arxiv.org/abs/2209.14687:
/// `x_s - zeta · ∇ |y - A x0(x_t)|²`, where the gradient goes through the denoiser. It is biased
/// even for normal data: how much, the tests compute.
public struct DPS<Base: Sampler>: Sampler {
  /// The length of the gradient step.
  public enum StepSize: Sendable, Hashable {
    /// The same number in every step.
    case constant(Double)
    /// A number divided by each sample's misfit `|y - A x0|`: the paper's choice.
    case overMisfit(Double)
  }

  private var base: Base
  private let measurement: LinearMeasurement
  private let stepSize: StepSize

  /// The order of the sampler that it wraps, towards its own, biased, limit.
  public var order: Int { base.order }

  /// Whether the sampler that it wraps is stochastic.
  public var isStochastic: Bool { base.isStochastic }

  /// The sampler of samples with these measurements.
  ///
  /// - Parameters:
  ///   - base: The sampler that makes the step; one that evaluates the denoiser once, at `t`, costs
  ///     nothing more.
  ///   - measurement: What was measured; its noise is not looked at.
  ///   - stepSize: The length of the gradient step.
  public init(
    _ base: Base, measurement: LinearMeasurement, stepSize: StepSize = .overMisfit(1)
  ) {
    self.base = base
    self.measurement = measurement
    self.stepSize = stepSize
  }

  /// Makes the wrapped sampler's step and corrects it.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let (x0, gradient, misfit) = try withGradients {
      let leaf = x.withGradient()
      let x0 = try denoiser(leaf, at: t)
      let residual = measurement.residual(of: x0)
      let squares = dot(residual, residual)
      return (x0.detached(), squares.sum().gradients(by: [leaf])[0], squares.detached())
    }
    // The estimate at `t` is there already.
    let known = FunctionDenoiser { [x] input, level in
      level == t && input.isIdentical(to: x) ? x0 : try denoiser(input, at: level)
    }
    let moved = try base.step(x, from: t, to: s, denoiser: known, noise: noise)
    switch stepSize {
    case .constant(let zeta): return moved - zeta * gradient
    case .overMisfit(let zeta):
      let length = misfit.squareRoot().reshaped([x.shape[0]]).broadcast(over: x)
      let scaled = gradient.divided(by: length.expanded(Array(x.shape)), otherwise: 0)
      return moved - zeta * scaled.converted(to: x.dtype)
    }
  }
}
