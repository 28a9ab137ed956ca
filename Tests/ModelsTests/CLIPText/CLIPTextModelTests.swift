import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct CLIPTextModelTests {
  @Test("every layer's states, the pooled and the projected ones are those of transformers")
  func parity() throws {
    for (name, projects) in [("tiny", false), ("projected", true)] {
      let golden = try Golden("\(name)/golden.safetensors")
      let model = try TinyCLIP.model(name, projects: projects)
      let output = try checked { model(try golden["ids"]) }
      // float32, by operations in another order.
      for (place, states) in output.hiddenStates.enumerated() {
        #expect(relativeDistance(states, try golden["hidden.\(place)"]) < 1e-5)
      }
      #expect(output.hiddenStates.count == model.configuration.numHiddenLayers + 1)
      #expect(relativeDistance(output.last, try golden["last"]) < 1e-5)
      #expect(relativeDistance(output.pooled, try golden["pooled"]) < 1e-5)
      #expect((output.projected == nil) == !projects)
      if let projected = output.projected {
        #expect(relativeDistance(projected, try golden["projected"]) < 1e-5)
      }
      let masked = try checked { model(try golden["ids"], mask: try golden["mask"]) }
      #expect(relativeDistance(masked.last, try golden["masked"]) < 1e-5)
    }
  }

  @Test("a token's state does not depend on what comes behind it")
  func causality() throws {
    let golden = try Golden("tiny/golden.safetensors")
    let model = try TinyCLIP.model("tiny")
    let ids = try golden["ids"]
    let whole = try checked { model(ids) }.last.narrowed(dim: 1, start: 0, length: 5)
    let part = try checked { model(ids.narrowed(dim: 1, start: 0, length: 5)) }.last
    #expect(distance(whole, part) < 1e-6)
  }

  @Test("states behind an earlier layer are given as they are, or normalized")
  func skipping() throws {
    let model = try TinyCLIP.model("tiny")
    let golden = try Golden("tiny/golden.safetensors")
    let output = try checked { model(try golden["ids"]) }
    let plain = model.states(output, skipping: 1, isNormalized: false)
    #expect(distance(plain, output.hiddenStates[2]) == 0)
    #expect(distance(model.states(output, skipping: 0, isNormalized: true), output.last) == 0)
    let normal = model.states(output, skipping: 1, isNormalized: true)
    #expect(distance(normal, model.finalNorm(output.hiddenStates[2])) == 0)
    #expect(distance(normal, output.last) > 0.1)
  }

  @Test("a configuration of 2023 pools at the highest number, a newer one at its first end")
  func pooling() throws {
    let model = try TinyCLIP.model("tiny")
    let ids = Tensor([572, 9, 573, 1, 573, 572, 9, 571, 1, 570], shape: [2, 5])
    let output = try checked { model(ids) }
    func state(_ row: Int, _ place: Int) -> Tensor {
      output.last.selected(dim: 0, index: row).selected(dim: 0, index: place)
    }
    #expect(distance(output.pooled.selected(dim: 0, index: 0), state(0, 2)) == 0)
    #expect(distance(output.pooled.selected(dim: 0, index: 1), state(1, 0)) == 0)
    let newer = try TinyCLIP.model("projected", projects: true)
    let other = try checked { newer(ids) }
    func newerState(_ row: Int, _ place: Int) -> Tensor {
      other.last.selected(dim: 0, index: row).selected(dim: 0, index: place)
    }
    #expect(distance(other.pooled.selected(dim: 0, index: 0), newerState(0, 0)) == 0)
    #expect(distance(other.pooled.selected(dim: 0, index: 1), newerState(1, 2)) == 0)
  }

  @Test("drawn weights have the checkpoint's names, and give finite states")
  func initializing() throws {
    for (name, projects) in [("tiny", false), ("projected", true)] {
      let store = ParameterStore(initializing: Generator(seed: 3))
      let configuration = try TinyCLIP.configuration(name)
      let model = try store.network { CLIPTextModel($0, configuration, projects: projects) }
      let names = Set(try TinyCLIP.checkpoint(name).names).subtracting(CLIPTextModel.unusedNames)
      #expect(Set(store.parameters.map(\.name)) == names)
      let output = try checked { model(Tensor([1, 2, 571], shape: [1, 3])) }
      #expect(output.last.isFinite().all().item() == 1)
    }
  }

  @Test("a missing, an unexpected and a misshapen weight are one error")
  func strictness() throws {
    let checkpoint = try TinyCLIP.checkpoint("tiny")
    var weights: [String: Tensor] = [:]
    for name in checkpoint.names { weights[name] = try checkpoint.tensor(name) }
    weights["text_model.encoder.layers.1.mlp.fc1.bias"] = nil
    weights["text_projection.weight"] = .zeros([6, 8])
    weights["text_model.final_layer_norm.weight"] = .zeros([9])
    let error = #expect(throws: LoadingError.self) {
      try TinyCLIP.model("tiny", WeightSource(weights).leavingOut(CLIPTextModel.unusedNames))
    }
    #expect(
      error?.problems == [
        .missing("text_model.encoder.layers.1.mlp.fc1.bias", [20]),
        .misshapen("text_model.final_layer_norm.weight", expected: [8], found: [9]),
        .unexpected("text_projection.weight"),
      ])
  }

  @Test("the names that transformers 5 writes are those of the model within")
  func bareNames() throws {
    let checkpoint = try TinyCLIP.checkpoint("tiny")
    var bare: [String: Tensor] = [:]
    for name in checkpoint.names {
      bare[String(name.dropFirst("text_model.".count))] = try checkpoint.tensor(name)
    }
    let source = CLIPTextModel.published(WeightSource(bare))
    #expect(source.names.sorted() == checkpoint.names.sorted())
    let name = "text_model.final_layer_norm.weight"
    #expect(distance(try source.tensor(name), try checkpoint.tensor(name)) == 0)
    let model = try TinyCLIP.model("tiny", source.leavingOut(CLIPTextModel.unusedNames))
    let golden = try Golden("tiny/golden.safetensors")
    let output = try checked { model(try golden["ids"]) }
    #expect(relativeDistance(output.last, try golden["last"]) < 1e-5)
  }
}

/// The small encoders with random weights, and their tokenizer.
enum TinyCLIP {
  static func configuration(_ name: String) throws -> CLIPTextConfiguration {
    try readConfiguration(from: Golden.file("\(name)/config.json"))
  }

  static func checkpoint(_ name: String) throws -> Checkpoint {
    try Checkpoint(contentsOf: Golden.file("\(name)/model.safetensors"))
  }

  static func model(
    _ name: String, projects: Bool = false, _ source: WeightSource? = nil
  ) throws -> CLIPTextModel {
    let weights = try source ?? WeightSource(checkpoint(name)).leavingOut(CLIPTextModel.unusedNames)
    let configuration = try configuration(name)
    return try ParameterStore(loading: weights)
      .network { CLIPTextModel($0, configuration, projects: projects) }
  }
}
