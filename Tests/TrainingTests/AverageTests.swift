import Layers
import Testing
import Torch
import Training

@Suite struct AverageTests {
  /// Weights that begin at 0.
  private func parameters() throws -> [ParameterStore.Parameter] {
    let store = ParameterStore(initializing: Generator(seed: 0))
    _ = try store.network { $0.parameter("weight", [3], .constant(0)) }
    return store.parameters
  }

  @Test("the average of a constant closes in on it by the product of the decays")
  func closedForm() throws {
    let parameters = try parameters()
    let average = ExponentialAverage(parameters, decay: 0.9)
    withoutGradients { _ = parameters[0].tensor.copy(from: .ones([3])) }
    var rest = 1.0
    for step in 1...200 {
      average.update(parameters, step: step)
      rest *= min(0.9, Double(1 + step) / Double(10 + step))
      let value = try average.weights.tensor("weight").values(as: Double.self)
      #expect(value.allSatisfy { abs($0 - (1 - rest)) < 1e-6 })
    }
    #expect(rest < 1e-8)
  }

  @Test("a decay of 0 is the weights themselves, and nothing of them is shared")
  func zeroDecay() throws {
    let parameters = try parameters()
    let average = ExponentialAverage(parameters, decay: 0)
    let tensor = try average.weights.tensor("weight")
    withoutGradients { _ = parameters[0].tensor.copy(from: .full([3], 5)) }
    #expect(tensor.values(as: Float.self) == [0, 0, 0])
    average.update(parameters, step: 1)
    #expect(tensor.values(as: Float.self) == [5, 5, 5])
  }
}
