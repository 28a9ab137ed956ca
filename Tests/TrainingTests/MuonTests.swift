import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Training

@Suite struct MuonTests {
  /// A store with some weights, which need not have values that matter.
  private func parameters(_ shapes: [String: [Int]], _ start: (String) throws -> Tensor) throws
    -> [ParameterStore.Parameter]
  {
    let store = ParameterStore(
      loading: WeightSource(
        try Dictionary(uniqueKeysWithValues: shapes.keys.map { ($0, try start($0)) })),
      trainable: true)
    _ = try store.network { scope in
      shapes.keys.sorted().map { scope.parameter($0, shapes[$0] ?? [], .constant(0)) }
    }
    return store.parameters
  }

  @Test(
    "updates are PyTorch's, with a gradient missing once",
    arguments: [(DType.float32, 1e-4), (.bfloat16, 0.1)])
  func matchesPyTorch(dtype: DType, tolerance: Double) throws {
    let golden = try Checkpoint(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "training.safetensors"))
    let parameters = try parameters([
      "block.wide": [5, 7], "block.broad": [5, 7], "block.tall": [9, 4],
    ]) { try golden.tensor("muon.start.\($0)") }
    let muon = Muon(
      parameters, options: Muon.Options(scopes: ["block"], momentum: 0.8, weightDecay: 0.1),
      dtype: dtype)
    var before = try parameters.map { try golden.tensor("muon.start.\($0.name)") }
    for step in 1...4 {
      let gradients = try parameters.map { parameter in
        let name = "muon.gradient.\(step).\(parameter.name)"
        return golden[name] == nil ? nil : try golden.tensor(name).cloned()
      }
      #expect(gradients.contains { $0 == nil } == (step == 2))
      let old = parameters.map { $0.tensor.detached().cloned() }
      try checked { muon.step(gradients, learningRate: 0.02 / Double(step)) }
      let after = try parameters.map { try golden.tensor("muon.step.\(step).\($0.name)") }
      for (place, parameter) in parameters.enumerated() {
        let expected = after[place] - before[place]
        let move = parameter.tensor.detached() - old[place]
        let error = (move - expected).vectorNorm().item()
        #expect(
          error <= tolerance * expected.vectorNorm().item(), "step \(step), \(parameter.name)")
        let isLeftAlone = gradients[place] == nil
        #expect((move.absolute().maximum().item() == 0) == isLeftAlone)
      }
      before = after
    }
  }

  /// The iteration is a polynomial in `XXᵀ` times X: it keeps the singular vectors, and every
  /// singular value goes its own way.
  @Test("singular vectors stay, and singular values follow the polynomial", arguments: [0, 1])
  func singularValues(tall: Int) throws {
    let turn = 0.7
    let left = Tensor([Float(cos(turn)), Float(-sin(turn)), Float(sin(turn)), Float(cos(turn))])
      .reshaped(2, 2)
    let right = Tensor([0, 1, 0, 0, 0, 1] as [Float]).reshaped(2, 3)
    let values = [3.0, 0.2]
    func matrix(_ values: [Double]) -> Tensor {
      let scaled = left * Tensor(values.map { Float($0) }).reshaped(1, 2)
      let wide = scaled.matmul(right)
      return tall == 1 ? wide.transposed(0, 1) : wide
    }
    let norm = (values[0] * values[0] + values[1] * values[1]).squareRoot()
    let expected = values.map { value in
      (0..<5).reduce(value / norm) { s, _ in
        3.4445 * s - 4.7750 * s * s * s + 2.0315 * s * s * s * s * s
      }
    }
    #expect(expected.allSatisfy { 0.6...1.3 ~= $0 })
    let found = orthogonalized(matrix(values).unsqueezed(0), dtype: .float32)
      .selected(dim: 0, index: 0)
    #expect((found - matrix(expected)).absolute().maximum().item() < 1e-5)
  }

  @Test("a matrix of zeros stays one")
  func zeros() throws {
    let found = try checked { orthogonalized(.zeros([1, 2, 3]), dtype: .bfloat16) }
    #expect(found.absolute().maximum().item() == 0)
  }

  @Test("it updates the matrices named weight or weight_v below its scopes, AdamW the rest")
  func parts() throws {
    let shapes = [
      "blocks.0.weight": [2, 3], "blocks.0.bias": [2], "blocks.table": [2, 3],
      "blocks.1.weight_v": [2, 3, 5], "blocks.1.weight_g": [2, 1, 1],
      "out.weight": [2, 3], "blocksmith.weight": [2, 3],
    ]
    let parameters = try parameters(shapes) { .ones(shapes[$0] ?? []) }
    let plan = try TrainingPlan(
      steps: 1, batchSize: 1, learningRate: LearningRate(peak: 1),
      muon: Muon.Options(scopes: ["blocks"]))
    let names = Set(try PlannedOptimizer(parameters, plan).state.keys)
    let moved = ["blocks.0.weight", "blocks.1.weight_v"]
    let others = shapes.keys.filter { !moved.contains($0) }
    #expect(
      names
        == Set(
          ["counts"] + moved.map { "momentum.\($0)" }
            + others.flatMap { ["average.\($0)", "square.\($0)"] }))
  }

  @Test("a convolution moves as the matrix of its outputs does")
  func convolution() throws {
    let start = Generator(seed: 3).normal([4, 2, 3, 3])
    let gradient = Generator(seed: 4).normal([4, 2, 3, 3])
    func moved(_ sizes: [Int]) throws -> Tensor {
      let parameters = try parameters(["c.weight": sizes]) { _ in start.reshaped(sizes).cloned() }
      let muon = Muon(parameters, options: Muon.Options(scopes: ["c"]), dtype: .float32)
      try checked { muon.step([gradient.reshaped(sizes)], learningRate: 0.1) }
      return parameters[0].tensor.detached()
    }
    let (filters, matrix) = (try moved([4, 2, 3, 3]), try moved([4, 18]))
    #expect((filters.reshaped(4, 18) - matrix).absolute().maximum().item() == 0)
    #expect((filters - start).absolute().maximum().item() > 0.01)
  }

  @Test("a scope without matrices is refused")
  func emptyScope() throws {
    let parameters = try parameters(["blocks.bias": [2]]) { _ in .ones([2]) }
    let plan = try TrainingPlan(
      steps: 1, batchSize: 1, learningRate: LearningRate(peak: 1),
      muon: Muon.Options(scopes: ["blocks"]))
    #expect(
      throws: TrainingError.invalid(
        what: "muon.scopes", expected: "a scope that has matrices named weight",
        found: "\"blocks\"")
    ) { try PlannedOptimizer(parameters, plan) }
  }
}
