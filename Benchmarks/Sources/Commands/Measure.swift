internal import ArgumentParser
internal import Diffusion
internal import Foundation
internal import Layers
internal import Models
internal import Torch
internal import Training

/// A step of the repository's denoiser.
enum Step: String, CaseIterable, ExpressibleByArgument {
  case trainingFloat32 = "training-fp32"
  case trainingBFloat16 = "training-bf16"
  case unetFloat32 = "unet-fp32"
  case unetBFloat16 = "unet-bf16"
  case loraFloat32 = "lora-fp32"
  case loraBFloat16 = "lora-bf16"
  case samplingOne = "sampling-1"
  case samplingEight = "sampling-8"
  case memory = "memory-64"
  case productFloat32 = "product-fp32"
  case productBFloat16 = "product-bf16"

  /// What is measured, for the table.
  var title: String {
    switch self {
    case .trainingFloat32: "training step, 64 pictures, float32"
    case .trainingBFloat16: "training step, 64 pictures, bfloat16"
    case .unetFloat32: "training step of a small U-Net, 8 latents of 32 × 32, float32"
    case .unetBFloat16: "training step of a small U-Net, 8 latents of 32 × 32, bfloat16"
    case .loraFloat32:
      "training step of a LoRA, Stable Diffusion 1.5's size, 1 picture of 256 pixels, float32"
    case .loraBFloat16:
      "training step of a LoRA, Stable Diffusion 1.5's size, 1 picture of 256 pixels, bfloat16"
    case .samplingOne: "sampling step, 1 picture with guidance, float32"
    case .samplingEight: "sampling step, 8 pictures with guidance, float32"
    case .productFloat32: "matrix product of 4,096 × 1,024 × 1,024, float32"
    case .productBFloat16: "matrix product of 4,096 × 1,024 × 1,024, bfloat16"
    case .memory: "memory that a forward pass of 64 pictures needs, float32"
    }
  }

  /// Whether it says anything of this machine: one that emulates bfloat16 is not used with it.
  var isMeant: Bool {
    Machine.hasFastBFloat16
      || ![.trainingBFloat16, .unetBFloat16, .loraBFloat16, .productBFloat16].contains(self)
  }

  /// What the number of a result counts.
  var unit: Contest.Unit { self == .memory ? .megabytes : .seconds }

  /// Whether torch.compile has something to compile in it.
  var isCompiled: Bool {
    [.trainingFloat32, .trainingBFloat16, .unetFloat32, .unetBFloat16].contains(self) || isLoRA
  }

  /// Whether it is one of Stable Diffusion, and not of the repository's denoiser.
  var isLoRA: Bool { self == .loraFloat32 || self == .loraBFloat16 }
}

