import Layers
import Testing
import Torch

@Suite struct InitializerTests {
  private func draw(_ shape: [Int], _ initializer: Initializer) throws -> Tensor {
    try ParameterStore(initializing: Generator(seed: 5))
      .network { $0.parameter("weight", shape, initializer) }
  }

  /// Mean, standard deviation, and largest absolute value of 160,000 draws.
  private func moments(_ x: Tensor) -> (mean: Double, deviation: Double, largest: Double) {
    (x.mean().item(), x.variance().squareRoot().item(), x.absolute().maximum().item())
  }

  @Test("uniform draws fill their interval and have its variance, bound² / 3")
  func uniform() throws {
    let found = moments(try draw([400, 400], .uniform(0.3)))
    #expect(found.largest <= 0.3 && found.largest > 0.2999)
    #expect(abs(found.mean) < 0.003)  // five standard errors are 0.0022
    #expect(abs(found.deviation - 0.3 / 3.0.squareRoot()) < 0.002)
  }

  @Test("normal draws have the standard deviation, and tails")
  func normal() throws {
    let found = moments(try draw([400, 400], .normal(0.02)))
    #expect(abs(found.mean) < 0.0003)
    #expect(abs(found.deviation - 0.02) < 0.0002)
    #expect(found.largest > 0.02 * 4)
  }

  @Test("a constant is everywhere")
  func constant() throws {
    #expect(try draw([2, 2], .constant(1.5)).values(as: Double.self) == [1.5, 1.5, 1.5, 1.5])
  }

  @Test(
    "Glorot's bound counts inputs and outputs, times the field of a convolution",
    arguments: [([300, 500], 800.0), ([64, 32, 5, 5], 2400.0)])
  func xavier(shape: [Int], fans: Double) throws {
    let bound = (6 / fans).squareRoot()
    let found = moments(try draw(shape, .xavierUniform))
    #expect(found.largest <= bound && found.largest > 0.999 * bound)
    #expect(abs(found.deviation - bound / 3.0.squareRoot()) < 0.01 * bound)
  }

  @Test("a layer's default is PyTorch's: the bound 1 / √inputs, of weight and bias")
  func standard() throws {
    let store = ParameterStore(initializing: Generator(seed: 6))
    _ = try store.network { scope in
      _ = Linear(scope / "linear", 100, 900)
      _ = Conv2d(scope / "conv", 8, 600, kernel: 5, groups: 2)
    }
    for parameter in store.parameters {
      let largest = parameter.tensor.absolute().maximum().item()
      #expect(largest <= 0.1 && largest > 0.098, "\(parameter.name)")
    }
  }

  @Test("a linear layer with an initializer of its own has a bias of zero")
  func ownInitializer() throws {
    let store = ParameterStore(initializing: Generator(seed: 6))
    _ = try store.network { Linear($0, 4, 3, initializer: .normal(0.5)) }
    #expect(store.parameters.map(\.name) == ["weight", "bias"])
    #expect(store.parameters[1].tensor.values(as: Float.self) == [0, 0, 0])
  }

  @Test("a seed gives the same weights, another one others")
  func seeds() throws {
    func weights(_ seed: UInt64) throws -> [[Float]] {
      let store = ParameterStore(initializing: Generator(seed: seed))
      _ = try store.network { Linear($0, 10, 10) }
      return store.parameters.map { $0.tensor.values(as: Float.self) }
    }
    #expect(try weights(1) == weights(1))
    #expect(try weights(1) != weights(2))
  }
}
