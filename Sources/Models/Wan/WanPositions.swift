internal import Foundation
package import Torch

/// Turns pairs of channels by angles that grow with a token's frame, row and column.
///
/// Su et al. 2021, https://arxiv.org/abs/2104.09864, equation 34, over three axes: of a head's
/// channels about a third is for each, what is left over for time. diffusers' `WanRotaryPosEmbed`.
package struct WanPositions: Sendable {
  /// The cosines and sines of each pair of channels, `[1, tokens, 1, channels / 2]`.
  private let cosines: Tensor
  private let sines: Tensor

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
    let shape = [1, grid.reduce(1, *), 1, channels / 2]
    cosines = Tensor(turns.map { Float(cos($0)) }, shape: shape)
    sines = Tensor(turns.map { Float(sin($0)) }, shape: shape)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, heads · channels]`.
  ///   - heads: The number of heads.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor, heads: Int) -> Tensor {
    let pairs = x.reshaped(x.shape[0], x.shape[1], heads, -1, 2).converted(to: .float32)
    let (a, b) = (pairs.selected(dim: -1, index: 0), pairs.selected(dim: -1, index: 1))
    let turned = [a * cosines - b * sines, a * sines + b * cosines].stacked(dim: -1)
    return turned.reshaped(x.shape.sizes).converted(to: x.dtype)
  }
}
