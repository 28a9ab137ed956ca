import Layers
import TestSupport
import Testing
import Torch

/// Layers over sequences with PyTorch's weights give PyTorch's results, in float32 to 1e-5.
@Suite struct SequenceLayerTests {
  let golden: Golden

  init() throws {
    golden = try Golden("sequence_layers.safetensors")
  }

  /// Builds a layer from its golden weights, all of them, and compares what it makes of `x`, and
  /// the derivatives by the weights.
  private func check<Layer>(
    _ name: String, _ build: (Scope) -> Layer, _ run: (Layer, Tensor) -> Tensor
  ) throws {
    let weights = WeightSource(try golden.tensors("\(name).module"))
    let x = try golden["\(name).x"]
    let y = try golden["\(name).y"]
    let fixed = try ParameterStore(loading: weights).network(build)
    #expect(distance(try checked { run(fixed, x) }, y) < 1e-5, "\(name)")
    let store = ParameterStore(loading: weights, trainable: true)
    let layer = try store.network(build)
    let gradients = try checked {
      let found = run(layer, x)
      #expect(distance(found, y) < 1e-5, "\(name)")
      return (found * found).mean().gradients(by: store.parameters.map(\.tensor))
    }
    for (parameter, gradient) in zip(store.parameters, gradients) {
      let expected = try golden["\(name).gradient.\(parameter.name)"]
      #expect(distance(gradient, expected) < 1e-5, "\(name).\(parameter.name)")
    }
  }

  @Test("convolutions, with strides and dilations")
  func convolutions() throws {
    try check("conv1d", { Conv1d($0, 3, 4, kernel: 3, padding: 1) }, { $0($1) })
    try check(
      "conv1d_dilated",
      { Conv1d($0, 3, 5, kernel: 5, stride: 2, padding: 4, dilation: 3, bias: false) },
      { $0($1) })
  }

  @Test("long short-term memory")
  func memory() throws {
    try check("lstm", { LSTM($0, 3, 4) }, { $0($1) })
  }

  @Test("transposed convolutions")
  func transposed() throws {
    try check(
      "transposed", { ConvTranspose1d($0, 4, 3, kernel: 6, stride: 3, padding: 2) }, { $0($1) })
  }

  @Test("weights as lengths and directions")
  func normed() throws {
    try check(
      "conv1d_normed",
      { Conv1d($0, 4, 6, kernel: 4, stride: 2, padding: 1, isNormed: true) }, { $0($1) })
    try check(
      "transposed_normed",
      { ConvTranspose1d($0, 4, 3, kernel: 4, stride: 2, padding: 1, isNormed: true) },
      { $0($1) })
  }

  @Test("scaling to a root mean square of 1")
  func rmsNorm() throws {
    try check("rms_norm", { RMSNorm($0, 8, eps: 1e-4) }, { $0($1) })
  }

  @Test("a weight that is drawn has about the size of PyTorch's")
  func drawn() throws {
    let store = ParameterStore(initializing: Generator(seed: 73))
    let layer = try store.network { NormedWeight($0, [64, 32, 7]) }
    let lengths = try checked { layer.weight.vectorNorm(order: 2, dims: [1, 2]) }
    #expect(distance(lengths, Tensor.full([64], .real(1 / 3.0.squareRoot()))) < 1e-5)
    let direction = try #require(store.parameters.last).tensor
    let found = try checked { direction.vectorNorm(order: 2, dims: [1, 2]).mean().item() }
    #expect(abs(found - 1 / 3.0.squareRoot()) < 0.01)
  }
}
