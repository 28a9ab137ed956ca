internal import Compiler
public import Layers
public import Torch

/// A U-Net over latents whose transformers attend to a prompt: the denoiser of Stable Diffusion.
///
/// Rombach et al. 2022, https://arxiv.org/abs/2112.10752, and Podell et al. 2023,
/// https://arxiv.org/abs/2307.01952; equal to diffusers' `UNet2DConditionModel`, whose names the
/// weights have. It predicts the noise or `v`, as it was trained to.
public struct UNet2DConditionModel: Sendable {
  /// The sizes.
  public let configuration: UNet2DConditionConfiguration
  let encoder: UNetEncoder
  let stages: [UpStage]
  let normOut: GroupNorm
  let convOut: Conv2d
  /// The blocks, compiled, if they are to be.
  private var compiled: Compiled<UNetStep, Tensor>?

  /// A U-Net with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: UNet2DConditionConfiguration) {
    self.configuration = configuration
    let sizes = configuration.encoder
    let (width, kernel) = (sizes.blockOutChannels[0], configuration.convOutKernel)
    encoder = UNetEncoder(scope, sizes)
    stages = (0..<sizes.levels).map { UpStage(scope / "up_blocks" / $0, $0, configuration) }
    normOut = GroupNorm(
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
    let encoder = try encoder.prompt(conditions)
    let up = stages.map { $0.layers.map { $0.context(encoder.states) } }
    return Prompt(encoder: encoder, up: up)
  }

  /// The prediction for a prompt.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`; for the models that have them,
  ///     with a mask's, a depth map's or a picture's channels after them.
  ///   - timestep: In [0, 1000], `[batch]`.
  ///   - prompt: The projected prompts of the batch.
  ///   - extras: What ControlNets and adapters add, and who looks on.
  /// - Returns: The prediction, `[batch, outChannels, height, width]`.
  public func callAsFunction(
    _ x: Tensor, timestep: Tensor, prompt: Prompt, extras: UNetExtras = UNetExtras()
  ) -> Tensor {
    let time = encoder.time(timestep, prompt: prompt.encoder, dtype: x.dtype)
    let step = UNetStep(x: x, time: time, prompt: prompt, extras: extras)
    // Who looks on sees tensors with numbers.
    guard let compiled, extras.observer == nil else { return prediction(step) }
    return compiled(step)
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
    let x = configuration.centerInputSample ? step.x * 2 - 1 : step.x
    let features = encoder.convIn(x.contiguous(memoryFormat: .channelsLast))
    var (skips, h) = encoder(
      features, time: step.time, prompt: step.prompt.encoder, extras: &extras)
    if let control = extras.control {
      precondition(control.skips.count == skips.count, "The ControlNet is of another U-Net.")
      skips = zip(skips, control.skips).map { $0 + $1 }
      h = h + control.middle
    }
    for (stage, context) in zip(stages, step.prompt.up) {
      h = stage(h, skips: &skips, time: step.time, prompt: context, observer: extras.observer)
    }
    return convOut(silu(normOut(h)))
  }
}
