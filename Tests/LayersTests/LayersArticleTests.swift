import Layers
import Testing
import Torch

/// The worked example of `Layers.docc/Layers.md`, line for line.
@Suite struct LayersArticleTests {
  struct Perceptron {
    let hidden: Linear
    let output: Linear

    init(_ scope: Scope) {
      hidden = Linear(scope / "hidden", 2, 16)
      output = Linear(scope / "output", 16, 1)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { output(silu(hidden(x))) }
  }

  @Test("the article's network answers the same from its saved weights")
  func example() throws {
    let store = ParameterStore(initializing: Generator(seed: 0))
    let network = try store.network { Perceptron($0) }

    let weights = Dictionary(
      uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) })
    let copy = try ParameterStore(loading: WeightSource(weights)).network { Perceptron($0) }

    let x = Generator(seed: 1).normal([5, 2])
    #expect(
      store.parameters.map(\.name)
        == ["hidden.weight", "hidden.bias", "output.weight", "output.bias"])
    #expect(network(x).values(as: Float.self) == copy(x).values(as: Float.self))
  }

  @Test("the article's error says everything at once")
  func error() throws {
    let store = ParameterStore(initializing: Generator(seed: 0))
    _ = try store.network { Perceptron($0) }
    var weights = Dictionary(
      uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) })
    weights["hidden.bias"] = nil
    weights["output.weight"] = .zeros([1, 8])

    let loading = ParameterStore(loading: WeightSource(weights))
    let error = #expect(throws: LoadingError.self) { try loading.network { Perceptron($0) } }
    #expect(
      error?.description == """
        the weights do not fit the network:
          hidden.bias: expected [16], found nothing
          output.weight: expected [1, 16], found [1, 8]
        """)
  }
}
