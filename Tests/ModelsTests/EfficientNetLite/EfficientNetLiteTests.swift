import Layers
import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct EfficientNetLiteTests {
  @Test("random weights give the reference's features and logits, for every kind of block")
  func parity() throws {
    let golden = try Golden("tiny.safetensors")
    let network = try Tiny.network(golden.tensors("weights"))
    let features = try checked { network.features(try golden["x"]) }
    // float32 with features up to 6; the reference adds in another order.
    #expect(distance(features, try golden["features"]) < 1e-5)
    #expect(distance(network.logits(features), try golden["logits"]) < 1e-5)
  }

  @Test("the places after some stages have their channels, and are as far apart as they say")
  func stages() throws {
    let network = try Tiny.network(Golden("tiny.safetensors").tensors("weights"))
    let x = Tensor.zeros([2, 3, 64, 32])
    for (stages, shape) in [(1, [2, 8, 32, 16]), (2, [2, 16, 16, 8]), (3, [2, 16, 8, 4])] {
      #expect(try checked { network.featureMap(x, stages: stages) }.shape.sizes == shape)
    }
  }

  @Test("the last stages see behind the first ones what the whole network sees")
  func tail() throws {
    let golden = try Golden("tiny.safetensors")
    let weights = WeightSource(try golden.tensors("weights"))
    let network = try Tiny.network(golden.tensors("weights"))
    for stages in 1...2 {
      let asked = try ParameterStore.outline {
        EfficientNetTail($0, Tiny.configuration, after: stages)
      }
      let own = Set(asked.map(\.name))
      let store = ParameterStore(
        loading: weights.leavingOut(weights.names.filter { !own.contains($0) }))
      let tail = try store.network { EfficientNetTail($0, Tiny.configuration, after: stages) }
      let x = try golden["x"]
      let seen = try checked { tail(network.featureMap(x, stages: stages)) }
      #expect(seen.values(as: Float.self) == network.featureMap(x).values(as: Float.self))
      #expect(own.isStrictSubset(of: weights.names) && own.contains("_blocks.3._bn0.weight"))
    }
  }

  @Test("missing and misshapen weights are one error")
  func strictness() throws {
    var weights = try Golden("tiny.safetensors").tensors("weights")
    weights["_blocks.1._bn0.running_var"] = nil
    weights["_blocks.3._depthwise_conv.weight"] = .zeros([48, 1, 3, 3])
    weights["_blocks.5._bn0.weight"] = .zeros([3])
    let error = #expect(throws: LoadingError.self) { try Tiny.network(weights) }
    #expect(
      error?.problems == [
        .missing("_blocks.1._bn0.running_var", [16]),
        .misshapen(
          "_blocks.3._depthwise_conv.weight", expected: [48, 1, 5, 5], found: [48, 1, 3, 3]),
        .unexpected("_blocks.5._bn0.weight"),
      ])
  }

  @Test("bytes become a square of the network's side in about [-1, 1]")
  func preparing() throws {
    let network = try Tiny.network(Golden("tiny.safetensors").tensors("weights"))
    let bytes = Tensor([UInt8](repeating: 255, count: 2 * 3 * 5 * 5), shape: [2, 3, 5, 5])
    let prepared = try checked { network.prepared(bytes) }
    #expect(prepared.shape == [2, 3, 33, 33])
    #expect(distance(prepared, .ones([2, 3, 33, 33])) < 1e-6)
  }
}

/// The sizes of the small network of `Tests/Golden/efficientnet_lite.py`.
private enum Tiny {
  static let configuration = EfficientNetLiteConfiguration(
    stem: 32,
    stages: [
      .init(blocks: 1, kernel: 3, stride: 1, expansion: 1, outputs: 8),
      .init(blocks: 2, kernel: 3, stride: 2, expansion: 2, outputs: 16),
      .init(blocks: 2, kernel: 5, stride: 2, expansion: 3, outputs: 16),
    ],
    features: 1280, classes: 7, side: 33)

  static func network(_ weights: [String: Tensor]) throws -> EfficientNetLite {
    try ParameterStore(loading: WeightSource(weights))
      .network { EfficientNetLite($0, configuration) }
  }
}
