package import Layers
package import Torch

/// A convolution over three rows, columns and frames, of which the frame itself is the last.
///
/// diffusers' `WanCausalConv3d` with a kernel and a cache of its own.
package struct CausalConv3d: Sendable {
  private let convolution: Conv3d

  package init(_ scope: Scope, _ channels: Int, _ outputs: Int) {
    convolution = Conv3d(scope, channels, outputs, kernel: [3, 3, 3], padding: [1, 1])
  }

  /// - Parameters:
  ///   - x: `[batch, channels, frames, height, width]`.
  ///   - past: What was before; black, if nothing.
  /// - Returns: `[batch, outputs, frames, height, width]`.
  package func callAsFunction(_ x: Tensor, past: inout PastFrames) -> Tensor {
    let whole = past.extend(x, keeping: 2) { x.zeroFrames(2) }
    // Several times as fast on CPUs as the channels outermost.
    return convolution(whole.contiguous(memoryFormat: .channelsLast3d))
  }
}
