public import Torch

/// A network as training and sampling call it.
///
/// It gets noisy samples, `[batch, …]`, and the timestep of each, `[batch]` in `float32`, and
/// answers in the shape of the samples.
public typealias DenoisingNetwork = (_ x: Tensor, _ timesteps: Tensor) throws -> Tensor

/// The denoiser that a network is, once it is known what the network outputs and which levels its
/// timesteps stand for.
///
/// Samples that are measured on another path than the network's (a sampler in Karras' variables
/// over a variance-preserving network, say) are brought onto the network's first.
public struct PredictionDenoiser: Denoiser {
  private let network: DenoisingNetwork
  private let prediction: PredictionType
  private let schedule: any NoiseSchedule
  private let variance: LearnedVariance?

  /// The denoiser of a network.
  ///
  /// - Parameters:
  ///   - prediction: What the network outputs.
  ///   - schedule: What its timesteps stand for.
  ///   - variance: What the second half of its channels says, if it has twice those of `x`.
  ///   - network: The network, with whatever it is conditioned on.
  public init(
    _ prediction: PredictionType, schedule: any NoiseSchedule, variance: LearnedVariance? = nil,
    network: @escaping DenoisingNetwork
  ) {
    self.network = network
    self.prediction = prediction
    self.schedule = schedule
    self.variance = variance
  }

  /// Estimates `x0` from noisy samples, `[batch, …]`; throws what the network throws, and
  /// ``PredictionError`` where it cannot be told the level or its output says nothing of `x0`.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try estimate(x, at: level).x0
  }

  /// As the call, with the variance that the network says, if it learned one.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    let scale = schedule.path.scale(of: level)
    guard scale.isFinite else { throw PredictionError.notOnPath(level, schedule.path) }
    let own = schedule.path.level(level)
    let input = abs(scale - 1) < 1e-12 ? x : x * scale
    let timesteps = Tensor.full(
      [x.shape[0]], .real(schedule.timestep(at: own)), device: x.device)
    let output = try network(input, timesteps)
    guard let variance else {
      return DenoiserEstimate(x0: try prediction.x0(from: output, x: input, at: own))
    }
    let (shape, found) = (Array(x.shape), Array(output.shape))
    guard shape.count > 1, found == [shape[0], 2 * shape[1]] + shape.dropFirst(2) else {
      throw PredictionError.outputShape(found: found, x: shape)
    }
    let halves = output.chunked(2, dim: 1)
    return DenoiserEstimate(
      x0: try prediction.x0(from: halves[0], x: input, at: own),
      variance: variance.estimate(halves[1]))
  }
}

/// What a network with twice the channels of `x` says in the second half.
public enum LearnedVariance: String, Sendable, Hashable, Codable, CaseIterable {
  /// ``VarianceEstimate/range(_:)``: improved DDPM and ADM; diffusers' `learned_range`.
  case range
  /// ``VarianceEstimate/logarithm(_:)``; diffusers' `learned` takes the variance itself.
  case logarithm

  fileprivate func estimate(_ output: Tensor) -> VarianceEstimate {
    switch self {
    case .range: .range(output)
    case .logarithm: .logarithm(output)
    }
  }
}
