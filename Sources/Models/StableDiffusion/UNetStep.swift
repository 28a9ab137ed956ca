internal import Compiler
internal import Torch

/// What the blocks of a U-Net are given at a step.
struct UNetStep: TensorStructure {
  /// The latents, and what the network sees beside them.
  var x: Tensor
  /// `silu` of the embedded timestep.
  var time: Tensor
  /// What the transformers attend to.
  var prompt: UNet2DConditionModel.Prompt
  /// What else the blocks are told; who looks on is no part of the structure.
  var extras: UNetExtras

  func mapTensors(_ body: (Tensor) -> Tensor) -> UNetStep {
    var other = self
    other.x = body(x)
    other.time = body(time)
    other.prompt = UNet2DConditionModel.Prompt(
      encoder: prompt.encoder.mapTensors(body), up: prompt.up.mapTensors(body))
    other.extras.control = extras.control.map {
      ControlResiduals(skips: $0.skips.mapTensors(body), middle: body($0.middle))
    }
    other.extras.adapter = extras.adapter.mapTensors(body)
    return other
  }

  var numbers: [Double] {
    let control = (extras.control?.skips).numbers + extras.adapter.numbers
    return prompt.encoder.numbers + prompt.up.numbers + control
  }
}

extension UNetEncoder.Prompt: TensorStructure {
  /// What the blocks read; the rest is used before them.
  func mapTensors(_ body: (Tensor) -> Tensor) -> UNetEncoder.Prompt {
    UNetEncoder.Prompt(
      down: down.mapTensors(body), middle: middle.mapTensors(body), embedding: embedding,
      timeCondition: timeCondition, states: states)
  }

  var numbers: [Double] { down.numbers + middle.numbers }
}
