public import Torch

/// The objective that a denoising network is trained for: the squared error of what it predicts.
///
/// Ho et al. 2020, equation 14, https://arxiv.org/abs/2006.11239; Lipman et al. 2023, equation 23,
/// https://arxiv.org/abs/2210.02747 with ``PredictionType/velocity`` and a ``FlowSchedule``.
public struct DenoisingObjective: Sendable {
  /// What the network outputs.
  public let prediction: PredictionType

  /// What its timesteps stand for.
  public let schedule: any NoiseSchedule

  /// How much an error counts at each level.
  public let weighting: LossWeighting

  /// The objective of a network.
  ///
  /// - Parameters:
  ///   - prediction: What the network outputs.
  ///   - schedule: What its timesteps stand for.
  ///   - weighting: How much an error counts at each level.
  public init(
    _ prediction: PredictionType, schedule: any NoiseSchedule,
    weighting: LossWeighting = .uniform
  ) {
    self.prediction = prediction
    self.schedule = schedule
    self.weighting = weighting
  }

  /// The mean loss of a batch, of rank zero.
  ///
  /// - Parameters:
  ///   - x0: Clean samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - levels: A noise level for each sample, on the schedule's path.
  ///   - network: The network, with whatever it is conditioned on.
  /// - Returns: The loss, to be differentiated.
  /// - Throws: What the network throws.
  public func callAsFunction(
    x0: Tensor, epsilon: Tensor, levels: [NoiseLevel], network: DenoisingNetwork
  ) throws -> Tensor {
    try perSample(x0: x0, epsilon: epsilon, levels: levels, network: network).mean()
  }

  /// The loss of each sample, `[batch]`: the weighted mean over its elements.
  ///
  /// - Parameters:
  ///   - x0: Clean samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - levels: A noise level for each sample, on the schedule's path.
  ///   - network: The network, with whatever it is conditioned on.
  /// - Returns: The losses, to be differentiated.
  /// - Throws: What the network throws.
  public func perSample(
    x0: Tensor, epsilon: Tensor, levels: [NoiseLevel], network: DenoisingNetwork
  ) throws -> Tensor {
    let batch = LevelBatch(levels, like: x0)
    let timesteps = Tensor(levels.map { Float(schedule.timestep(at: $0)) }).moved(to: x0.device)
    let output = try network(batch.noised(x0, by: epsilon), timesteps)
    let error = output - prediction.output(x0: x0, epsilon: epsilon, at: batch)
    let losses = (error * error).flattened(from: 1).mean(dims: [1])
    guard weighting != .uniform else { return losses }
    let weights = levels.map { weighting.weight(of: prediction, at: $0) }
    return losses * column(weights, like: losses)
  }
}
