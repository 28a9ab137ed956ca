public import Torch

/// A layer of long short-term memory, which reads a sequence from its first place to its last.
///
/// Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735, with a gate that
/// forgets; equal to PyTorch's `LSTM` of one layer with `batch_first`, whose names the weights
/// have.
public struct LSTM: Sendable {
  private let inputWeight: Tensor
  private let stateWeight: Tensor
  private let inputBias: Tensor
  private let stateBias: Tensor
  private let channels: Int

  /// A layer with the weights `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0` and `bias_hh_l0`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - inputs: The channels of the sequences.
  ///   - channels: The channels of the result.
  public init(_ scope: Scope, _ inputs: Int, _ channels: Int) {
    let drawn = Initializer.standard(inputs: channels)
    inputWeight = scope.parameter("weight_ih_l0", [4 * channels, inputs], drawn)
    stateWeight = scope.parameter("weight_hh_l0", [4 * channels, channels], drawn)
    inputBias = scope.parameter("bias_ih_l0", [4 * channels], drawn)
    stateBias = scope.parameter("bias_hh_l0", [4 * channels], drawn)
    self.channels = channels
  }

  /// - Parameter x: `[batch, length, inputs]`, of at least one place.
  /// - Returns: What is put out at each place, `[batch, length, channels]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (batch, length) = (x.shape[0], x.shape[1])
    let inputs = x.matmul(inputWeight.transposed(0, 1)) + (inputBias + stateBias)
    let back = stateWeight.transposed(0, 1)
    var state = Tensor.zeros([batch, channels], dtype: x.dtype)
    var memory = state
    var outputs: [Tensor] = []
    for place in 0..<length {
      let gates = (inputs.selected(dim: 1, index: place) + state.matmul(back)).chunked(4, dim: -1)
      memory = gates[1].sigmoid() * memory + gates[0].sigmoid() * gates[2].tanh()
      state = gates[3].sigmoid() * memory.tanh()
      outputs.append(state)
    }
    return outputs.stacked(dim: 1)
  }
}
