import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Eleven small U-Nets whose predictions diffusers computed; see `unet2d_condition.py`.
@Suite struct UNet2DConditionModelTests {
  static let networks = [
    "sd1", "sd2", "sdxl", "x4", "pruned", "rare", "label_timestep", "label_identity",
    "label_simple_projection", "adaptive", "adaptive_pair",
  ]

  /// float32; the reference may add in another order.
  static let tolerance = 2e-5

  @Test("every weight is used, and the prediction is diffusers'", arguments: networks)
  func parity(_ name: String) throws {
    let seeded = try SeededNetwork(name)
    let network = try seeded.unet()
    let y = try predict(network, seeded)
    #expect(relativeDistance(y, try seeded.golden["y"]) < Self.tolerance)
  }

  @Test("so it is for latents whose sides are no multiples of the coarsest resolution's")
  func odd() throws {
    let seeded = try SeededNetwork("sd1")
    let network = try seeded.unet()
    let y = try predict(network, seeded, x: try seeded.golden["wide"])
    #expect(relativeDistance(y, try seeded.golden["wide.y"]) < Self.tolerance)
  }

  @Test("a consistency model is told its guidance scale")
  func guidance() throws {
    let seeded = try SeededNetwork("sdxl")
    var conditions = try seeded.conditions()
    conditions.timeCondition = try seeded.golden["guidance"]
    let network = try seeded.unet()
    let y = try predict(network, seeded, conditions)
    #expect(relativeDistance(y, try seeded.golden["guided.y"]) < Self.tolerance)
  }

  @Test("the derivatives by three weights are PyTorch's")
  func gradients() throws {
    let seeded = try SeededNetwork("sd1")
    let configuration: UNet2DConditionConfiguration = try seeded.configuration()
    let store = ParameterStore(loading: seeded.weights, trainable: true)
    let network = try store.network { UNet2DConditionModel($0, configuration) }
    #expect(try seeded.golden.tensors("gradient").count == 3)
    try expectDerivatives(of: seeded.golden, by: store, within: Self.tolerance) {
      try predict(network, seeded)
    }
  }

  @Test("an observer sees what diffusers' attention computes, in order, and changes nothing")
  func observer() throws {
    let seeded = try SeededNetwork("sd1")
    let network = try seeded.unet()
    var looks: [CrossAttentionObserver.Look] = []
    let extras = UNetExtras(observer: CrossAttentionObserver { looks.append($0) })
    let y = try predict(network, seeded, extras: extras)
    #expect(relativeDistance(y, try seeded.golden["y"]) < Self.tolerance)
    let expected = try seeded.golden.tensors("look")
    #expect(Set(looks.map(\.place)) == Set(expected.keys))
    #expect(looks.count == expected.count)
    #expect(looks.first?.place == "down_blocks.0.attentions.0.transformer_blocks.0.attn2")
    #expect(looks.last?.place == "up_blocks.2.attentions.2.transformer_blocks.0.attn2")
    for look in looks {
      let first = look.weights.selected(dim: 0, index: 0)
      let reference = try #require(expected[look.place])
      #expect(relativeDistance(first, reference) < Self.tolerance, "\(look.place)")
      #expect(look.rows * look.columns == look.weights.shape[2])
    }
  }

  @Test("a prediction does not depend on the others of its batch", arguments: ["sd1", "sd2"])
  func batches(_ name: String) throws {
    let seeded = try SeededNetwork(name)
    let network = try seeded.unet()
    func second(_ tensor: Tensor) -> Tensor { tensor.narrowed(dim: 0, start: 1, length: 1) }
    var conditions = UNetConditions(text: second(try seeded.golden["text"]))
    conditions.mask = try seeded.conditions().mask.map(second)
    let alone = try checked {
      network(
        second(try seeded.golden["x"]), timestep: second(try seeded.golden["timestep"]),
        prompt: try network.prompt(conditions))
    }
    #expect(relativeDistance(alone, second(try seeded.golden["y"])) < Self.tolerance)
  }

