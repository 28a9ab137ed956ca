internal import Compiler
public import Layers
public import Torch

/// A U-Net over latents whose transformers attend to a prompt: the denoiser of Stable Diffusion.
///
/// Rombach et al. 2022, https://arxiv.org/abs/2112.10752, and Podell et al. 2023,
/// https://arxiv.org/abs/2307.01952; equal to diffusers' `UNet2DConditionModel`, whose names the
/// weights have. It predicts the noise or `v`, as it was trained to; the latent upscaler's, whose
/// blocks are k-diffusion's, predicts what is left of the clean latents at unit variance.
public struct UNet2DConditionModel: Sendable {
  /// The sizes.
  public let configuration: UNet2DConditionConfiguration
  let encoder: UNetEncoder
  let stages: [any ExpandingStage]
  let normOut: GroupNorm?
  let convOut: Conv2d
  /// The type that it computes in.
  let dtype: DType
  /// The blocks, compiled, if they are to be.
  private var compiled: Compiled<UNetStep, Tensor>?

  /// A U-Net with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: UNet2DConditionConfiguration) {
    self.configuration = configuration
    dtype = scope.dtype
    let sizes = configuration.encoder
    let (width, kernel) = (sizes.blockOutChannels[0], configuration.convOutKernel)
    encoder = UNetEncoder(scope, sizes)
    stages = (0..<sizes.levels).map { index -> any ExpandingStage in
      let place = scope / "up_blocks" / index
      return sizes.isAdaptive
        ? AdaptiveUpStage(place, index, configuration) : UpStage(place, index, configuration)
    }
    normOut =
      sizes.isAdaptive
      ? nil
      : GroupNorm(
        scope / "conv_norm_out", width, groups: sizes.normNumGroups, eps: sizes.normEps)
    convOut = Conv2d(
      scope / "conv_out", width, configuration.outChannels, kernel: kernel,
      padding: (kernel - 1) / 2)
  }

  /// What a picture is made of, projected once for all steps of a sampler.
  public struct Prompt: Sendable {
    let encoder: UNetEncoder.Prompt
    let up: [[UNetLayer.Context]]
  }

  /// Projects a prompt for every block.
  ///
  /// - Parameter conditions: The prompt, and what else the network needs to know.
  /// - Returns: What the blocks attend to and are shifted by.
  /// - Throws: ``ConditionError`` for a condition that the network needs or does not know.
  public func prompt(_ conditions: UNetConditions) throws(ConditionError) -> Prompt {
    let encoder = try encoder.prompt(conditions.converted(to: dtype))
    let up = stages.map { $0.context(encoder.states) }
    return Prompt(encoder: encoder, up: up)
  }

  /// The prediction for a prompt.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`; for the models that have them,
  ///     with a mask's, a depth map's or a picture's channels after them.
  ///   - timestep: In [0, 1000], or `ln(sigma) / 4` for the latent upscaler, `[batch]`.
  ///   - prompt: The projected prompts of the batch.
  ///   - extras: What ControlNets and adapters add, and who looks on.
  /// - Returns: The prediction, `[batch, outChannels, height, width]`.
  public func callAsFunction(
    _ x: Tensor, timestep: Tensor, prompt: Prompt, extras: UNetExtras = UNetExtras()
  ) -> Tensor {
    let time = encoder.time(timestep, prompt: prompt.encoder, dtype: dtype)
    let step = UNetStep(
      x: x.converted(to: dtype), time: time, prompt: prompt, extras: extras.converted(to: dtype))
    // Who looks on sees tensors with numbers, and so do draws of what is merged.
    guard let compiled, extras.observer == nil, extras.merging == nil else {
      return prediction(step).converted(to: x.dtype)
    }
    return compiled(step).converted(to: x.dtype)
  }

  /// The same U-Net, whose blocks run compiled.
  ///
  /// The timestep is embedded outside of what is compiled, in the precision of the weights.
  ///
  /// - Parameters:
  ///   - report: Is told why they run as they are, where they cannot be compiled.
  ///   - whenCompiled: Is called when they were compiled for a shape: memory that weights were read
  ///     from may be given back to the system, if it can be read again.
  /// - Returns: The U-Net, which is used as before.
  public func compiled(
    report: @escaping @Sendable (_ reason: String) -> Void = { _ in },
    whenCompiled: @escaping @Sendable () -> Void = {}
  ) -> UNet2DConditionModel {
    var other = self
    other.compiled = Compiled(report: { report($0.description) }, whenCompiled: whenCompiled) {
      [self] in prediction($0)
    }
    return other
  }

  private func prediction(_ step: UNetStep) -> Tensor {
    var extras = step.extras
    var (skips, h) = encoder(
      begun(step.x), time: step.time, prompt: step.prompt.encoder, extras: &extras)
    extras.control?.add(to: &skips, &h)
    for (stage, context) in zip(stages, step.prompt.up) {
      h = stage(h, skips: &skips, time: step.time, prompt: context, extras: extras.attention)
    }
    return ended(h)
  }

  /// The features after the first convolution.
  func begun(_ x: Tensor) -> Tensor {
    let centered = configuration.centerInputSample ? x * 2 - 1 : x
    return encoder.convIn(centered.contiguous(memoryFormat: .channelsLast))
  }

  /// The prediction of the last features.
  func ended(_ h: Tensor) -> Tensor { convOut(normOut.map { $0.silu(h) } ?? h) }
}
