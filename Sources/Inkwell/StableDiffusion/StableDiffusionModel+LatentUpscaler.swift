internal import Diffusion
internal import Foundation
internal import Models
internal import Torch

/// The latent upscaler: a model that makes latents twice as wide and high.
///
/// k-diffusion's network, wrapped as in Karras et al. 2022, table 1,
/// https://arxiv.org/abs/2206.00364, for latents of deviation 1; equal to diffusers 0.42.1's
/// `StableDiffusionLatentUpscalePipeline` on equal weights.
extension StableDiffusionModel {
  /// How many times as wide and high the latents become.
  static let latentEnlargement = 2

  /// The channels that a level of noise on the small latents is told by.
  private static let noiseChannels = 128

  /// What estimates clean latents with the upscaler's network.
  ///
  /// `x0 = x / (sigma² + 1) + sigma / sqrt(sigma² + 1) · F`, which says that `F` is `-v`.
  ///
  /// - Parameter network: The network, whose last channel says a variance that is not used.
  /// - Returns: The denoiser.
  /// - Throws: Nothing: the schedule can be.
  func latentUpscaler(_ network: @escaping DenoisingNetwork) throws -> PredictionDenoiser {
    let channels = autoencoder.configuration.latentChannels
    // The ends of the range are the sampler's; here only what the network is told counts.
    let schedule = try SigmaSchedule(.exponential, path: .variancePreserving)
    return PredictionDenoiser(.v, schedule: schedule) { x, timesteps in
      -(try network(x, timesteps).narrowed(dim: 1, start: 0, length: channels))
    }
  }

  /// What the network is told beside the noise level: that the small latents have no noise, as
  /// cosines and sines of 0, and the vector of the whole prompt.
  ///
  /// - Parameter pooled: The vectors, `[1, channels]` each.
  /// - Returns: `[batch, 128 + channels]`.
  func latentUpscalerCondition(_ pooled: [Tensor]) -> Tensor {
    let half = Self.noiseChannels / 2
    let level = concatenate(Tensor.ones([1, half]), Tensor.zeros([1, half]), dim: 1)
    return pooled.map { concatenate(level.converted(to: $0.dtype), $0, dim: 1) }.concatenated()
  }

  /// Throws unless a folder of the latent upscaler's pipeline has its network and its scheduler,
  /// and one of another pipeline has not.
  func checkLatentUpscaler(_ folder: StableDiffusionFolder) throws {
    let sizes = unet.configuration.encoder
    guard folder.index.isEnlargingLatents == (purpose == .enlargingLatents) else {
      throw ModelError.mismatch(
        folder: folder.url.path(percentEncoded: false),
        expected: "\(StableDiffusionIndex.latentUpscaler) with a U-Net of KDownBlock2D",
        found: "one without the other")
    }
    guard purpose == .enlargingLatents else { return }
    let told = Self.noiseChannels + text.pooledChannels
    guard sizes.timeCondProjDim == told else {
      throw ModelError.mismatch(
        folder: folder.url.path(percentEncoded: false),
        expected: "the U-Net to be told a vector of \(told) channels",
        found: sizes.timeCondProjDim.map { "\($0)" } ?? "none")
    }
    guard scheduler.prediction == .x0 else {
      let file = folder.url.appending(path: StableDiffusionFolder.scheduler)
      throw ModelError.unsupported(
        file: file.path(percentEncoded: false), key: "prediction_type", expected: "sample",
        found: scheduler.prediction.rawValue)
    }
  }
}
