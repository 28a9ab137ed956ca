import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Small networks of Stable Audio whose every result diffusers computed; see `stable_audio.py`.
@Suite struct StableAudioTests {
  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the prediction is diffusers'")
  func prediction() throws {
    let golden = try Golden("transformer/golden.safetensors")
    let network = try StableAudioTransformer(folder: Golden.file("transformer"))
    let y = try checked { try predicted(network, golden) }
    #expect(relativeDistance(y, try golden["y"]) < Self.tolerance)
  }

  @Test("the derivatives by weights are PyTorch's")
  func gradients() throws {
    let golden = try Golden("transformer/golden.safetensors")
    let configuration: StableAudioConfiguration = try readConfiguration(
      from: Golden.file("transformer/config.json"))
    let store = ParameterStore(loading: try weights("transformer"), trainable: true)
    let network = try store.network { StableAudioTransformer($0, configuration) }
    try expectDerivatives(of: golden, by: store, within: Self.tolerance) {
      try predicted(network, golden)
    }
  }

  @Test("a sound's prediction does not depend on the others of its batch")
  func batches() throws {
    let golden = try Golden("transformer/golden.safetensors")
    let network = try StableAudioTransformer(folder: Golden.file("transformer"))
    let one = try checked {
      func second(_ name: String) throws -> Tensor {
        try golden[name].narrowed(dim: 0, start: 1, length: 1)
      }
      let prompt = network.prompt(try second("text"), global: try second("global"))
      return network(try second("x"), timestep: try second("timestep"), prompt: prompt)
    }
    let expected = try golden["y"].narrowed(dim: 0, start: 1, length: 1)
    #expect(relativeDistance(one, expected) < Self.tolerance)
  }

  @Test(
    "prompts and seconds become diffusers' states, numbers out of range those of its ends",
    arguments: ["projection"])
  func projection(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try StableAudioProjection(folder: Golden.file(name))
    let (text, seconds) = try checked {
      (
        network.text(try golden["states"]),
        network.seconds(start: try golden["start"], end: try golden["end"])
      )
    }
    #expect(relativeDistance(text, try golden["text"]) < Self.tolerance)
    #expect(relativeDistance(seconds.start, try golden["start_state"]) < Self.tolerance)
    #expect(relativeDistance(seconds.end, try golden["end_state"]) < Self.tolerance)
  }

  @Test(
    "an impossible size is refused, by name",
    arguments: [
      (
        "num_key_value_attention_heads", "3",
        "num_key_value_attention_heads: 4 heads do not share 3 evenly"
      ),
      ("attention_head_dim", "6", "attention_head_dim: expected a multiple of 4, found 6"),
      ("time_proj_dim", "7", "time_proj_dim: expected an even number, found 7"),
      ("num_layers", "0", "num_layers: expected 1 or more, found 0"),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: StableAudioConfiguration.self, in: Golden.file("transformer/config.json"), key, json)
    #expect(found == reason)
  }

  @Test("a range of seconds must be one, and be given")
  func range() throws {
    let file = Golden.file("projection/config.json")
    let wrong = try refusal(of: StableAudioProjectionConfiguration.self, in: file, "max_value", "2")
    #expect(wrong == "max_value: expected more than 2.0, found 2.0")
    let none = try refusal(of: StableAudioProjectionConfiguration.self, in: file, "min_value", nil)
    #expect(none.hasPrefix("min_value: "))
  }

  @Test("all misfits of a transformer are in one error")
  func misfits() throws {
    var configuration: StableAudioConfiguration = try readConfiguration(
      from: Golden.file("transformer/config.json"))
    configuration.numKeyValueAttentionHeads = 1
    configuration.numLayers = 1
    let store = ParameterStore(loading: try weights("transformer"))
    let error = #expect(throws: LoadingError.self) {
      try store.network { StableAudioTransformer($0, configuration) }
    }
    let problems = try #require(error).problems
    let key = "transformer_blocks.0.attn2.to_k.weight"
    #expect(problems.contains(.misshapen(key, expected: [8, 12], found: [16, 12])))
    #expect(problems.contains(.unexpected("transformer_blocks.1.norm3.bias")))
    // Keys and values, and all 18 weights of the second block.
    #expect(problems.count == 20)
  }

  private func predicted(_ network: StableAudioTransformer, _ golden: Golden) throws -> Tensor {
    let prompt = network.prompt(try golden["text"], global: try golden["global"])
    return network(try golden["x"], timestep: try golden["timestep"], prompt: prompt)
  }

  private func weights(_ name: String) throws -> WeightSource {
    WeightSource(
      try Checkpoint(
        contentsOf: Golden.file(name).appending(path: "diffusion_pytorch_model.safetensors")))
  }
}

/// Positions as turns.
@Suite struct RotaryEmbeddingTests {
  @Test("products of turned vectors depend on the distance alone, and lengths stay")
  func distances() throws {
    let generator = Generator(seed: 76)
    let (q, k) = (generator.normal([1, 1, 6]), generator.normal([1, 1, 6]))
    let rotary = RotaryEmbedding(length: 12, channels: 4)
    let (queries, keys) = try checked {
      (
        rotary(q.expanded(1, 12, 6), heads: 1).selected(dim: 0, index: 0),
        rotary(k.expanded(1, 12, 6), heads: 1).selected(dim: 0, index: 0)
      )
    }
    let products = try checked { queries.matmul(keys.transposed(0, 1)) }
    func product(_ query: Int, _ key: Int) -> Double {
      products.selected(dim: 0, index: query).selected(dim: 0, index: key).item()
    }
    for place in 1..<8 {
      #expect(abs(product(place, place + 4) - product(0, 4)) < 1e-5)
      #expect(abs(product(place + 3, place) - product(3, 0)) < 1e-5)
    }
    #expect(abs(product(0, 4) - product(4, 0)) > 1e-2)
    // What does not turn, and the length of all.
    let rest = queries.narrowed(dim: 1, start: 4, length: 2)
    #expect(
      distance(
        rest, q.selected(dim: 0, index: 0).narrowed(dim: 1, start: 4, length: 2).expanded(12, 2))
        == 0)
    let lengths = queries.vectorNorm(order: 2, dims: [1])
    #expect(
      distance(lengths, q.selected(dim: 0, index: 0).vectorNorm(order: 2, dims: [1]).expanded([12]))
        < 1e-5)
  }

  @Test("the first pair turns by one radian a place")
  func angle() throws {
    let x = Tensor([1, 0] as [Float], shape: [1, 1, 2]).expanded(1, 3, 2)
    let y = try checked { RotaryEmbedding(length: 3, channels: 2)(x, heads: 1) }
    let expected = (0..<3).flatMap { [Float(cos(Double($0))), Float(sin(Double($0)))] }
    #expect(distance(y, Tensor(expected, shape: [1, 3, 2])) < 1e-6)
  }
}
