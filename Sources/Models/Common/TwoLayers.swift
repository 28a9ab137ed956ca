internal import Layers
internal import Torch

/// Two linear maps with a ReLU between them, the references' `Sequential`.
struct TwoLayers: Sendable {
  private let first: Linear
  private let second: Linear

  /// Maps with the parts `0` and `second`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - inputs: The numbers that come in.
  ///   - outputs: Those that go out.
  ///   - hidden: Those between; as many as go out if not given.
  ///   - second: The second map's number among the parts: those without weights count too.
  init(_ scope: Scope, _ inputs: Int, _ outputs: Int, hidden: Int? = nil, second: Int) {
    first = Linear(scope / 0, inputs, hidden ?? outputs)
    self.second = Linear(scope / second, hidden ?? outputs, outputs)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { second(first(x).relu()) }
}

extension Tensor {
  /// Rows by number.
  func at(_ rows: Tensor) -> Tensor { indexSelected(dim: 0, rows) }

  /// The lengths of vectors, `[…, 3]`.
  var lengths: Tensor { vectorNorm(dims: [-1]) }
}
