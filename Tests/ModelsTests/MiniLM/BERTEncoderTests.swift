import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct BERTEncoderTests {
  @Test("the states and sentences of random weights are those of transformers")
  func parity() throws {
    let golden = try Golden("tiny/golden.safetensors")
    let (ids, mask) = (try golden["ids"], try golden["mask"])
    let network = try Tiny.network()
    let states = try checked { network(ids, mask: mask) }
    // float32 with states up to about 3; the reference adds and multiplies in another order.
    #expect(distance(states, try golden["states"]) < 1e-5)
    #expect(distance(sentenceEmbedding(states, mask: mask), try golden["sentences"]) < 1e-6)
  }

  @Test("a text's states depend neither on padding nor on the other texts")
  func padding() throws {
    let golden = try Golden("tiny/golden.safetensors")
    let (ids, mask) = (try golden["ids"], try golden["mask"])
    let network = try Tiny.network()
    let states = try checked { network(ids, mask: mask) }
    for (row, length) in [12, 7, 1].enumerated() {
      func part(_ x: Tensor, _ length: Int) -> Tensor {
        x.narrowed(dim: 0, start: row, length: 1).narrowed(dim: 1, start: 0, length: length)
      }
      let alone = try checked { network(part(ids, length), mask: part(mask, length)) }
      #expect(distance(alone, part(states, length)) < 1e-6)
    }
  }

  @Test("the weights' order of names and shapes is the reference's, and a seed's are finite")
  func initializing() throws {
    let store = ParameterStore(initializing: Generator(seed: 7))
    let configuration = try Tiny.configuration()
    let network = try store.network { BERTEncoder($0, configuration) }
    let names = try Set(Tiny.checkpoint().names).subtracting(BERTEncoder.unusedNames)
    #expect(Set(store.parameters.map(\.name)) == names)
    let states = try checked {
      network(Tensor([[1, 2, 3]].flatMap { $0 }, shape: [1, 3]), mask: .ones([1, 3]))
    }
    #expect(states.isFinite().all().item() == 1)
  }

  @Test("a missing, an unexpected and a misshapen weight are one error")
  func strictness() throws {
    let checkpoint = try Tiny.checkpoint()
    var weights: [String: Tensor] = [:]
    for name in checkpoint.names { weights[name] = try checkpoint.tensor(name) }
    weights["encoder.layer.1.output.dense.bias"] = nil
    weights["encoder.layer.2.output.dense.bias"] = .zeros([24])
    weights["embeddings.LayerNorm.weight"] = .zeros([25])
    let source = WeightSource(weights).leavingOut(BERTEncoder.unusedNames)
    let error = #expect(throws: LoadingError.self) { try Tiny.network(source) }
    #expect(
      error?.problems == [
        .misshapen("embeddings.LayerNorm.weight", expected: [24], found: [25]),
        .missing("encoder.layer.1.output.dense.bias", [24]),
        .unexpected("encoder.layer.2.output.dense.bias"),
      ])
  }

  @Test("what is not left out on purpose is unexpected")
  func unused() throws {
    let source = WeightSource(try Tiny.checkpoint())
    let error = #expect(throws: LoadingError.self) { try Tiny.network(source) }
    #expect(error?.problems == BERTEncoder.unusedNames.sorted().map { .unexpected($0) })
  }
}

/// A small encoder with random weights.
private enum Tiny {
  static func configuration() throws -> BERTConfiguration {
    try readConfiguration(from: Golden.file("tiny/config.json"))
  }

  static func checkpoint() throws -> Checkpoint {
    try Checkpoint(contentsOf: Golden.file("tiny/model.safetensors"))
  }

  static func network(_ source: WeightSource? = nil) throws -> BERTEncoder {
    let found = try source ?? WeightSource(checkpoint()).leavingOut(BERTEncoder.unusedNames)
    let configuration = try configuration()
    return try ParameterStore(loading: found).network { BERTEncoder($0, configuration) }
  }
}
