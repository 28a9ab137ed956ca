import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Two small text encoders whose every result transformers computed; see `stable_audio.py`.
@Suite struct T5EncoderTests {
  static let networks = ["relu", "gated"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the states are transformers'", arguments: networks)
  func states(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try T5Encoder(folder: Golden.file(name))
    let (states, masked) = try checked {
      let ids = try golden["ids"]
      return (network(ids), network(ids, mask: try golden["mask"]))
    }
    #expect(relativeDistance(states, try golden["states"]) < Self.tolerance)
    #expect(relativeDistance(masked, try golden["masked"]) < Self.tolerance)
    // Padding changes nothing of the words.
    let words = try checked {
      let ids = try golden["ids"].narrowed(dim: 0, start: 1, length: 1)
      return network(ids.narrowed(dim: 1, start: 0, length: 11))
    }
    let same = try golden["masked"].narrowed(dim: 0, start: 1, length: 1)
    #expect(relativeDistance(words, same.narrowed(dim: 1, start: 0, length: 11)) < Self.tolerance)
  }

  @Test("the derivatives by weights are PyTorch's", arguments: networks)
  func gradients(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let configuration: T5Configuration = try readConfiguration(
      from: Golden.file("\(name)/config.json"))
    let store = ParameterStore(loading: try weights(name), trainable: true)
    let network = try store.network { T5Encoder($0, configuration) }
    try expectDerivatives(of: golden, by: store, within: Self.tolerance) {
      network(try golden["ids"])
    }
  }

  /// 32 groups up to 128, as published: eight distances in each direction have a group of their
  /// own, and the next eight groups end at 128.
  @Test("distances fall into the published groups")
  func groups() throws {
    let store = ParameterStore(initializing: Generator(seed: 77))
    let bias = try store.network { T5PositionBias($0, T5Configuration()) }
    let behind = [0, -1, -7, -8, -11, -12, -16, -32, -64, -91, -128, -5000]
    #expect(behind.map { bias.group(of: $0) } == [0, 1, 7, 8, 8, 9, 10, 12, 14, 15, 15, 15])
    #expect([1, 7, 8, 12, 128].map { bias.group(of: $0) } == [17, 23, 24, 25, 31])
  }

  @Test("the second name of the table of tokens is passed over, another weight is not")
  func names() throws {
    let golden = try Golden("relu/golden.safetensors")
    let plain = try weights("relu")
    var tensors: [String: Tensor] = [:]
    for name in plain.names { tensors[name] = try plain.tensor(name) }
    tensors["encoder.embed_tokens.weight"] = tensors["shared.weight"]
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: Golden.file("relu/config.json"), to: folder.file("config.json"))
    func write() throws {
      try Safetensors.write(
        tensors.sorted { $0.key < $1.key }.map { Safetensors.Draft($0.key, $0.value) },
        to: folder.file("model.safetensors"))
    }
    try write()
    let network = try T5Encoder(folder: folder.url)
    let states = try checked { network(try golden["ids"]) }
    #expect(relativeDistance(states, try golden["states"]) < Self.tolerance)
    tensors["decoder.final_layer_norm.weight"] = Tensor.ones([12])
    try write()
    let error = #expect(throws: LoadingError.self) { try T5Encoder(folder: folder.url) }
    #expect(error?.problems == [.unexpected("decoder.final_layer_norm.weight")])
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("model_type", "\"umt5\"", "model_type: expected t5, found umt5"),
      (
        "feed_forward_proj", "\"gated-silu\"",
        "feed_forward_proj: expected relu or gated-gelu, found gated-silu"
      ),
      (
        "relative_attention_num_buckets", "6",
        "relative_attention_num_buckets: expected a multiple of 4, found 6"
      ),
      (
        "relative_attention_max_distance", "2",
        "relative_attention_max_distance: expected more than 2, found 2"
      ),
      ("d_model", "0", "d_model: expected 1 or more, found 0"),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: T5Configuration.self, in: Golden.file("relu/config.json"), key, json)
    #expect(found == reason)
  }

  private func weights(_ name: String) throws -> WeightSource {
    WeightSource(try Checkpoint(contentsOf: Golden.file("\(name)/model.safetensors")))
  }
}
