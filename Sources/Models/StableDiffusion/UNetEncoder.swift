internal import Layers
internal import Torch

/// The contracting half of a conditional U-Net and its middle, as a ControlNet has them too.
struct UNetEncoder: Sendable {
  let convIn: Conv2d
  let embedding: UNetEmbedding
  let textProjection: Linear?
  let stages: [any ContractingStage]
  let middle: MiddleStage?
  /// Whether the features before the first stage are handed across too.
  let handsFirst: Bool

  init(_ scope: Scope, _ configuration: UNetEncoderConfiguration) {
    let kernel = configuration.convInKernel
    convIn = Conv2d(
      scope / "conv_in", configuration.inChannels, configuration.blockOutChannels[0],
      kernel: kernel, padding: (kernel - 1) / 2)
    embedding = UNetEmbedding(scope, configuration)
    textProjection = configuration.encoderHidDim.map {
      Linear(scope / "encoder_hid_proj", $0, configuration.crossAttentionDim[0])
    }
    stages = (0..<configuration.levels).map { level -> any ContractingStage in
      let place = scope / "down_blocks" / level
      return configuration.isAdaptive
        ? AdaptiveDownStage(place, level: level, configuration)
        : DownStage(place, level: level, configuration)
    }
    handsFirst = !configuration.isAdaptive
    middle = configuration.midBlockType.map { MiddleStage(scope / "mid_block", $0, configuration) }
  }

  /// What is the same at every step.
  struct Prompt: Sendable {
    let down: [[UNetLayer.Context]]
    let middle: UNetLayer.Context
    let embedding: Tensor?
    let timeCondition: Tensor?
    /// What the other half is to project.
    let states: PromptStates
  }

  func prompt(_ conditions: UNetConditions) throws(ConditionError) -> Prompt {
    let text = textProjection?(conditions.text) ?? conditions.text
    let mask = conditions.mask.map {
      ((1 - $0.converted(to: text.dtype)) * -10000.0).unsqueezed(1, 1)
    }
    let states = PromptStates(text: text, mask: mask, images: conditions.images)
    return Prompt(
      down: stages.map { $0.context(states) },
      middle: middle?.context(states) ?? [], embedding: try embedding.constant(conditions),
      timeCondition: conditions.timeCondition, states: states)
  }

  /// The embedded timestep as the blocks take it, `[batch, timeChannels]`.
  func time(_ timestep: Tensor, prompt: Prompt, dtype: DType) -> Tensor {
    embedding(
      timestep, constant: prompt.embedding, condition: prompt.timeCondition, dtype: dtype)
  }

  /// - Parameters:
  ///   - x: The features after the first convolution.
  ///   - time: The embedded timestep.
  ///   - prompt: What the transformers attend to.
  ///   - extras: What else the blocks are told; an adapter's features are used up.
  /// - Returns: What is handed across to the other half, finest first, and the middle's features.
  func callAsFunction(
    _ x: Tensor, time: Tensor, prompt: Prompt, extras: inout UNetExtras
  ) -> (skips: [Tensor], middle: Tensor) {
    var (h, skips) = (x, handsFirst ? [x] : [])
    goOn(from: 0, &h, skips: &skips, time: time, prompt: prompt, extras: &extras)
    return (skips, h)
  }

  /// The stages from one on, and the middle.
  func goOn(
    from first: Int, _ h: inout Tensor, skips: inout [Tensor], time: Tensor, prompt: Prompt,
    extras: inout UNetExtras
  ) {
    for (stage, context) in zip(stages, prompt.down).dropFirst(first) {
      stage(&h, skips: &skips, time: time, prompt: context, extras: &extras)
    }
    if let middle {
      h = middle(h, time: time, prompt: prompt.middle, extras: extras.attention)
      if let next = extras.adapter.first, next.shape == h.shape { h = extras.adapted(h) }
    }
  }
}
