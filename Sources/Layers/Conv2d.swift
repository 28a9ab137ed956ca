public import Torch

/// A convolution over pictures.
public struct Conv2d: Sendable {
  let weight: Matrix
  let bias: Tensor?
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
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, outputs, (height + 2 · padding - kernel) / stride + 1, …]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let weight = weight(as: x.dtype)
    guard let wrapping else {
      return x.convolved(
        by: weight, bias: bias, stride: stride, padding: (padding, padding), groups: groups)
    }
    let pad = [padding, padding, padding, padding]
    return x.padded(pad, wrapping: wrapping)
      .convolved(by: weight, bias: bias, stride: stride, groups: groups)
  }

  /// The channels of the result.
  package var outputs: Int { weight.stored.shape[0] }

  /// The rows of the result that need no padding above or below; edges do not meet.
  ///
  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, outputs, (height - kernel) / stride + 1, …]`.
  package func withoutRowPadding(_ x: Tensor) -> Tensor {
    x.convolved(
      by: weight(as: x.dtype), bias: bias, stride: stride, padding: (0, padding), groups: groups)
  }
}
