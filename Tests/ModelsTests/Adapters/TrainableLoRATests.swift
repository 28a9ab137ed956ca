import Checkpoints
import Diffusion
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Matrices that are trained beside a U-Net's layers, as PEFT trains them.
@Suite("LoRA: training")
struct TrainableLoRATests {
  private let golden: Golden
  private let base: SeededNetwork
  private let sizes: UNet2DConditionConfiguration
  private let matrices: WeightSource

  init() throws {
    golden = try Golden("training.safetensors")
    base = try SeededNetwork("sd1")
    sizes = try base.configuration()
    var tensors: [String: Tensor] = [:]
    for name in golden.names where name.contains("lora_") && !name.hasPrefix("gradient.") {
      tensors[name] = try golden[name]
    }
    matrices = WeightSource(tensors)
  }

  private func lora(_ layers: [String] = ["to_q", "to_k", "to_v", "to_out.0", "ff.net.2"]) throws
    -> TrainableLoRA
  {
    try TrainableLoRA(sizes, layers: layers, rank: 3, alpha: 6)
  }

  private func network(_ additions: [String: LowRank]) throws -> UNet2DConditionModel {
    try ParameterStore(loading: base.weights, dtype: .float64, adding: additions)
      .network { UNet2DConditionModel($0, sizes) }
  }

  private func loss(
    _ unet: UNet2DConditionModel, _ weighting: LossWeighting = .uniform
  ) throws -> Tensor {
    let chain = try DiscreteSchedule(.scaledLinear())
    let prompt = try unet.prompt(UNetConditions(text: golden["text"]))
    let levels = try golden["t"].values(as: Double.self).map { chain.level(at: $0) }
    return try DenoisingObjective(.epsilon, schedule: chain, weighting: weighting)(
      x0: golden["x0"], epsilon: golden["epsilon"], levels: levels
    ) { x, timesteps in unet(x, timestep: timesteps, prompt: prompt) }
  }

  @Test("the loss and what it says of every matrix are PEFT's")
  func gradients() throws {
    let store = ParameterStore(loading: matrices, dtype: .float64, trainable: true)
    let unet = try network(lora().additions(store))
    let loss = try loss(unet)
    #expect(relativeDistance(loss.detached(), try golden["loss"]) < 1e-6)
    loss.backward()
    #expect(store.parameters.count == 198)
    for parameter in store.parameters {
      let found = try #require(parameter.tensor.gradient, "\(parameter.name)")
      let expected = try golden["gradient.\(parameter.name)"]
      // diffusers' chain and its embedding of timesteps are in float32.
      #expect(relativeDistance(found, expected) < 1e-4, "\(parameter.name)")
    }
    let weighted = try withoutGradients { try self.loss(unet, .minSNR()) }
    #expect(relativeDistance(weighted, try golden["snr"]) < 1e-6)
  }

  @Test("new matrices add nothing, and are drawn as PEFT draws them")
  func start() throws {
    let store = ParameterStore(initializing: Generator(seed: 1))
    let additions = try lora().additions(store)
    func network(_ additions: [String: LowRank]) throws -> UNet2DConditionModel {
      try ParameterStore(loading: base.weights, adding: additions)
        .network { UNet2DConditionModel($0, sizes) }
    }
    func loss(_ unet: UNet2DConditionModel) throws -> Tensor {
      let prompt = try unet.prompt(UNetConditions(text: golden["text"].converted(to: .float32)))
      return unet(
        try golden["x0"].converted(to: .float32), timestep: .full([2], 500), prompt: prompt)
    }
    let (own, plain) = try withoutGradients {
      (try loss(network(additions)), try loss(network([:])))
    }
    #expect(distance(own, plain) == 0)
    for parameter in store.parameters where parameter.name.hasSuffix("lora_A.weight") {
      let (x, bound) = (parameter.tensor.detached(), pow(Double(parameter.tensor.shape[1]), -0.5))
      #expect(x.absolute().maximum().item() <= bound && x.absolute().maximum().item() > bound / 2)
    }
  }

  @Test("what is written is a LoRA that changes a network as the matrices do")
  func file() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("lora.safetensors")
    try lora().write(matrices, notes: ["ss_sd_model_name": "tiny"], to: file)
    let written = try LoRA(contentsOf: file)
    #expect(written.layers == [.unet: 99] && written.ranks == [3])
    #expect(written.metadata["ss_sd_model_name"] == "tiny")
    let merged = try base.weights.adapted(by: [WeightedLoRA(written)], as: .unet)
    let store = ParameterStore(loading: matrices)
    let (found, expected, plain) = try withoutGradients {
      let unet = try ParameterStore(loading: merged, dtype: .float64)
        .network { UNet2DConditionModel($0, sizes) }
      return (
        try loss(unet), try loss(network(lora().additions(store))), try loss(network([:]))
      )
    }
    // The file is in half precision.
    #expect(relativeDistance(found, expected) < 1e-3)
    #expect(relativeDistance(plain, expected) > 1e-2)
  }

  @Test("an end that no linear layer has is refused, with those that it may have meant")
  func unknown() throws {
    let error = #expect(throws: TrainableLoRAError.self) { try lora(["to_q", "to_query"]) }
    #expect(error?.end == "to_query" && error?.nearest.first == "to_q")
    #expect("\(try #require(error))".contains("found to_query"))
    // A convolution has a kernel, to which no product of two matrices is added.
    #expect(throws: TrainableLoRAError.self) { try lora(["conv1"]) }
  }

  @Test("an addition that no layer asks for is refused with its name")
  func unasked() throws {
    let store = ParameterStore(initializing: Generator(seed: 1))
    let addition = try store.network { LowRank($0 / "conv_in", 4, 8, rank: 2, alpha: 2) }
    let error = #expect(throws: LoadingError.self) { try network(["conv_in": addition]) }
    #expect(error?.problems == [.unexpected("conv_in.lora_A.weight")])
  }
}
