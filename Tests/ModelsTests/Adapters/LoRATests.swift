import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Checkpoints
@testable import Models

/// What LoRAs do to weights, by numbers that are known beforehand.
@Suite("LoRA")
struct LoRATests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A U-Net of two layers.
  private let weights: [String: Tensor] = [
    "conv_in.weight": Tensor.ones([2, 1, 1, 1]), "conv_in.bias": Tensor([Float(1), 2]),
    "mid_block.attentions.0.proj_in.weight": Tensor([Float(3), 0, 0, 4], shape: [2, 2]),
  ]
  private let place = "lora_unet_mid_block_attentions_0_proj_in"
  private let name = "mid_block.attentions.0.proj_in.weight"

  private func lora(
    _ tensors: [String: Tensor], named file: String = "a.safetensors",
    metadata: [String: String] = [:]
  ) throws -> LoRA {
    let url = folder.file(file)
    try Safetensors.write(
      tensors.sorted { $0.key < $1.key }.map { Safetensors.Draft($0.key, $0.value) },
      metadata: metadata, to: url)
    return try LoRA(contentsOf: url)
  }

  /// `B A = [[1, 2], [0, 0]]`, with α over the rank as given.
  private func product(alpha: Float? = nil) -> [String: Tensor] {
    var tensors = [
      "\(place).lora_up.weight": Tensor([Float(1), 0], shape: [2, 1]),
      "\(place).lora_down.weight": Tensor([Float(1), 2], shape: [1, 2]),
    ]
    tensors["\(place).alpha"] = alpha.map { Tensor($0) }
    return tensors
  }

  private func merged(_ loras: [WeightedLoRA], _ name: String? = nil) throws -> [Float] {
    let source = try WeightSource(weights).adapted(by: loras, as: .unet)
    return try source.tensor(name ?? self.name).values(as: Float.self)
  }

  @Test("the change is the product, times α over the rank, times the weight")
  func scales() throws {
    #expect(try merged([WeightedLoRA(lora(product()))]) == [4, 2, 0, 4])
    let half = try lora(product(alpha: 0.5))
    #expect(try merged([WeightedLoRA(half)]) == [3.5, 1, 0, 4])
    #expect(try merged([WeightedLoRA(half, weight: -2)]) == [2, -2, 0, 4])
  }

  @Test("a weight of 0 leaves the very weights, and so does a LoRA of no layer of the network")
  func nothing() throws {
    let lora = try lora(product())
    #expect(try merged([WeightedLoRA(lora, weight: 0)]) == [3, 0, 0, 4])
    let text = WeightSource(["text_model.final_layer_norm.weight": Tensor.ones([2])])
    let adapted = try text.adapted(by: [WeightedLoRA(lora)], as: .textEncoder)
    #expect(try distance(adapted.tensor("text_model.final_layer_norm.weight"), .ones([2])) == 0)
  }

  @Test("several add up, in any order, also with magnitudes")
  func several() throws {
    let first = WeightedLoRA(try lora(product(alpha: 0.5), named: "a.safetensors"), weight: 2)
    var tensors = product()
    tensors["\(place).dora_scale"] = Tensor([Float(10), 4], shape: [2, 1])
    let second = WeightedLoRA(try lora(tensors, named: "b.safetensors"), weight: 0.5)
    // W' has the rows (4, 2) and (0, 4), scaled to the lengths 10 and 4.
    let length = (20.0 as Float).squareRoot()
    let expected: [Float] = [3 + 1 + (40 / length - 3) / 2, 2 + (20 / length) / 2, 0, 4]
    for order in [[first, second], [second, first]] {
      for (found, wanted) in zip(try merged(order), expected) {
        #expect(abs(found - wanted) < 1e-5)
      }
    }
  }

  @Test("magnitudes stand for outputs or for inputs, as their shape says; a row of zeros stays")
  func magnitudes() throws {
    var tensors = product()
    tensors["\(place).dora_scale"] = Tensor([Float(8), 10], shape: [1, 2])
    // The columns (4, 0) and (2, 4).
    let length = (20.0 as Float).squareRoot()
    let expected: [Float] = [8, 20 / length, 0, 40 / length]
    for (found, wanted) in zip(try merged([WeightedLoRA(lora(tensors))]), expected) {
      #expect(abs(found - wanted) < 1e-5)
    }
    let zeros = WeightSource([name: Tensor.zeros([2, 2])])
    var outputs = product()
    outputs["\(place).dora_scale"] = Tensor([Float(5), 5], shape: [2, 1])
    let adapted = try zeros.adapted(by: [WeightedLoRA(lora(outputs))], as: .unet)
    let found = try adapted.tensor(name).values(as: Float.self)
    #expect(found[2...] == [0, 0] && abs(found[0] * found[0] + found[1] * found[1] - 25) < 1e-4)
  }

  @Test("biases, normalizations and kernels of one element are changed too")
  func others() throws {
    let lora = try lora([
      "unet.conv_in.diff": Tensor([Float(1), -1], shape: [2, 1]),
      "unet.conv_in.diff_b": Tensor([Float(4), 5]),
    ])
    #expect(try merged([WeightedLoRA(lora, weight: 0.5)], "conv_in.weight") == [1.5, 0.5])
    #expect(try merged([WeightedLoRA(lora, weight: 0.5)], "conv_in.bias") == [3, 4.5])
  }

  @Test("text encoders can have a weight of their own, and half precision is merged in float32")
  func ownWeights() throws {
    let text = WeightSource([
      "text_model.encoder.layers.0.mlp.fc1.weight": Tensor.ones([1, 1]).converted(to: .float16)
    ])
    let change = Tensor.ones([1, 1]) / 4096.0
    let lora = try lora([
      "lora_te_text_model_encoder_layers_0_mlp_fc1.diff": change,
      "\(place).diff": Tensor.ones([2, 2]),
    ])
    let adapted = try WeightSource.adapted(
      [.unet: WeightSource(weights), .textEncoder: text],
      by: [WeightedLoRA(lora, weight: 2, textEncoderWeight: 1)])
    let found = try #require(try adapted[.textEncoder]?.tensor(text.names[0]))
    #expect(found.dtype == .float32 && found.item() == 1 + 1 / 4096)
    #expect(try adapted[.unet]?.tensor(name).values(as: Float.self) == [5, 2, 2, 6])
  }

  @Test("text encoders are known with transformers' older names and with its newer ones")
  func textNames() throws {
    let names = ["text_model.encoder.layers.0.mlp.fc1", "encoder.layers.0.mlp.fc1"]
    for (file, spelled) in ["text_encoder.\(names[0])", "text_encoder.\(names[1])"].enumerated() {
      let lora = try lora(["\(spelled).diff": Tensor.ones([1, 1])], named: "\(file).safetensors")
      for name in names {
        let source = WeightSource(["\(name).weight": Tensor.ones([1, 1])])
        let adapted = try source.adapted(by: [WeightedLoRA(lora)], as: .textEncoder)
        #expect(try adapted.tensor("\(name).weight").item() == 2)
      }
    }
  }

  @Test("PEFT's notes say the scale of a network, of a module and of rank-stabilized products")
  func settings() throws {
    let tensors = [
      "unet.mid_block.attentions.0.proj_in.lora_B.weight": Tensor.ones([2, 4]),
      "unet.mid_block.attentions.0.proj_in.lora_A.weight": Tensor.ones([4, 2]),
    ]
    for (notes, scale) in [
      (#"{"unet.lora_alpha": 8, "unet.r": 4}"#, 2.0 as Float),
      (#"{"text_encoder.lora_alpha": 8}"#, 1),
      (#"{"unet.lora_alpha": 8, "unet.use_rslora": true}"#, 4),
      (#"{"unet.lora_alpha": 8, "unet.alpha_pattern": {"proj_in": 2}}"#, 0.5),
      (#"{"unet.lora_alpha": 8, "unet.alpha_pattern": {"oj_in": 2}}"#, 2),
    ] {
      let lora = try lora(tensors, metadata: ["lora_adapter_metadata": notes])
      let d = 4 * scale
      #expect(try merged([WeightedLoRA(lora)]) == [3 + d, d, d, 4 + d], "\(notes)")
    }
    #expect(throws: ConfigurationError.self) {
      try lora(tensors, metadata: ["lora_adapter_metadata": #"{"unet.lora_alpha": "8"}"#])
    }
  }

  // MARK: What does not fit

  private func problems(_ tensors: [String: Tensor]) throws -> [LoRAError.Problem] {
    let error = #expect(throws: LoRAError.self) {
      try WeightSource.adapted([.unet: WeightSource(weights)], by: [WeightedLoRA(lora(tensors))])
    }
    let found = try #require(error)
    #expect(found.file.hasSuffix("a.safetensors"))
    return found.problems
  }

  @Test("names that no dialect has, and parts that are missing or too much, are all named at once")
  func refusedParts() throws {
    let one = Tensor.ones([1, 1])
    #expect(
      try problems([
        "lora_unet_conv_in.lora_donw.weight": one, "bundle_emb.x.emb_params": one,
        "\(place).lora_up.weight": one, "lora_te_a.hada_w1_a": one, "lora_te_b.alpha": one,
        "unet.conv_out.diff": one, "unet.conv_out.lokr_w1": one, "unet.conv_out.lokr_w2": one,
        "unet.up_blocks.0.lora_A.weight": one, "unet.up_blocks.0.lora_A.other.weight": one,
        "unet.up_blocks.0.lora_B.weight": one, "transformer.blocks.0.lora_A.weight": one,
      ]) == [
        .unknown(name: "bundle_emb.x.emb_params", nearest: nil),
        .unknown(name: "lora_unet_conv_in.lora_donw.weight", nearest: "lora_down.weight"),
        .foreign(name: "transformer.blocks.0.lora_A.weight"),
        .repeated("unet.up_blocks.0.lora_A.other.weight", "unet.up_blocks.0.lora_A.weight"),
        .incomplete(place: "lora_te_a", missing: ["hada_w1_b"]),
        .incomplete(place: "lora_te_b", missing: ["lora_down.weight", "lora_up.weight"]),
        .incomplete(place: place, missing: ["lora_down.weight"]),
        .surplus(place: "unet.conv_out", found: ["unet.conv_out.diff"]),
      ])
  }

  @Test("layers, shapes and networks that the model lacks are all named at once")
  func refusedLayers() throws {
    #expect(
      try problems([
        "lora_unet_mid_block_attentions_0_proj_on.diff": Tensor.ones([2, 2]),
        "lora_unet_conv_in.diff": Tensor.ones([3, 1]),
        "lora_te2_text_projection.diff": Tensor.ones([2, 2]),
        "unet.mid_block.attentions.0.proj_in.diff": Tensor.ones([2, 2]),
        "\(place).diff": Tensor.ones([2, 2]),
      ]) == [
        .misshapen(place: "lora_unet_conv_in", expected: [2, 1, 1, 1], found: [3, 1]),
        .noModule(
          place: "lora_unet_mid_block_attentions_0_proj_on", network: .unet,
          nearest: "mid_block_attentions_0_proj_in"),
        .repeated(place, "unet.mid_block.attentions.0.proj_in"),
        .noNetwork(.textEncoder2, modules: 1),
      ])
    var parts = product()
    parts["\(place).lora_up.weight"] = Tensor.ones([2, 3])
    #expect(
      try problems(parts) == [.misshapen(place: place, expected: [2, 2], found: nil)])
    var magnitude = product()
    magnitude["\(place).dora_scale"] = Tensor.ones([3, 1])
    #expect(
      try problems(magnitude) == [.misshapen(place: place, expected: [1, 2], found: [3, 1])])
    #expect(
      try problems(["\(place).diff_b": Tensor.ones([2])])
        == [.misshapen(place: place, expected: [], found: [2])])
  }

  @Test("a scale that takes the change away is an error, not silence")
  func refusedScales() throws {
    let zero = try problems(product(alpha: 0))
    #expect(
      zero == [
        .scale(
          place: "\(place).alpha",
          reason: "expected a scale other than 0, found 0.0: it has no effect")
      ])
    var tensors = product()
    tensors["\(place).alpha"] = Tensor.ones([2])
    #expect(
      try problems(tensors) == [.scale(place: "\(place).alpha", reason: "expected one number")])
    var untrained = product()
    untrained["\(place).lora_up.weight"] = Tensor.zeros([2, 1])
    #expect(try problems(untrained) == [.noEffect])
    untrained["unet.conv_in.diff"] = Tensor.ones([2, 1])
    #expect(try merged([WeightedLoRA(lora(untrained))]) == [3, 0, 0, 4])
    #expect(
      zero[0].description == "\(place).alpha: expected a scale other than 0, found 0.0: it "
        + "has no effect")
  }
}
