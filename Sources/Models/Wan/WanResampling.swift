package import Layers
package import Torch

/// Half the rows and columns, and half the frames if `isInTime`.
///
/// diffusers' `WanResample` in its modes `downsample2d` and `downsample3d`. The first frame of a
/// clip stays alone, so that a picture is a clip of one frame.
package struct WanDownsampling: Sendable {
  private let convolution: Conv2d
  private let timeConvolution: Conv3d?

  package init(_ scope: Scope, _ channels: Int, isInTime: Bool) {
    convolution = Conv2d(scope / "resample" / 1, channels, channels, kernel: 3, stride: 2)
    timeConvolution =
      isInTime
      ? Conv3d(
        scope / "time_conv", channels, channels, kernel: [3, 1, 1], stride: [2, 1, 1]) : nil
  }

  /// - Parameters:
  ///   - x: `[batch, channels, frames, height, width]`: one frame at first, an even number later if
  ///     frames are halved.
  ///   - past: What was before.
  /// - Returns: `[batch, channels, frames / 2, height / 2, width / 2]`.
  package func callAsFunction(_ x: Tensor, past: inout PastFrames) -> Tensor {
    let pictures = convolution(x.asPictures.padded([0, 1, 0, 1]))
    let frames = pictures.asClips(batch: x.shape[0])
    guard let timeConvolution else { return frames }
    if past.isEmpty {
      past.keep(frames, 1)
      return frames
    }
    return timeConvolution(past.extend(frames, keeping: 1) { frames.zeroFrames(1) })
  }
}

/// Twice the rows and columns, and twice the frames if `isInTime`.
///
/// diffusers' `WanResample` in its modes `upsample2d` and `upsample3d`. The first frame of a clip
/// stays alone, and those after it do not see it here.
package struct WanUpsampling: Sendable {
  private let convolution: Conv2d
  private let timeConvolution: Conv3d?

  package init(_ scope: Scope, _ channels: Int, _ outputs: Int, isInTime: Bool) {
    convolution = Conv2d(scope / "resample" / 1, channels, outputs, kernel: 3, padding: 1)
    timeConvolution =
      isInTime ? Conv3d(scope / "time_conv", channels, 2 * channels, kernel: [3, 1, 1]) : nil
  }

  /// - Parameters:
  ///   - x: `[batch, channels, frames, height, width]`: one frame at first.
  ///   - past: What was before.
  /// - Returns: `[batch, outputs, 2 · frames, 2 · height, 2 · width]`; the first frame stays one.
  package func callAsFunction(_ x: Tensor, past: inout PastFrames) -> Tensor {
    let frames = doubledInTime(x, past: &past)
    let pictures = frames.asPictures.upsampledNearest2d(size: nil, scale: [2, 2])
    return convolution(pictures).asClips(batch: x.shape[0])
  }

  private func doubledInTime(_ x: Tensor, past: inout PastFrames) -> Tensor {
    guard let timeConvolution else { return x }
    if past.isEmpty {
      past.keep(x.zeroFrames(2), 2)
      return x
    }
    let pairs = timeConvolution(past.extend(x, keeping: 2) { x.zeroFrames(2) })
    // The first half of the channels is the earlier frame of each pair.
    return pairs.chunked(2, dim: 1).stacked(dim: 3)
      .reshaped(x.shape[0], x.shape[1], -1, x.shape[3], x.shape[4])
  }
}
