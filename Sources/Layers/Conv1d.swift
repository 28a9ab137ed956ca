public import Torch

/// A convolution over sequences.
public struct Conv1d: Sendable {
  private let weight: SequenceWeight
  private let bias: Tensor?
  private let stride: Int
  private let padding: Int
  private let dilation: Int

  /// A convolution with the weights `weight`, `[outputs, channels, kernel]`, and `bias`,
  /// `[outputs]`.
  ///
  /// Beyond the ends of a sequence are zeros.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - channels: The channels of the sequences.
  ///   - outputs: The channels of the result.
  ///   - kernel: How many places a result sees.
  ///   - stride: The places from one result to the next.
  ///   - padding: The zeros on each side.
  ///   - dilation: The distance between the places that a result sees.
  ///   - bias: Whether there is a bias.
  ///   - isNormed: Whether the weight is stored as lengths, `weight_g`, and directions, `weight_v`.
  public init(
    _ scope: Scope, _ channels: Int, _ outputs: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0, dilation: Int = 1, bias: Bool = true, isNormed: Bool = false
  ) {
    let standard = Initializer.standard(inputs: channels * kernel)
    weight = SequenceWeight(scope, [outputs, channels, kernel], standard, isNormed: isNormed)
    self.bias = bias ? scope.parameter("bias", [outputs], standard) : nil
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// - Parameter x: `[batch, channels, length]`.
  /// - Returns: `[batch, outputs, (length + 2 · padding - span) / stride + 1]`, where the span of a
  ///   kernel is `dilation · (kernel - 1) + 1`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.conv1d(
      weight(as: x.dtype), bias: bias, stride: [stride], padding: [padding], dilation: [dilation])
  }
}

/// A transposed convolution over sequences, which makes them longer.
public struct ConvTranspose1d: Sendable {
  private let weight: SequenceWeight
  private let bias: Tensor?
  private let stride: Int
  private let padding: Int

  /// A convolution with the weights `weight`, `[channels, outputs, kernel]`, and `bias`,
  /// `[outputs]`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - channels: The channels of the sequences.
  ///   - outputs: The channels of the result.
  ///   - kernel: How many results a place adds to.
  ///   - stride: The results from one place to the next.
  ///   - padding: The results that are cut off on each side.
  ///   - isNormed: Whether the weight is stored as lengths, `weight_g`, and directions, `weight_v`.
  public init(
    _ scope: Scope, _ channels: Int, _ outputs: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0, isNormed: Bool = false
  ) {
    let standard = Initializer.standard(inputs: outputs * kernel)
    weight = SequenceWeight(scope, [channels, outputs, kernel], standard, isNormed: isNormed)
    bias = scope.parameter("bias", [outputs], standard)
    self.stride = stride
    self.padding = padding
  }

  /// - Parameter x: `[batch, channels, length]`.
  /// - Returns: `[batch, outputs, (length - 1) · stride - 2 · padding + kernel]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    // A sequence is a picture of one row.
    x.unsqueezed(2).convTranspose2d(
      weight(as: x.dtype).unsqueezed(2), bias: bias, stride: [1, stride], padding: [0, padding]
    ).squeezed(2)
  }
}

/// The weight of a convolution over sequences, as it is or as lengths and directions.
private enum SequenceWeight: Sendable {
  case plain(Matrix)
  case normed(NormedWeight)

  init(_ scope: Scope, _ shape: [Int], _ initializer: Initializer, isNormed: Bool) {
    self =
      isNormed
      ? .normed(NormedWeight(scope, shape)) : .plain(scope.matrix("weight", shape, initializer))
  }

  func callAsFunction(as dtype: DType) -> Tensor {
    switch self {
    case .plain(let matrix): matrix(as: dtype)
    case .normed(let normed): normed.weight
    }
  }
}
