public import Torch

internal import Foundation

/// Guidance away from what the denoiser says where its attention is blurred out.
///
/// Hong et al. 2023, https://arxiv.org/abs/2210.00939: the estimate is blurred where a mask says
/// so, noised again by the same noise, and denoised again; the noise of that second call is what
/// the guided noise keeps away from, with `scale - 1` for their `s`. Written in `x0`, because the
/// two calls see different samples: `x0 + (scale - 1) · (blurred - x0 of blurred)`.
public struct SelfAttentionGuided<Base: Denoiser>: Denoiser {
  /// Where the network attends for a noisy sample: 1 there and 0 elsewhere, so that it broadcasts
  /// over `[batch, channels, height, width]`.
  public typealias Mask = (_ x: Tensor, _ level: NoiseLevel) throws -> Tensor

  private let base: Base
  private let scale: Double
  private let deviation: Double
  private let mask: Mask

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - base: The denoiser, of `[batch, channels, height, width]`.
  ///   - scale: The guidance scale; 1 is off.
  ///   - deviation: How far the blur reaches, in pixels.
  ///   - mask: Where to blur; asked right after `base` was called, so that a network can answer
  ///     from
  ///     the attention that it has just computed (``selfAttentionMask(_:height:width:)``).
  public init(_ base: Base, scale: Double, deviation: Double = 1, mask: @escaping Mask) {
    self.base = base
    self.scale = scale
    self.deviation = deviation
    self.mask = mask
  }

  /// Estimates `x0` with two calls.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let x0 = try base(x, at: level)
    guard scale != 1 else { return x0 }
    let mask = try mask(x, level)
    let blurred = mask * gaussianBlur(x0, deviation: deviation) + (1 - mask) * x0
    let again = try base(level.noised(blurred, by: level.epsilon(in: x, of: x0)), at: level)
    return x0 + (scale - 1) * (blurred - again)
  }
}

/// Pictures blurred by a Gaussian that is cut off at four deviations; they go on beyond their edges
/// as in a mirror.
///
/// - Parameters:
///   - x: Pictures, `[batch, channels, height, width]`, larger than four deviations.
///   - deviation: How far the blur reaches, in pixels; above 0.
/// - Returns: The blurred pictures, in the shape of `x`.
public func gaussianBlur(_ x: Tensor, deviation: Double) -> Tensor {
  let reach = Int((4 * deviation).rounded(.up))
  let weights = (-reach...reach).map { exp(-pow(Double($0) / deviation, 2) / 2) }
  let kernel = Tensor(weights.map { $0 / weights.reduce(0, +) }).converted(to: x.dtype)
    .moved(to: x.device)
  let planes = x.padded([reach, reach, reach, reach], mode: "reflect")
    .reshaped(-1, 1, x.shape[2] + 2 * reach, x.shape[3] + 2 * reach)
  return planes.conv2d(kernel.reshaped(1, 1, 1, -1)).conv2d(kernel.reshaped(1, 1, -1, 1))
    .reshaped(Array(x.shape))
}

/// Where more attention arrives than one query gives: the mask of ``SelfAttentionGuided``.
///
/// Hong et al. 2023, https://arxiv.org/abs/2210.00939: the attention of all queries to a key, a
/// mean over the heads, above 1.
///
/// - Parameters:
///   - attention: Weights of the middle block, `[batch, heads, queries, keys]`, rows summing to 1.
///   - height: The height that `keys` are laid out in.
///   - width: Their width; `height · width` is the number of keys.
/// - Returns: The mask, `[batch, 1, height, width]`, in the dtype of `attention`.
public func selfAttentionMask(_ attention: Tensor, height: Int, width: Int) -> Tensor {
  attention.mean(dims: [1]).sum(dims: [1]).greater(than: 1).converted(to: attention.dtype)
    .reshaped(attention.shape[0], 1, height, width)
}
