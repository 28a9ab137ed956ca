public import Diffusion
public import Foundation
public import Torch

/// Clips from a prompt's states, by the networks of Wan 2.1.
///
/// diffusers' `WanPipeline`, whose text encoder is a network of its own.
public struct Wan: Sendable {
  /// Between clips and latents.
  public let autoencoder: WanAutoencoder
  /// Predicts the velocity of latents.
  public let transformer: WanTransformer

  /// A model of two networks.
  public init(autoencoder: WanAutoencoder, transformer: WanTransformer) {
    self.autoencoder = autoencoder
    self.transformer = transformer
  }

  /// Reads a model in diffusers' layout.
  ///
  /// - Parameter folder: Holds `vae` and `transformer`.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    autoencoder = try WanAutoencoder(folder: folder.appending(path: "vae"))
    transformer = try WanTransformer(folder: folder.appending(path: "transformer"))
  }

  /// The denoiser for a prompt.
  ///
  /// - Parameters:
  ///   - text: The text encoder's states, `[batch, words, textDim]`.
  ///   - negative: Those of what is not wanted; none without guidance.
  ///   - guidanceScale: How far from the one to the other; 1 is off.
  ///   - schedule: What the timesteps stand for.
  /// - Returns: What estimates clean latents.
  public func denoiser(
    _ text: Tensor, negative: Tensor?, guidanceScale: Double, schedule: WanSchedule
  ) -> some Denoiser {
    func prompted(_ states: Tensor) -> PredictionDenoiser {
      let prompt = withoutGradients { transformer.prompt(states) }
      return PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
        transformer(x, timestep: timesteps, prompt: prompt)
      }
    }
    let conditional = prompted(text)
    return ClassifierFree(
      conditional: conditional, unconditional: negative.map(prompted) ?? conditional,
      scale: negative == nil ? 1 : guidanceScale)
  }

  /// The clip of latents that were denoised.
  ///
  /// - Parameter latents: `[batch, zDim, frames, height, width]`, as the transformer has them.
  /// - Returns: `[batch, channels, frames, height, width]`, in [-1, 1].
  public func clip(_ latents: Tensor) -> Tensor {
    autoencoder.decode(autoencoder.unscaled(latents))
  }
}
