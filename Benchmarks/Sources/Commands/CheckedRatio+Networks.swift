internal import Foundation
internal import Layers
internal import Models
internal import Torch
internal import Training

extension CheckedRatio {
  /// Everything that is checked.
  static func all() throws -> [CheckedRatio] {
    [try sampling(), try training(), try prepared(), try decoding()]
  }

  /// The sizes of the repository's denoiser.
  private static var denoiser: PixArtConfiguration {
    var sizes = PixArtConfiguration()
    (sizes.numAttentionHeads, sizes.attentionHeadDim, sizes.numLayers) = (4, 64, 8)
    (sizes.inChannels, sizes.outChannels, sizes.sampleSize) = (8, 8, 16)
    sizes.captionChannels = 384
    return sizes
  }

  /// A step of sampling one picture with guidance.
  private static func sampling() throws -> CheckedRatio {
    let inputs = DenoiserInputs(denoiser, batch: 2)
    let network = try ParameterStore(initializing: Generator(seed: 0)).network {
      PixArtTransformer($0, denoiser)
    }
    let (fast, prompt) = try checked {
      withoutGradients {
        (network.prepared(batch: 2), network.prompt(inputs.text, mask: inputs.mask))
      }
    }
    return CheckedRatio(
      name: "a step of sampling, beside its products", limit: 1.75,
      work: { try quietly { _ = fast(inputs.x, timestep: inputs.timesteps, prompt: prompt) } },
      measure: try products(tokens: inputs.tokens))
  }

  /// A step of training eight pictures.
  private static func training() throws -> CheckedRatio {
    let inputs = DenoiserInputs(denoiser, batch: 8)
    let store = ParameterStore(initializing: Generator(seed: 0))
    let network = try store.network { PixArtTransformer($0, denoiser) }
    let optimizer = AdamW(store.parameters, options: AdamW.Options())
    return CheckedRatio(
      name: "a step of training, beside the products of its forward pass", limit: 7,
      work: {
        try checked {
          let error =
            network(
              inputs.x, timestep: inputs.timesteps, text: inputs.text, mask: inputs.mask)
            - inputs.target
          (error * error).mean().backward()
          optimizer.step(store.parameters.map(\.tensor.gradient), learningRate: 1e-4)
          for parameter in store.parameters { parameter.tensor.clearGradient() }
        }
      }, measure: try products(tokens: inputs.tokens))
  }

  /// What preparing a network for sampling is worth.
  private static func prepared() throws -> CheckedRatio {
    let inputs = DenoiserInputs(denoiser, batch: 2)
    let network = try ParameterStore(initializing: Generator(seed: 0)).network {
      PixArtTransformer($0, denoiser)
    }
    let (fast, prompt) = try checked {
      withoutGradients {
        (network.prepared(batch: 2), network.prompt(inputs.text, mask: inputs.mask))
      }
    }
    return CheckedRatio(
      name: "a prepared network, beside one whose prompt is projected in every step", limit: 1,
      work: { try quietly { _ = fast(inputs.x, timestep: inputs.timesteps, prompt: prompt) } },
      measure: {
        try quietly {
          _ = network(inputs.x, timestep: inputs.timesteps, text: inputs.text, mask: inputs.mask)
        }
      })
  }

  /// The products of all blocks for so many tokens, as plain LibTorch computes them.
  private static func products(tokens: Int) throws -> () throws -> Void {
    let generator = Generator(seed: 1)
    let width = denoiser.channels
    let sizes = [
      (width, 3 * width), (width, width), (width, width), (width, width), (width, 4 * width),
      (4 * width, width),
    ]
    let pairs = try checked {
      sizes.map { (generator.normal([tokens, $0.0]), generator.normal([$0.1, $0.0])) }
    }
    let layers = denoiser.numLayers
    return {
      try quietly {
        for _ in 0..<layers { for (x, weight) in pairs { _ = x.linear(weight) } }
      }
    }
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
    /// A convolution of each size: the channels in and out, its place, and how often it comes.
    let convolutions = [
      (128, 128, side, 8), (128, 128, 2 * side, 1), (128, 64, 2 * side, 1),
      (64, 64, 2 * side, 3),
    ]
    let operands = try checked {
      convolutions.map {
        (
          generator.normal([1, $0.0, $0.2, $0.2]), generator.normal([$0.1, $0.0, 3, 3]), $0.3
        )
      }
    }
    return CheckedRatio(
      name: "decoding a picture, beside its convolutions", limit: 2,
      work: { try quietly { _ = network.decode(latents) } },
      measure: {
        try quietly {
          for (x, weight, count) in operands {
            for _ in 0..<count { _ = x.conv2d(weight, padding: [1, 1]) }
          }
        }
      })
  }

  private static func quietly(_ body: () -> Void) throws {
    try checked { withoutGradients(body) }
  }
}
