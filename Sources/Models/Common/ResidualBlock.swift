package import Layers
package import Torch

/// Two convolutions that features are passed around, and which an embedding of the timestep can
/// shift in between.
///
/// Ho et al. 2020, appendix B, https://arxiv.org/abs/2006.11239; diffusers' `ResnetBlock2D`.
package struct ResidualBlock: Sendable {
  let norm1: GroupNorm
  let conv1: Conv2d
  let timeProjection: Linear?
  let norm2: GroupNorm
  let conv2: Conv2d
  let shortcut: Conv2d?

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - channels: The channels of the features, and of the result.
  ///   - timeChannels: The channels of the embedded timestep; none for a block without one.
  ///   - groups: The groups of the normalizations.
  ///   - eps: What is added to the variances.
  package init(
    _ scope: Scope, channels: (Int, Int), timeChannels: Int? = nil, groups: Int, eps: Double
  ) {
    let (inputs, outputs) = channels
    norm1 = GroupNorm(scope / "norm1", inputs, groups: groups, eps: eps)
    conv1 = Conv2d(scope / "conv1", inputs, outputs, kernel: 3, padding: 1)
    timeProjection = timeChannels.map { Linear(scope / "time_emb_proj", $0, outputs) }
    norm2 = GroupNorm(scope / "norm2", outputs, groups: groups, eps: eps)
    conv2 = Conv2d(scope / "conv2", outputs, outputs, kernel: 3, padding: 1)
    shortcut =
      inputs == outputs ? nil : Conv2d(scope / "conv_shortcut", inputs, outputs, kernel: 1)
  }

  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - time: `silu` of the embedded timestep, `[batch, timeChannels]`; the same for all blocks,
  ///     so it is taken once and not in each.
  /// - Returns: `[batch, outputs, height, width]`.
  package func callAsFunction(_ x: Tensor, time: Tensor? = nil) -> Tensor {
    var h = conv1(norm1.silu(x))
    if let time, let timeProjection { h = h + timeProjection(time).unsqueezed(-1, -1) }
    return (shortcut?(x) ?? x) + conv2(norm2.silu(h))
  }
}
