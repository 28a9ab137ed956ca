public import Layers
public import Torch

/// A transformer over the latents of a sound that attends to a prompt.
///
/// Evans et al. 2024, section 2.3, https://arxiv.org/abs/2407.14358; equal to diffusers'
/// `StableAudioDiTModel`, whose names the weights have.
public struct StableAudioTransformer: Sendable {
  /// The sizes.
  public let configuration: StableAudioConfiguration
  let frequencies: Tensor
  let time: Projection
  let global: Projection
  let text: Projection
  let preprocess: Conv1d
  let projectionIn: Linear
  let blocks: [StableAudioBlock]
  let projectionOut: Linear
  let postprocess: Conv1d

  /// A transformer with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: StableAudioConfiguration) {
    self.configuration = configuration
    let channels = configuration.channels
    let (inputs, outputs) = (configuration.inChannels, configuration.outChannels)
    frequencies = scope.parameter(
      "time_proj.weight", [configuration.timeProjDim / 2], .normal(1))
    time = Projection(
      scope / "timestep_proj", configuration.timeProjDim, channels, bias: true)
    global = Projection(
      scope / "global_proj", configuration.globalStatesInputDim, channels, bias: false)
    text = Projection(
      scope / "cross_attention_proj", configuration.crossAttentionInputDim,
      configuration.crossAttentionDim, bias: false)
    preprocess = Conv1d(scope / "preprocess_conv", inputs, inputs, kernel: 1, bias: false)
    projectionIn = Linear(scope / "proj_in", inputs, channels, bias: false)
    blocks = (0..<configuration.numLayers).map {
      StableAudioBlock(scope / "transformer_blocks" / $0, configuration)
    }
    projectionOut = Linear(scope / "proj_out", channels, outputs, bias: false)
    postprocess = Conv1d(scope / "postprocess_conv", outputs, outputs, kernel: 1, bias: false)
  }

  /// Two linear maps with an activation between them, named `0` and `2`.
  struct Projection: Sendable {
    let first: Linear
    let second: Linear

    init(_ scope: Scope, _ inputs: Int, _ channels: Int, bias: Bool) {
      first = Linear(scope / 0, inputs, channels, bias: bias)
      second = Linear(scope / 2, channels, channels, bias: bias)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { second(silu(first(x))) }
  }

  /// A prompt as the blocks attend to it, projected once for all steps of a sampler.
  public struct Prompt: Sendable {
    let contexts: [Attention.Context]
    let global: Tensor
  }

  /// Projects a prompt for every block.
  ///
  /// - Parameters:
  ///   - text: The states of the words and of both numbers of seconds,
  ///     `[batch, words, crossAttentionInputDim]`.
  ///   - global: What is said of the whole sound, the states of both numbers side by side,
  ///     `[batch, 1, globalStatesInputDim]`.
  /// - Returns: What the blocks attend to.
  public func prompt(_ text: Tensor, global: Tensor) -> Prompt {
    let states = self.text(text)
    return Prompt(
      contexts: blocks.map { $0.crossAttention.context(states) }, global: self.global(global))
  }

  /// The prediction for a prompt.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, length]`.
  ///   - timestep: `[batch]`.
  ///   - prompt: The projected prompts of the batch.
  /// - Returns: The prediction, `[batch, outChannels, length]`.
  public func callAsFunction(_ x: Tensor, timestep: Tensor, prompt: Prompt) -> Tensor {
    let waves = fourierEmbedding(timestep, frequencies: frequencies, cosinesFirst: true)
    let first = prompt.global + time(waves.converted(to: frequencies.dtype)).unsqueezed(1)
    let latents = projectionIn((preprocess(x) + x).transposed(1, 2))
    // A token that stands before the sound says what it is to be, and how noisy it is.
    var h = concatenate(first, latents, dim: 1)
    let rotary = RotaryEmbedding(
      length: h.shape[1], channels: configuration.attentionHeadDim / 2)
    for (block, context) in zip(blocks, prompt.contexts) {
      h = block(h, prompt: context, rotary: rotary)
    }
    let y = projectionOut(h).transposed(1, 2).narrowed(dim: 2, start: 1, length: x.shape[2])
    return postprocess(y) + y
  }
}