/// Measures a step in this process, for ``StepContest``: the seconds of its repeats, or megabytes.
struct Measure: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures one step.", shouldDisplay: false)

  @Argument var step: Step
  @Option var model: String
  @Option var threads: Int

  func run() throws {
    Machine.threads = threads
    guard !step.isLoRA else {
      let precision = step == .loraFloat32 ? "fp32" : "bf16"
      return try Sample(calls: LoRASteps(model: model, precision: precision).seconds()).report()
    }
    let url = URL(filePath: model).appending(path: "transformer/config.json")
    let configuration = try JSONDecoder().decode(
      PixArtConfiguration.self, from: Data(contentsOf: url))
    let calls =
      switch step {
      case .trainingFloat32: try training(configuration, nil)
      case .trainingBFloat16: try training(configuration, .bfloat16)
      case .unetFloat32: try unet(nil)
      case .unetBFloat16: try unet(.bfloat16)
      case .samplingOne: try Self.sampling(configuration, pictures: 1)
      case .samplingEight: try Self.sampling(configuration, pictures: 8)
      case .memory: [try memory(configuration)]
      case .productFloat32: try product(.float32)
      case .productBFloat16: try product(.bfloat16)
      case .loraFloat32, .loraBFloat16: [Double]()
      }
    try Sample(calls: calls).report()
  }

  private func training(_ configuration: PixArtConfiguration, _ dtype: DType?) throws -> [Double] {
    let generator = Generator(seed: 0)
    let store = ParameterStore(initializing: generator)
    let network = try store.network { PixArtTransformer($0, configuration) }
    let inputs = DenoiserInputs(configuration, batch: 64, generator)
    return try Self.training(store, inputs.target, dtype) { inputs.run(network) }
  }

  /// Steps of the U-Net that `Benchmarks/Peers/unet.json` describes: 10 million weights.
  private func unet(_ dtype: DType?) throws -> [Double] {
    let generator = Generator(seed: 0)
    let store = ParameterStore(initializing: generator)
    let sizes = try JSONDecoder().decode(
      UNet2DConditionConfiguration.self,
      from: Data(contentsOf: URL(filePath: "Benchmarks/Peers/unet.json")))
    let network = try store.network { UNet2DConditionModel($0, sizes) }
    let x = generator.normal([8, 4, 32, 32])
    let timesteps = generator.uniform([8]) * 1000
    let conditions = UNetConditions(text: generator.normal([8, 77, 256]))
    return try Self.training(store, generator.normal([8, 4, 32, 32]), dtype) {
      network(x, timestep: timesteps, prompt: try network.prompt(conditions))
    }
  }

  /// Steps toward a target, by what a network makes of its inputs.
  private static func training(
    _ store: ParameterStore, _ target: Tensor, _ dtype: DType?, _ output: () throws -> Tensor
  ) throws -> [Double] {
    let optimizer = AdamW(store.parameters, options: AdamW.Options())
    return try time(repeats: 8) {
      let error = try withAutocast(dtype, output).converted(to: .float32) - target
      (error * error).mean().backward()
      optimizer.step(store.parameters.map(\.tensor.gradient), learningRate: 1e-4)
      for parameter in store.parameters { parameter.tensor.clearGradient() }
    }
  }

  static func sampling(_ configuration: PixArtConfiguration, pictures batch: Int) throws -> [Double]
  {
    let generator = Generator(seed: 0)
    let store = ParameterStore(initializing: generator)
    let inputs = DenoiserInputs(configuration, batch: 2 * batch, generator)
    let trained = try store.network { PixArtTransformer($0, configuration) }
    // A sampler prepares the network and projects the prompts once for all its steps.
    let (network, prompt) = try checked {
      withoutGradients {
        (trained.prepared(batch: 2 * batch), trained.prompt(inputs.text, mask: inputs.mask))
      }
    }
    return try Self.time(repeats: 30) {
      withoutGradients { _ = network(inputs.x, timestep: inputs.timesteps, prompt: prompt) }
    }
  }

  /// A linear layer's product without its bias.
  private func product(_ dtype: DType) throws -> [Double] {
    let generator = Generator(seed: 0)
    let x = generator.normal([4096, 1024]).converted(to: dtype)
    let weight = generator.normal([1024, 1024]).converted(to: dtype)
    return try Self.time(repeats: 50) { _ = x.linear(weight, bias: nil) }
  }

  /// The megabytes by which three forward passes raise the process's peak.
  private func memory(_ configuration: PixArtConfiguration) throws -> Double {
    let generator = Generator(seed: 0)
    let store = ParameterStore(initializing: generator)
    let network = try store.network { PixArtTransformer($0, configuration) }
    let inputs = DenoiserInputs(configuration, batch: 64, generator)
    // LibTorch sets itself up in the first call.
    try checked {
      withoutGradients { _ = DenoiserInputs(configuration, batch: 1, generator).run(network) }
    }
    let before = try ResidentMemory.now()
    for _ in 0..<3 { try checked { withoutGradients { _ = inputs.run(network) } } }
    return try ResidentMemory.peak() - before
  }

  /// The seconds of a body, after two calls that do not count.
  private static func time(repeats: Int, _ body: () throws -> Void) throws -> [Double] {
    let clock = ContinuousClock()
    let times = try (0..<repeats + 2).map { _ in
      try clock.measure { try checked(body) } / .seconds(1)
    }
    return Array(times.dropFirst(2))
  }
}
