public import Torch

/// A convolution over clips.
///
/// Beyond the edges of pictures are zeros. Nothing is added before the first frame or after the
/// last: what stands there is for the caller to say.
public struct Conv3d: Sendable {
  let weight: Matrix
  let bias: Tensor?
  let stride: [Int]
  let padding: [Int]

  /// A convolution with the weights `weight`, `[outputs, channels, frames, height, width]`, and
  /// `bias`, `[outputs]`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - channels: The channels of the clips.
  ///   - outputs: The channels of the result.
  ///   - kernel: How many frames, rows and columns a result sees.
  ///   - stride: The frames, rows and columns from one result to the next.
  ///   - padding: The zeros above and below each frame, and on its left and right.
  public init(
    _ scope: Scope, _ channels: Int, _ outputs: Int, kernel: [Int], stride: [Int] = [1, 1, 1],
    padding: [Int] = [0, 0]
  ) {
    precondition(kernel.count == 3 && stride.count == 3 && padding.count == 2, "three dimensions")
    let standard = Initializer.standard(inputs: channels * kernel.reduce(1, *))
    weight = scope.matrix("weight", [outputs, channels] + kernel, standard)
    bias = scope.parameter("bias", [outputs], standard)
    self.stride = stride
    self.padding = [0] + padding
  }

  /// - Parameter x: `[batch, channels, frames, height, width]`.
  /// - Returns: `[batch, outputs, (frames - kernel) / stride + 1, …]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.conv3d(weight(as: x.dtype), bias: bias, stride: stride, padding: padding)
  }
}
