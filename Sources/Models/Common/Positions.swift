internal import Foundation
package import Torch

/// Sines and cosines of the column and of the row of every place of a grid.
///
/// He et al. 2021 (MAE), as DiT and PixArt use it: the first half of the channels is for the
/// column, each half's sines stand before its cosines. A grid of another size than `base` covers
/// the same range of positions, as diffusers has it.
///
/// - Parameters:
///   - rows: The places a column.
///   - columns: The places a row.
///   - channels: A multiple of four.
///   - base: The side of the square that the positions are made for.
///   - scale: By how much the places lie closer together.
/// - Returns: `[1, rows · columns, channels]`, float32.
package func sinusoidalPositions2d(
  rows: Int, columns: Int, channels: Int, base: Int, scale: Double = 1
) -> Tensor {
  let quarter = channels / 4
  let frequencies = (0..<quarter).map { pow(10000, -Double($0) / Double(quarter)) }
  func waves(_ count: Int) -> [[Float]] {
    (0..<count).map { place in
      let position = Float(place) / Float(Double(count) / Double(base)) / Float(scale)
      let angles = frequencies.map { Double(position) * $0 }
      return angles.map { Float(sin($0)) } + angles.map { Float(cos($0)) }
    }
  }
  let across = waves(columns)
  let values = waves(rows).flatMap { row in across.flatMap { $0 + row } }
  return Tensor(values, shape: [1, rows * columns, 4 * quarter])
}

extension ConfigurationKeys {
  /// Refuses sizes of which no positions of a grid can be made.
  ///
  /// - Parameters:
  ///   - headKey: The key of the channels of a head.
  ///   - sideKey: The key of the width and height of the latents.
  ///   - heads: The number of heads.
  ///   - headChannels: The channels of a head.
  ///   - side: The width and height of the latents.
  ///   - patch: The width and height of the square of latents that is one token.
  /// - Throws: `DecodingError` with the key that is wrong.
  func checkPositions(
    _ headKey: Key, _ sideKey: Key, heads: Int, headChannels: Int, side: Int, patch: Int
  ) throws {
    let channels = heads * headChannels
    guard channels % 4 == 0 else {
      throw misfit(
        headKey, "\(heads) heads of \(headChannels) channels are no multiple of 4")
    }
    guard side >= patch else {
      throw misfit(sideKey, expected: "\(patch) or more", found: side)
    }
    let places = side / patch
    guard places * places * channels <= 1 << 30 else {
      let found = "\(places) × \(places) positions of \(channels) channels"
      throw misfit(sideKey, expected: "at most 2³⁰ numbers of positions", found: found)
    }
  }
}
