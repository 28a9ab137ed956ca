import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Two small autoencoders whose every result diffusers computed; see `oobleck.py`.
@Suite struct AutoencoderOobleckTests {
  static let networks = ["tiny", "odd"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the moments are diffusers'", arguments: networks)
  func encoding(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try AutoencoderOobleck(folder: Golden.file(name))
    let latents = try checked { network.encode(try golden["x"]) }
    #expect(relativeDistance(latents.mean, try golden["mean"]) < Self.tolerance)
    let deviation = (latents.logVariance * 0.5).exponential()
    #expect(relativeDistance(deviation, try golden["deviation"]) < Self.tolerance)
    // diffusers leaves out the half, sums over channels and means over the rest.
    let divergence = (latents.divergence * 2).sum(dims: [1]).mean()
    #expect(relativeDistance(divergence, try golden["divergence"]) < Self.tolerance)
    let sample = latents.sample(try golden["noise"])
    #expect(relativeDistance(sample, try golden["sample"]) < Self.tolerance)
  }

  @Test("latents become diffusers' sounds", arguments: networks)
  func decoding(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try AutoencoderOobleck(folder: Golden.file(name))
    let decoded = try checked { network.decode(try golden["sample"]) }
    #expect(relativeDistance(decoded, try golden["decoded"]) < Self.tolerance)
  }

  @Test("the derivatives by weights of both halves are PyTorch's", arguments: networks)
  func gradients(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let configuration: AutoencoderOobleckConfiguration = try readConfiguration(
      from: Golden.file("\(name)/config.json"))
    let store = ParameterStore(loading: try weights(name), trainable: true)
    let network = try store.network { AutoencoderOobleck($0, configuration) }
    try expectDerivatives(of: golden, by: store, within: Self.tolerance) {
      network.decode(network.encode(try golden["x"]).mean)
    }
  }

  @Test("names of parametrizations are read as those of weight_norm")
  func parametrized() throws {
    let golden = try Golden("odd/golden.safetensors")
    let plain = try weights("odd")
    var renamed: [String: Tensor] = [:]
    for name in plain.names {
      let new =
        name.replacing("weight_g", with: "parametrizations.weight.original0")
        .replacing("weight_v", with: "parametrizations.weight.original1")
      renamed[new] = try plain.tensor(name)
    }
    let folder = try TemporaryFolder()
    try Safetensors.write(
      renamed.sorted { $0.key < $1.key }.map { Safetensors.Draft($0.key, $0.value) },
      to: folder.file("diffusion_pytorch_model.safetensors"))
    try FileManager.default.copyItem(
      at: Golden.file("odd/config.json"), to: folder.file("config.json"))
    let network = try AutoencoderOobleck(folder: folder.url)
    let decoded = try checked { network.decode(try golden["sample"]) }
    #expect(relativeDistance(decoded, try golden["decoded"]) < Self.tolerance)
  }

  @Test("all misfits are in one error")
  func misfits() throws {
    let configuration: AutoencoderOobleckConfiguration = try readConfiguration(
      from: Golden.file("odd/config.json"))
    var tensors: [String: Tensor] = [:]
    let plain = try weights("odd")
    for name in plain.names { tensors[name] = try plain.tensor(name) }
    tensors["decoder.conv2.bias"] = Tensor.zeros([1])
    tensors["encoder.conv1.weight_g"] = Tensor.zeros([5, 1, 1])
    tensors["decoder.snake1.beta"] = nil
    let store = ParameterStore(loading: WeightSource(tensors))
    let error = #expect(throws: LoadingError.self) {
      try store.network { AutoencoderOobleck($0, configuration) }
    }
    #expect(
      error?.problems == [
        .misshapen("encoder.conv1.weight_g", expected: [4, 1, 1], found: [5, 1, 1]),
        .missing("decoder.snake1.beta", [1, 5, 1]), .unexpected("decoder.conv2.bias"),
      ])
  }

  @Test("an autoencoder that is written is read again", arguments: networks)
  func writing(_ name: String) throws {
    let network = try AutoencoderOobleck(folder: Golden.file(name))
    let folder = try TemporaryFolder()
    try AutoencoderOobleck.write(try weights(name), network.configuration, to: folder.url)
    let copy = try AutoencoderOobleck(folder: folder.url)
    #expect(copy.configuration == network.configuration)
    let golden = try Golden("\(name)/golden.safetensors")
    let decoded = try checked { copy.decode(try golden["sample"]) }
    // Eleven bits of precision in the weights alone.
    #expect(relativeDistance(decoded, try golden["decoded"]) < 0.02)
  }

  @Test(
    "an impossible size is refused, by name",
    arguments: [
      ("audio_channels", "0", "audio_channels: expected 1 or more, found 0"),
      ("downsampling_ratios", "[]", "downsampling_ratios: expected 1 to 16 stages, found 0"),
      ("downsampling_ratios", "[2, 0, 2]", "downsampling_ratios: expected 1 to 1024, found 0"),
      ("channel_multiples", "[1, 2]", "channel_multiples: expected 3, one a stage, found 2"),
      ("channel_multiples", "[1, 2, 2000]", "channel_multiples: expected 1 to 1024, found 2000"),
      (
        "encoder_hidden_size", "8",
        "encoder_hidden_size: expected 6, a mean and a scale of each latent, found 8"
      ),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: AutoencoderOobleckConfiguration.self, in: Golden.file("tiny/config.json"), key, json)
    #expect(found == reason)
  }

  @Test("keys that are missing have diffusers' defaults, and the published reduction is 2048")
  func defaults() throws {
    let found = try JSONDecoder().decode(
      AutoencoderOobleckConfiguration.self, from: Data("{}".utf8))
    #expect(found == AutoencoderOobleckConfiguration())
    #expect(found.reduction == 2048)
  }

  private func weights(_ name: String) throws -> WeightSource {
    WeightSource(
      try Checkpoint(
        contentsOf: Golden.file(name).appending(path: "diffusion_pytorch_model.safetensors")))
  }
}
