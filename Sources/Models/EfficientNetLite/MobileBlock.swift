package import Layers
package import Torch

/// An inverted residual block: wider, a convolution of each channel by itself, narrower again.
///
/// Sandler et al. 2018, table 1, https://arxiv.org/abs/1801.04381.
package struct MobileBlock: Sendable {
  static let eps = 1e-3

  let expand: SameConv2d?
  let expandNorm: BatchNorm?
  let depthwise: SameConv2d
  let depthwiseNorm: BatchNorm
  let project: SameConv2d
  let projectNorm: BatchNorm
  let isResidual: Bool

  package init(
    _ scope: Scope, _ stage: EfficientNetLiteConfiguration.Stage, inputs: Int, stride: Int
  ) {
    let inner = inputs * stage.expansion
    let expands = stage.expansion != 1
    expand = expands ? SameConv2d(scope / "_expand_conv", inputs, inner, kernel: 1) : nil
    expandNorm = expands ? BatchNorm(scope / "_bn0", inner, eps: Self.eps) : nil
    depthwise = SameConv2d(
      scope / "_depthwise_conv", inner, inner, kernel: stage.kernel, stride: stride, groups: inner)
    depthwiseNorm = BatchNorm(scope / "_bn1", inner, eps: Self.eps)
    project = SameConv2d(scope / "_project_conv", inner, stage.outputs, kernel: 1)
    projectNorm = BatchNorm(scope / "_bn2", stage.outputs, eps: Self.eps)
    isResidual = stride == 1 && inputs == stage.outputs
  }

  /// - Parameter x: `[batch, inputs, height, width]`.
  /// - Returns: `[batch, outputs, ⌈height / stride⌉, ⌈width / stride⌉]`.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    var h = x
    if let expand, let expandNorm { h = relu6(expandNorm(expand(h))) }
    h = relu6(depthwiseNorm(depthwise(h)))
    h = projectNorm(project(h))
    return isResidual ? h + x : h
  }
}

/// A convolution without a bias whose result is `⌈size / stride⌉` wide and high, as TensorFlow's.
///
/// Where the zeros around the picture cannot be shared evenly, the right and the bottom get more.
package struct SameConv2d: Sendable {
  let conv: Conv2d
  let kernel: Int
  let stride: Int

  package init(
    _ scope: Scope, _ channels: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1
  ) {
    conv = Conv2d(
      scope, channels, outputs, kernel: kernel, stride: stride, groups: groups, bias: false)
    self.kernel = kernel
    self.stride = stride
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    func zeros(_ size: Int) -> (before: Int, after: Int) {
      let all = max(((size + stride - 1) / stride - 1) * stride + kernel - size, 0)
      return (all / 2, all - all / 2)
    }
    guard kernel > 1 || stride > 1 else { return conv(x) }
    let (rows, columns) = (zeros(x.shape[2]), zeros(x.shape[3]))
    return conv(x.padded([columns.before, columns.after, rows.before, rows.after]))
  }
}
