import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Three small autoencoders whose every result diffusers computed; see `autoencoder_kl.py`.
@Suite struct AutoencoderKLTests {
  static let networks = ["tiny", "plain", "patched"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the moments are diffusers'", arguments: networks)
  func encoding(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try AutoencoderKL(folder: Golden.file(name))
    let latents = try checked { network.encode(try golden["x"]) }
    #expect(relativeDistance(latents.mean, try golden["mean"]) < Self.tolerance)
    #expect(relativeDistance(latents.logVariance, try golden["log_variance"]) < Self.tolerance)
    #expect(relativeDistance(latents.divergence, try golden["divergence"]) < Self.tolerance)
    let sample = latents.sample(try golden["noise"])
    #expect(relativeDistance(sample, try golden["sample"]) < Self.tolerance)
  }

  @Test("latents become diffusers' pictures", arguments: networks)
  func decoding(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try AutoencoderKL(folder: Golden.file(name))
    let decoded = try checked { network.decode(try golden["sample"]) }
    #expect(relativeDistance(decoded, try golden["decoded"]) < Self.tolerance)
  }

  @Test("the derivatives by weights of both halves are PyTorch's", arguments: networks)
  func gradients(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let (network, store) = try loaded(name, trainable: true)
    try expectDerivatives(of: golden, by: store, within: Self.tolerance) {
      network.decode(network.encode(try golden["x"]).mean)
    }
  }

  @Test("a picture's latents do not depend on the others of its batch", arguments: networks)
  func batches(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try AutoencoderKL(folder: Golden.file(name))
    let x = try golden["x"].narrowed(dim: 0, start: 1, length: 1)
    let alone = try checked { network.decode(network.encode(x).mean) }
    let batch = try checked { network.decode(network.encode(try golden["x"]).mean) }
    let part = batch.narrowed(dim: 0, start: 1, length: 1)
    #expect(relativeDistance(alone, part) < Self.tolerance)
  }

  @Test("in bfloat16 the results are within its precision of float32's", arguments: networks)
  func bfloat16(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let (network, _) = try loaded(name, dtype: .bfloat16)
    let mean = try checked { network.encode(try golden["x"].converted(to: .bfloat16)).mean }
    let decoded = try checked { network.decode(try golden["sample"].converted(to: .bfloat16)) }
    #expect(mean.dtype == .bfloat16 && decoded.dtype == .bfloat16)
    // Eight bits of precision, some twenty layers deep.
    #expect(relativeDistance(mean, try golden["mean"]) < 0.05)
    #expect(relativeDistance(decoded, try golden["decoded"]) < 0.05)
  }

  @Test("scaling for the denoiser is diffusers' formula, and undone")
  func scaling() throws {
    let network = try AutoencoderKL(folder: Golden.file("tiny"))
    let latents = Tensor([1.25, -0.75])
    #expect(distance(network.scaled(latents), Tensor([0.7, -0.7])) < 1e-15)
    #expect(distance(network.unscaled(network.scaled(latents)), latents) < 1e-15)
  }

  @Test("with statistics of the channels, it is the formula of diffusers' pipelines")
  func statistics() throws {
    var configuration = AutoencoderKLConfiguration()
    (configuration.blockOutChannels, configuration.normNumGroups) = ([2], 1)
    (configuration.latentChannels, configuration.scalingFactor) = (2, 0.5)
    (configuration.latentsMean, configuration.latentsStd) = ([1, -2], [4, 0.5])
    let network = try ParameterStore(initializing: Generator(seed: 0)).network {
      AutoencoderKL($0, configuration)
    }
    let latents = Tensor([3, 5, 0, -1] as [Float], shape: [1, 2, 1, 2])
    let scaled = network.scaled(latents)
    #expect(scaled.values(as: Float.self) == [0.25, 0.5, 2, 1])
    #expect(distance(network.unscaled(scaled), latents) == 0)
  }

  @Test("the attention's former names are known, and a part of them is a misfit")
  func formerNames() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try Checkpoint(contentsOf: AutoencoderKL.weights(in: Golden.file("tiny")))
    let old = ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"]
    var weights: [String: Tensor] = [:]
    for name in checkpoint.names {
      let part = old.first { name.contains(".\($0.key).") }
      let former = part.map { name.replacing(".\($0.key).", with: ".\($0.value).") }
      weights[former ?? name] = try checkpoint.tensor(name)
    }
    #expect(weights.keys.count { $0.contains("proj_attn") } == 4)
    try folder.write(Data(contentsOf: Golden.file("tiny/config.json")), to: "config.json")
    let file = AutoencoderKL.weights(in: folder.url)
    try Safetensors.write(weights.map { Safetensors.Draft($0.key, $0.value) }, to: file)
    let golden = try Golden("tiny/golden.safetensors")
    let network = try AutoencoderKL(folder: folder.url)
    let decoded = try checked { network.decode(try golden["sample"]) }
    #expect(relativeDistance(decoded, try golden["decoded"]) < Self.tolerance)

    weights["decoder.mid_block.attentions.0.key.bias"] = nil
    try Safetensors.write(weights.map { Safetensors.Draft($0.key, $0.value) }, to: file)
    let error = #expect(throws: LoadingError.self) { try AutoencoderKL(folder: folder.url) }
    #expect(
      error?.problems == [.missing("decoder.mid_block.attentions.0.to_k.bias", [10])])
  }

  @Test("log variances stay within [-30, 20], as diffusers has it")
  func clamping() throws {
    let checkpoint = try Checkpoint(contentsOf: AutoencoderKL.weights(in: Golden.file("plain")))
    var weights: [String: Tensor] = [:]
    for name in checkpoint.names { weights[name] = try checkpoint.tensor(name) }
    weights["encoder.conv_out.bias"] = Tensor([0, 0, -1000, 1000] as [Float])
    let configuration = try AutoencoderKL(folder: Golden.file("plain")).configuration
    let network = try ParameterStore(loading: WeightSource(weights)).network {
      AutoencoderKL($0, configuration)
    }
    let logVariance = network.encode(.zeros([1, 3, 1, 1])).logVariance
    #expect(logVariance.values(as: Float.self) == [-30, 20])
  }

  @Test("pictures of other channels are an error and not a crash", arguments: networks)
  func misfit(_ name: String) throws {
    let network = try AutoencoderKL(folder: Golden.file(name))
    #expect(throws: TorchError.self) { try checked { network.encode(.zeros([1, 2, 8, 8])).mean } }
    #expect(throws: TorchError.self) { try checked { network.decode(.zeros([1, 1, 8, 8])) } }
  }

  @Test("what is written is read again, in half precision", arguments: networks)
  func writing(_ name: String) throws {
    let folder = try TemporaryFolder()
    let (network, store) = try loaded(name)
    let weights = WeightSource(
      Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) }))
    try AutoencoderKL.write(weights, network.configuration, to: folder.url)
    let copy = try AutoencoderKL(folder: folder.url)
    #expect(copy.configuration == network.configuration)
    let golden = try Golden("\(name)/golden.safetensors")
    let decoded = try checked { copy.decode(try golden["sample"]) }
    // Eleven bits of precision in the weights alone.
    #expect(relativeDistance(decoded, try golden["decoded"]) < 0.005)
  }

  private func loaded(
    _ name: String, dtype: DType? = nil, trainable: Bool = false
  ) throws -> (AutoencoderKL, ParameterStore) {
    try loadedNetwork(Golden.file(name), dtype: dtype, trainable: trainable) {
      AutoencoderKL($0, $1)
    }
  }
}
