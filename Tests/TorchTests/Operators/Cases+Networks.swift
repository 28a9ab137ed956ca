import Torch

extension OperatorCase {
  /// The section "Networks".
  static let networks: [OperatorCase] = convolutions + normalizations + resampling + losses

  private static let convolutions: [OperatorCase] = [
    .one("conv1d") {
      $0[0].conv1d($0[1], bias: $0[2], stride: [2], padding: [1], dilation: [3], groups: 2)
    },
    .one("conv2d") {
      $0[0].conv2d(
        $0[1], bias: $0[2], stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2)
    },
    .one("conv2d:float32") { $0[0].conv2d($0[1], padding: [1, 1]) },
    .one("conv3d") {
      $0[0].conv3d(
        $0[1], bias: $0[2], stride: [1, 2, 1], padding: [1, 0, 1], dilation: [2, 1, 1], groups: 2)
    },
    .one("conv_transpose2d.input") {
      $0[0].convTranspose2d(
        $0[1], bias: $0[2], stride: [2, 3], padding: [1, 0], outputPadding: [1, 2], groups: 2,
        dilation: [1, 2])
    },
  ]

  private static let normalizations: [OperatorCase] = [
    .one("group_norm") { $0[0].groupNorm(3, weight: $0[1], bias: $0[2], eps: 0.1) },
    .one("layer_norm") { $0[0].layerNorm([3, 4], weight: $0[1], bias: $0[2], eps: 0.1) },
    .many("batch_norm") { batchNorm($0, training: true) },
    .many("batch_norm:running") { batchNorm($0, training: false) },
    .one("embedding") { $0[0].embedding($0[1]) },
  ]

  /// The results, and the running figures after it.
  private static func batchNorm(_ x: [Tensor], training: Bool) -> [Tensor] {
    let (mean, variance) = (x[3].cloned(), x[4].cloned())
    let y = x[0].batchNorm(
      weight: x[1], bias: x[2], mean: mean, variance: variance, training: training, momentum: 0.3,
      eps: 0.1)
    return [y, mean, variance]
  }

  private static let resampling: [OperatorCase] = [
    .one("avg_pool2d") { $0[0].averagePool2d([2, 3], stride: [1, 2], padding: [1, 0]) },
    .one("adaptive_avg_pool2d") { $0[0].adaptiveAveragePool2d([2, 3]) },
    .one("upsample_nearest2d.vec") { $0[0].upsampledNearest2d(size: [4, 7], scale: nil) },
    .one("upsample_nearest2d.vec:scale") { $0[0].upsampledNearest2d(size: nil, scale: [2, 3]) },
    .one("_upsample_bilinear2d_aa.vec") {
      $0[0].upsampledBilinear2d(size: [3, 4], alignCorners: true, scale: nil)
    },
    .one("_upsample_bilinear2d_aa.vec:scale") {
      $0[0].upsampledBilinear2d(size: nil, alignCorners: false, scale: [0.5, 1.5])
    },
    .one("upsample_bilinear2d.vec") {
      $0[0].upsampledBilinear2dWithoutAntialias(size: [3, 4], alignCorners: true, scale: nil)
    },
    .one("upsample_bilinear2d.vec:scale") {
      $0[0].upsampledBilinear2dWithoutAntialias(size: nil, alignCorners: false, scale: [0.5, 1.5])
    },
    .one("upsample_bicubic2d.vec") {
      $0[0].upsampledBicubic2dWithoutAntialias(size: [3, 4], alignCorners: true, scale: nil)
    },
    .one("upsample_bicubic2d.vec:scale") {
      $0[0].upsampledBicubic2dWithoutAntialias(size: nil, alignCorners: false, scale: [0.5, 1.5])
    },
    .one("pad") { $0[0].padded([1, 2, 0, 1], mode: "constant", value: 0.5) },
    .one("pad:reflect") { $0[0].padded([1, 2, 0, 1], mode: "reflect") },
    .one("pixel_shuffle") { $0[0].pixelShuffled(2) },
    .one("pixel_unshuffle") { $0[0].pixelUnshuffled(2) },
  ]

  private static let losses: [OperatorCase] = [
    .one("mse_loss") { $0[0].meanSquaredError($0[1], reduction: 2) },
    .one("mse_loss:mean") { $0[0].meanSquaredError($0[1]) },
    .one("cross_entropy_loss") {
      $0[0].crossEntropy(
        $0[1], weight: $0[2], reduction: 2, ignoreIndex: 1, labelSmoothing: 0.2)
    },
    .one("cross_entropy_loss:mean") { $0[0].crossEntropy($0[1]) },
  ]
}
