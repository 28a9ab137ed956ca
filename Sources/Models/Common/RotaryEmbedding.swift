package import Torch

/// Positions as turns of pairs of channels, so that products depend on distances alone.
///
/// Su et al. 2021, section 3.2.2, https://arxiv.org/abs/2104.09864. A pair is a channel of the
/// first half and its like of the second half, as in GPT-NeoX; channels behind those that turn stay
/// as they are.
package struct RotaryEmbedding: Sendable {
  private let cosines: Tensor
  private let sines: Tensor
  private let channels: Int

  /// The turns of places from 0 on.
  ///
  /// - Parameters:
  ///   - length: The number of places.
  ///   - channels: The channels of a head that turn; an even number.
  ///   - theta: The slowest pair turns by about `1 / theta` from a place to the next.
  package init(length: Int, channels: Int, theta: Double = 10_000) {
    self.channels = channels
    let half = channels / 2
    // Rounded to float32 at every step, as the references have it.
    let exponents = Tensor.range(to: half, dtype: .float32) * 2 / Double(channels)
    let frequencies = Tensor.full([half], .real(theta)).power(exponents).reciprocal()
    let angles = Tensor.range(to: length, dtype: .float32).unsqueezed(-1) * frequencies
    cosines = angles.cosine().unsqueezed(1)
    sines = angles.sine().unsqueezed(1)
  }

  /// Turns queries or keys.
  ///
  /// - Parameters:
  ///   - x: `[batch, length, heads · d]`.
  ///   - heads: The number of heads.
  /// - Returns: The same shape and type; the turns are made in float32.
  package func callAsFunction(_ x: Tensor, heads: Int) -> Tensor {
    let split = x.reshaped(x.shape[0], x.shape[1], heads, -1)
    let rest = split.shape[3] - channels
    let parts = split.converted(to: .float32)
      .split(sizes: [channels / 2, channels / 2, rest], dim: -1)
    guard parts.count == 3 else { return x }
    let turned = concatenate(
      parts[0] * cosines - parts[1] * sines, parts[1] * cosines + parts[0] * sines, parts[2],
      dim: -1)
    return turned.reshaped(x.shape.sizes).converted(to: x.dtype)
  }
}
