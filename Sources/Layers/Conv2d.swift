public import Torch

/// A convolution over pictures.
public struct Conv2d: Sendable {
  private var weight: Matrix
  private let bias: Tensor?
  private var tiles: TileWeight?
  let stride: Int
  let padding: Int
  let groups: Int
  let wrapping: Wrapping?

  /// A convolution with the weights `weight`, `[outputs, channels / groups, kernel, kernel]`, and
  /// `bias`, `[outputs]`.
  ///
  /// Beyond the edges of a picture are zeros, or its opposite edge where the scope says so.
  public init(
    _ scope: Scope, _ channels: Int, _ outputs: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0, groups: Int = 1, bias: Bool = true, initializer: Initializer? = nil
  ) {
    let standard = Initializer.standard(inputs: channels / groups * kernel * kernel)
    weight = scope.matrix(
      "weight", [outputs, channels / groups, kernel, kernel], initializer ?? standard)
    self.bias =
      bias
      ? scope.parameter("bias", [outputs], initializer == nil ? standard : .constant(0)) : nil
    self.stride = stride
    self.padding = padding
    self.groups = groups
    wrapping = padding > 0 ? scope.wrapping : nil
    if groups == 1 { tiles = weight.packed(bias: self.bias) }
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, outputs, (height + 2 · padding - kernel) / stride + 1, …]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard let wrapping else { return convolved(x, padding: (padding, padding)) }
    let pad = [padding, padding, padding, padding]
    return convolved(x.padded(pad, wrapping: wrapping), padding: (0, 0))
  }

  private func convolved(_ x: Tensor, padding: (Int, Int)) -> Tensor {
    if let tiles { return tiles.convolved(x, stride: stride, padding: padding) }
    return x.convolved(
      by: weight(as: x.dtype), bias: bias, stride: stride, padding: padding, groups: groups)
  }

  /// The channels of the result.
  package var outputs: Int { weight.stored.shape[0] }

  /// The rows of the result that need no padding above or below; edges do not meet.
  ///
  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, outputs, (height - kernel) / stride + 1, …]`.
  package func withoutRowPadding(_ x: Tensor) -> Tensor {
    convolved(x, padding: (0, padding))
  }
}
