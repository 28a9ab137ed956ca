internal import Models
internal import Torch

/// A batch for the denoiser, as in training: 32 tokens of text a picture.
struct DenoiserInputs {
  let x: Tensor
  let target: Tensor
  let timesteps: Tensor
  let text: Tensor
  let mask: Tensor
  /// The tokens of the whole batch.
  let tokens: Int

  init(
    _ configuration: PixArtConfiguration, batch: Int, _ generator: Generator = Generator(seed: 0)
  ) {
    let side = configuration.sampleSize
    let shape = [batch, configuration.inChannels, side, side]
    x = generator.normal(shape)
    target = generator.normal(shape)
    timesteps = generator.uniform([batch]) * 1000
    text = generator.normal([batch, 32, configuration.captionChannels])
    mask = .ones([batch, 32])
    let across = side / configuration.patchSize
    tokens = batch * across * across
  }

  func run(_ network: PixArtTransformer) -> Tensor {
    network(x, timestep: timesteps, text: text, mask: mask)
  }
}
