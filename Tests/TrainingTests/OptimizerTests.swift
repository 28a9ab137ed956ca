import Checkpoints
import Foundation
import Layers
import Testing
import Torch
import Training

@Suite struct OptimizerTests {
  let golden: Checkpoint

  init() throws {
    golden = try Checkpoint(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "training.safetensors"))
  }

  /// Parameters with the values of the fixture.
  private func parameters() throws -> [ParameterStore.Parameter] {
    let shapes = ["weight": [5, 7], "bias": [7]]
    let store = ParameterStore(
      loading: WeightSource(
        try Dictionary(
          uniqueKeysWithValues: shapes.keys.map { ($0, try golden.tensor("start.\($0)")) })),
      trainable: true)
    _ = try store.network { scope in
      ["weight", "bias"].map { scope.parameter($0, shapes[$0] ?? [], .constant(0)) }
    }
    return store.parameters
  }

  /// The tolerance is for processors whose vector units round a product and its sum once.
  @Test("updates are PyTorch's, with a gradient missing once")
  func matchesPyTorch() throws {
    let parameters = try parameters()
    let optimizer = AdamW(
      parameters, options: AdamW.Options(beta1: 0.8, beta2: 0.95, eps: 1e-6, weightDecay: 0.1))
    for step in 1...6 {
      let gradients = try parameters.map { parameter in
        let name = "gradient.\(step).\(parameter.name)"
        return golden[name] == nil ? nil : try golden.tensor(name).cloned()
      }
      #expect(gradients.contains { $0 == nil } == (step == 3))
      try checked { optimizer.step(gradients, learningRate: 0.1 / Double(step)) }
      for parameter in parameters {
        let expected = try golden.tensor("step.\(step).\(parameter.name)")
        let difference = (parameter.tensor.detached() - expected).absolute().maximum().item()
        #expect(difference < 1e-6, "step \(step), \(parameter.name)")
      }
    }
  }

  @Test("only matrices decay, unless all weights are to", arguments: [true, false])
  func decay(matricesOnly: Bool) throws {
    let parameters = try parameters()
    let before = parameters.map { $0.tensor.detached().cloned() }
    let optimizer = AdamW(
      parameters,
      options: AdamW.Options(weightDecay: 0.25, decaysMatricesOnly: matricesOnly))
    optimizer.step(before.map { Tensor.zeros($0.shape.sizes) }, learningRate: 0.5)
    for (parameter, old) in zip(parameters, before) {
      let isDecaying = parameter.name == "weight" || !matricesOnly
      let expected = old * (isDecaying ? 1 - 0.5 * 0.25 : 1)
      #expect((parameter.tensor.detached() - expected).absolute().maximum().item() == 0)
    }
  }

  @Test("the state is PyTorch's three tensors a weight, by name")
  func state() throws {
    let optimizer = AdamW(try parameters())
    #expect(
      optimizer.state.mapValues(\.shape.sizes) == [
        "average.weight": [5, 7], "square.weight": [5, 7], "average.bias": [7],
        "square.bias": [7], "counts": [2],
      ])
  }

  @Test("gradients are clipped to a norm as PyTorch clips them")
  func clipping() throws {
    let names = ["weight", "bias"]
    let gradients = try names.map { try golden.tensor("gradient.1.\($0)").cloned() }
    let norm = globalNorm(gradients).item()
    let expected = try golden.tensor("norm").item()
    #expect(abs(norm - expected) < 1e-6 * expected)
    clip(gradients, norm: norm, to: norm / 2)
    for (name, gradient) in zip(names, gradients) {
      let difference = (gradient - (try golden.tensor("clipped.\(name)"))).absolute()
      #expect(difference.maximum().item() < 1e-6)
    }
    #expect(abs(globalNorm(gradients).item() - norm / 2) < 1e-5)
  }

  @Test("shorter gradients are left as they are")
  func noClipping() throws {
    let gradient = try golden.tensor("gradient.1.bias").cloned()
    let before = gradient.values(as: Float.self)
    clip([gradient], norm: globalNorm([gradient]).item(), to: 1e3)
    #expect(gradient.values(as: Float.self) == before)
  }
}
