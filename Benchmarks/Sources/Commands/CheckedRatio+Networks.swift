internal import Foundation
internal import Layers
internal import Models
internal import Torch
internal import Training

extension CheckedRatio {
  /// Everything that is checked.
  static func all() throws -> [CheckedRatio] {
    try sampling() + [try training(), try decoding()]
  }

  /// The sizes of the repository's denoiser.
  private static var denoiser: PixArtConfiguration {
    var sizes = PixArtConfiguration()
    (sizes.numAttentionHeads, sizes.attentionHeadDim, sizes.numLayers) = (4, 64, 8)
    (sizes.inChannels, sizes.outChannels, sizes.sampleSize) = (8, 8, 16)
    sizes.captionChannels = 384
    return sizes
  }

  /// A step of sampling one picture with guidance, and what preparing the network for it is worth.
  private static func sampling() throws -> [CheckedRatio] {
    let inputs = DenoiserInputs(denoiser, batch: 2)
    let network = try ParameterStore(initializing: Generator(seed: 0)).network {
      PixArtTransformer($0, denoiser)
    }
    let (fast, prompt) = try checked {
      withoutGradients {
        (network.prepared(batch: 2), network.prompt(inputs.text, mask: inputs.mask))
      }
    }
    let step = {
      try quietly { _ = fast(inputs.x, timestep: inputs.timesteps, prompt: prompt) }
    }
    return [
      CheckedRatio(
        name: "a step of sampling, beside plain blocks", limit: 1.15, work: step,
        measure: try PlainBlocks(denoiser, batch: 2).step),
      CheckedRatio(
        name: "a prepared network, beside one whose prompt is projected in every step", limit: 1,
        work: step,
        measure: { try quietly { _ = inputs.run(network) } }),
    ]
  }

  /// A step of training eight pictures.
  private static func training() throws -> CheckedRatio {
    let inputs = DenoiserInputs(denoiser, batch: 8)
    let store = ParameterStore(initializing: Generator(seed: 0))
    let network = try store.network { PixArtTransformer($0, denoiser) }
    let optimizer = AdamW(store.parameters, options: AdamW.Options())
    return CheckedRatio(
      name: "a step of training, beside a forward pass of plain blocks", limit: 4.2,
      work: {
        try checked {
          let error = inputs.run(network) - inputs.target
          (error * error).mean().backward()
          optimizer.step(store.parameters.map(\.tensor.gradient), learningRate: 1e-4)
          for parameter in store.parameters { parameter.tensor.clearGradient() }
        }
      }, measure: try PlainBlocks(denoiser, batch: 8).step)
  }

  /// Decoding latents of 32 × 32 with a small autoencoder, of two levels.
  private static func decoding() throws -> CheckedRatio {
    var sizes = AutoencoderKLConfiguration()
    (sizes.blockOutChannels, sizes.layersPerBlock) = ([64, 128], 1)
    let network = try ParameterStore(initializing: Generator(seed: 0)).network {
      AutoencoderKL($0, sizes)
    }
    let side = 32
    let generator = Generator(seed: 1)
    let latents = generator.normal([1, sizes.latentChannels, side, side])
    // The convolutions of each size: the channels in and out, the place, and how often it comes.
    let convolutions = [
      (128, 128, side, 8), (128, 128, 2 * side, 1), (128, 64, 2 * side, 1),
      (64, 64, 2 * side, 3),
    ]
    let operands = try checked {
      convolutions.map { inputs, outputs, side, count in
        let weight = generator.normal([outputs, inputs, 3, 3])
        return (x: generator.normal([1, inputs, side, side]), weight: weight, count: count)
      }
    }
    return CheckedRatio(
      name: "decoding a picture, beside plain norms, activations and convolutions", limit: 1,
      work: { try quietly { _ = network.decode(latents) } },
      measure: {
        try quietly {
          for (x, weight, count) in operands {
            for _ in 0..<count { _ = x.groupNorm(32).silu().conv2d(weight, padding: [1, 1]) }
          }
        }
      })
  }

  private static func quietly(_ body: () -> Void) throws {
    try checked { withoutGradients(body) }
  }
}
