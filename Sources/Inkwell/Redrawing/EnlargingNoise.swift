internal import Diffusion
internal import Torch

/// How a model that enlarges sees the picture: noised, and told how far.
///
/// The field calls it conditioning augmentation: Ho et al. 2022, https://arxiv.org/abs/2106.15282.
struct EnlargingNoise: Sendable {
  /// The chain of levels.
  let chain: DiscreteSchedule
  /// The noisiest timestep that the model was told.
  let most: Int

  /// What is usual.
  static let usualLevel = 20

  /// The noise of a scheduler.
  ///
  /// - Parameters:
  ///   - schedule: The scheduler.
  ///   - most: The noisiest timestep that the model was told; if not given, that of the published
  ///     model, which is diffusers' default as well.
  /// - Throws: `ScheduleError` for levels that cannot be.
  init(_ schedule: SchedulerConfiguration, most: Int? = nil) throws {
    chain = try DiscreteSchedule(alphaBar: schedule.alphaBar)
    self.most = min(most ?? 350, chain.alphaBar.count - 1)
  }

  /// A picture as noisy as at a timestep.
  ///
  /// - Parameters:
  ///   - pixels: The picture, `[1, 3, height, width]`, in [-1, 1].
  ///   - timestep: The timestep, 0 … ``most``.
  ///   - source: Draws the noise.
  /// - Returns: A noisy picture for each generator, `[batch, 3, height, width]`.
  /// - Throws: ``GenerateError`` for a timestep that the model was not told.
  func noised(_ pixels: Tensor, to timestep: Int, _ source: NoiseSource) throws -> Tensor {
    try GenerateError.check("noise level", timestep, in: 0...most)
    let noise = source.normal(Array(pixels.shape.dropFirst()))
    return chain.level(at: Double(timestep)).noised(pixels, by: noise)
  }
}
