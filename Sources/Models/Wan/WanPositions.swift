internal import Foundation
package import Torch

/// Turns pairs of channels by angles that grow with a token's frame, row and column.
///
/// Su et al. 2021, https://arxiv.org/abs/2104.09864, equation 34, over three axes: of a head's
/// channels about a third is for each, what is left over for time. diffusers' `WanRotaryPosEmbed`.
package struct WanPositions: Sendable {
  /// The cosine and sine of each channel's pair, `[1, tokens, 1, channels]`.
  private let cosines: Tensor
  private let sines: Tensor
  /// What makes `(-b, a)` of each pair `(a, b)`, `[channels, channels]`: as a product, where pairs
  /// that are taken apart and put together again would take several times as long.
  private let quarterTurn: Tensor

  /// - Parameters:
  ///   - grid: The frames, rows and columns of tokens.
  ///   - channels: Those of a head, an even number.
  package init(grid: [Int], channels: Int) {
    let side = channels / 6
    let angles = zip(grid, [channels / 2 - 2 * side, side, side]).map { count, pairs in
      (0..<count).map { place in
        (0..<pairs).map { Double(place) * pow(10_000, -Double($0) / Double(pairs)) }
      }
    }
    var turns: [Double] = []
    turns.reserveCapacity(grid.reduce(channels / 2, *))
    for frame in angles[0] {
      for row in angles[1] {
        for column in angles[2] { turns += frame + row + column }
      }
    }
    let shape = [1, grid.reduce(1, *), 1, channels]
    cosines = Tensor(turns.flatMap { [Float(cos($0)), Float(cos($0))] }, shape: shape)
    sines = Tensor(turns.flatMap { [Float(sin($0)), Float(sin($0))] }, shape: shape)
    let entries = (0..<channels).flatMap { row in
      (0..<channels).map { column -> Float in row ^ 1 == column ? (row % 2 == 0 ? 1 : -1) : 0 }
    }
    quarterTurn = Tensor(entries, shape: [channels, channels])
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, heads · channels]`.
  ///   - heads: The number of heads.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor, heads: Int) -> Tensor {
    withAutocast(nil) {
      let h = x.reshaped(x.shape[0], x.shape[1], heads, -1).converted(to: .float32)
      let turned = h * cosines + h.matmul(quarterTurn) * sines
      return turned.reshaped(x.shape.sizes).converted(to: x.dtype)
    }
  }
}
