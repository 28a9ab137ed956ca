internal import ArgumentParser
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// Measures a network in this process, for ``NetworkContest``.
struct MeasureNetwork: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network", abstract: "Measures one network, and writes what it computes.",
    shouldDisplay: false)

  @Option var network: Network
  @Option var folder: String
  @Option var engine: NetworkEngine
  @Option var precision: NetworkPrecision
  @Option var side: Int
  @Option var batch: Int
  @Option var tokens: Int
  @Option var threads: Int
  @Option var calls: Int
  @Option(help: "Gets the result's numbers in float32.") var result: String

  func run() throws {
    guard engine.isOwn else { throw ValidationError("\(engine.title) is not measured here") }
    Machine.threads = threads
    let call = try prepared()
    var output = Tensor.zeros([1])
    let times = try (0...calls).map { _ in
      try ContinuousClock().measure {
        output = try checked { try withoutGradients { try call() } }
      } / .seconds(1)
    }
    try output.withUnsafeBytes(as: .float32) { bytes in
      try Data(bytes).write(to: URL(filePath: result))
    }
    try Sample(calls: Array(times.dropFirst()), first: times[0]).report()
  }

  /// The network and what it is given, which PyTorch draws too: from the seed 0, in this order.
  private func prepared() throws -> () throws -> Tensor {
    let place = URL(filePath: folder)
    let generator = Generator(seed: 0)
    let matrices = MatrixStorage(
      dtype: precision == .float32 ? .float32 : .bfloat16, areQuantized: precision == .int8)
    let report: @Sendable (String) -> Void = { note("not compiled: \($0)") }
    switch network {
    case .sd1UNet, .sdxlUNet:
      let plain = try UNet2DConditionModel(folder: place, matrices: matrices)
      let unet = engine == .compiled ? plain.compiled(report: report) : plain
      let sizes = plain.configuration.encoder
      let x = generator.normal([batch, sizes.inChannels, side, side])
      var conditions = UNetConditions(
        text: generator.normal([batch, tokens, sizes.crossAttentionDim.max() ?? 0]))
      if network == .sdxlUNet {
        conditions.pooledText = generator.normal([batch, 1280])
        conditions.sizes = .full([batch, 6], 512)
      }
      let prompt = try checked { try withoutGradients { try unet.prompt(conditions) } }
      return { unet(x, timestep: .full([batch], 500), prompt: prompt) }
    case .dit:
      let plain = try DiTTransformer(folder: place, matrices: matrices)
      let transformer =
        engine == .compiled ? plain.compiled(report: report) : plain.prepared(batch: batch)
      let x = generator.normal([batch, plain.configuration.inChannels, side, side])
      let labels = Tensor(Array(repeating: Int64(207), count: batch))
      return { transformer(x, timesteps: .full([batch], 500), labels: labels) }
    case .pixart, .emoji:
      let plain = try PixArtTransformer(folder: place, matrices: matrices)
      let size = plain.configuration
      let x = generator.normal([batch, size.inChannels, side, side])
      let text = generator.normal([batch, tokens, size.captionChannels])
      // A sampler prepares the network and projects the prompts once for all its steps.
      let transformer =
        engine == .compiled ? plain.compiled(report: report) : plain.prepared(batch: batch)
      let prompt = try checked {
        withoutGradients { transformer.prompt(text, mask: .ones([batch, tokens])) }
      }
      return { transformer(x, timestep: .full([batch], 500), prompt: prompt) }
    case .decoder:
      let plain = try AutoencoderKL(folder: place, matrices: matrices)
      let autoencoder = engine == .compiled ? plain.compiled(report: report) : plain
      let latents = generator.normal([batch, plain.configuration.latentChannels, side, side])
      return { autoencoder.decode(latents) }
    case .clipText:
      let tokenizer = try CLIPTokenizer(
        folder: place.deletingLastPathComponent().appending(path: "tokenizer"))
      let encoder = try CLIPTextEncoder(
        folder: place, tokenizer: tokenizer, matrices: matrices)
      let prompts = Array(repeating: "a red apple", count: batch)
      return { try encoder.encode(prompts).states }
    }
  }
}
