internal import Layers
internal import Torch

/// An activation that repeats itself: `x + sin²(α x) / β`, of each channel.
///
/// Ziyin, Hartwig and Ueda 2020, https://arxiv.org/abs/2006.08195, with a β of its own as in
/// BigVGAN, https://arxiv.org/abs/2206.04658. The weights are the logarithms of α and β.
struct Snake1d: Sendable {
  let alpha: Tensor
  let beta: Tensor

  /// An activation with the weights `alpha` and `beta`, both `[1, channels, 1]`.
  init(_ scope: Scope, _ channels: Int) {
    alpha = scope.parameter("alpha", [1, channels, 1], .constant(0))
    beta = scope.parameter("beta", [1, channels, 1], .constant(0))
  }

  /// - Parameter x: `[batch, channels, length]`.
  /// - Returns: The same shape.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let wave = (alpha.exponential() * x).sine()
    // Where β is next to nothing, the sum keeps the quotient finite.
    return x + wave * wave / (beta.exponential() + 1e-9)
  }
}

/// A residual unit of a dilated convolution of seven places and one of one place.
struct OobleckResidualUnit: Sendable {
  let snake1: Snake1d
  let conv1: Conv1d
  let snake2: Snake1d
  let conv2: Conv1d

  init(_ scope: Scope, _ channels: Int, dilation: Int) {
    snake1 = Snake1d(scope / "snake1", channels)
    conv1 = Conv1d(
      scope / "conv1", channels, channels, kernel: 7, padding: 3 * dilation, dilation: dilation,
      isNormed: true)
    snake2 = Snake1d(scope / "snake2", channels)
    conv2 = Conv1d(scope / "conv2", channels, channels, kernel: 1, isNormed: true)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x + conv2(snake2(conv1(snake1(x)))) }

  /// Three units, each of which sees three times as far as the one before.
  static func three(_ scope: Scope, _ channels: Int) -> [OobleckResidualUnit] {
    [1, 3, 9].enumerated().map { index, dilation in
      OobleckResidualUnit(scope / "res_unit\(index + 1)", channels, dilation: dilation)
    }
  }
}

/// A stage of the encoder, which makes a sequence `stride` times shorter.
struct OobleckEncoderBlock: Sendable {
  let units: [OobleckResidualUnit]
  let snake1: Snake1d
  let conv1: Conv1d

  init(_ scope: Scope, _ channels: Int, _ outputs: Int, stride: Int) {
    units = OobleckResidualUnit.three(scope, channels)
    snake1 = Snake1d(scope / "snake1", channels)
    conv1 = Conv1d(
      scope / "conv1", channels, outputs, kernel: 2 * stride, stride: stride,
      padding: (stride + 1) / 2, isNormed: true)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { conv1(snake1(units.reduce(x) { $1($0) })) }
}

/// A stage of the decoder, which makes a sequence `stride` times longer.
struct OobleckDecoderBlock: Sendable {
  let snake1: Snake1d
  let transposed: ConvTranspose1d
  let units: [OobleckResidualUnit]

  init(_ scope: Scope, _ channels: Int, _ outputs: Int, stride: Int) {
    snake1 = Snake1d(scope / "snake1", channels)
    transposed = ConvTranspose1d(
      scope / "conv_t1", channels, outputs, kernel: 2 * stride, stride: stride,
      padding: (stride + 1) / 2, isNormed: true)
    units = OobleckResidualUnit.three(scope, outputs)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { units.reduce(transposed(snake1(x))) { $1($0) } }
}
