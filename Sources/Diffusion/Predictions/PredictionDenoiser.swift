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

  /// The denoiser of a network.
  ///
  /// - Parameters:
  ///   - prediction: What the network outputs.
  ///   - schedule: What its timesteps stand for.
  ///   - network: The network, with whatever it is conditioned on.
  public init(
    _ prediction: PredictionType, schedule: any NoiseSchedule,
    network: @escaping DenoisingNetwork
  ) {
    self.network = network
    self.prediction = prediction
    self.schedule = schedule
  }

  /// Estimates `x0` from noisy samples, `[batch, …]`; throws what the network throws, and
  /// ``PredictionError`` where it cannot be told the level or its output says nothing of `x0`.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let scale = schedule.path.scale(of: level)
    guard scale.isFinite else { throw PredictionError.notOnPath(level, schedule.path) }
    let own = schedule.path.level(level)
    let input = abs(scale - 1) < 1e-12 ? x : x * scale
    let timesteps = Tensor.full(
      [x.shape[0]], .real(schedule.timestep(at: own)), device: x.device)
    let output = try network(input, timesteps)
    return try prediction.x0(from: output, x: input, at: own)
  }
}