  @Test(
    "in bfloat16 the prediction is within its precision",
    arguments: ["sd1", "sdxl", "x4", "adaptive_pair"])
  func bfloat16(_ name: String) throws {
    let seeded = try SeededNetwork(name)
    let network = try seeded.unet(dtype: .bfloat16)
    var conditions = try seeded.conditions()
    conditions.text = conditions.text.converted(to: .bfloat16)
    conditions.pooledText = conditions.pooledText?.converted(to: .bfloat16)
    conditions.timeCondition = conditions.timeCondition?.converted(to: .bfloat16)
    let x = try seeded.golden["x"].converted(to: .bfloat16)
    let y = try predict(network, seeded, conditions, x: x)
    #expect(y.dtype == .bfloat16)
    // Eight bits of precision, some thirty layers deep.
    #expect(relativeDistance(y, try seeded.golden["y"]) < 0.08)
  }

  @Test("latents or prompts of other channels are an error and not a crash")
  func misfit() throws {
    let seeded = try SeededNetwork("sd1")
    let network = try seeded.unet()
    for shape in [[2, 3, 8, 8], [2, 4], [3]] {
      #expect(throws: TorchError.self) { try predict(network, seeded, x: .zeros(shape)) }
    }
    let other = UNetConditions(text: .zeros([2, 5, 7]))
    #expect(throws: TorchError.self) { try predict(network, seeded, other) }
  }

  @Test("a condition that the network lacks or needs is an error that says so")
  func conditions() throws {
    let plain = try SeededNetwork("sd1").unet()
    let large = try SeededNetwork("sdxl").unet()
    let x4 = try SeededNetwork("x4").unet()
    let text = UNetConditions(text: .zeros([1, 2, 6]))
    func with(_ path: WritableKeyPath<UNetConditions, Tensor?>) -> UNetConditions {
      var conditions = text
      conditions[keyPath: path] = .zeros([1, 6])
      return conditions
    }
    let cases: [(UNet2DConditionModel, UNetConditions, String)] = [
      (plain, with(\.label), "label: found, but the network has no class_embed_type"),
      (plain, with(\.pooledText), "pooledText: found, but the network has no addition_embed_type"),
      (plain, with(\.sizes), "sizes: found, but the network has no addition_embed_type"),
      (
        plain, with(\.timeCondition),
        "timeCondition: found, but the network has no time_cond_proj_dim"
      ),
      (
        large, text,
        "pooledText: expected, for the network has addition_embed_type, found nothing"
      ),
      (
        large, with(\.pooledText),
        "sizes: expected, for the network has addition_embed_type, found nothing"
      ),
      (x4, text, "label: expected, for the network has num_class_embeds, found nothing"),
    ]
    for (network, conditions, reason) in cases {
      let error = #expect(throws: ConditionError.self) { try network.prompt(conditions) }
      #expect(error?.description == reason)
    }
  }

  @Test(
    "what is written is read again, in half precision",
    arguments: ["sdxl", "pruned", "rare", "adaptive_pair"])
  func writing(_ name: String) throws {
    let folder = try TemporaryFolder()
    let seeded = try SeededNetwork(name)
    let configuration: UNet2DConditionConfiguration = try seeded.configuration()
    try UNet2DConditionModel.write(seeded.weights, configuration, to: folder.url)
    let copy = try UNet2DConditionModel(folder: folder.url)
    #expect(copy.configuration == configuration)
    let y = try predict(copy, seeded)
    // Eleven bits of precision in the weights alone.
    #expect(relativeDistance(y, try seeded.golden["y"]) < 0.01)
  }

  private func predict(
    _ network: UNet2DConditionModel, _ seeded: SeededNetwork, _ conditions: UNetConditions? = nil,
    x: Tensor? = nil, extras: UNetExtras = UNetExtras()
  ) throws -> Tensor {
    try checked {
      network(
        try x ?? seeded.golden["x"], timestep: try seeded.golden["timestep"],
        prompt: try network.prompt(try conditions ?? seeded.conditions()), extras: extras)
    }
  }
}
