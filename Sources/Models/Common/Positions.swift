internal import Foundation
package import Torch

/// Sines and cosines of the column and of the row of every place of a square.
///
/// He et al. 2021 (MAE), as DiT and PixArt use it: the first half of the channels is for the
/// column, each half's sines stand before its cosines.
///
/// - Parameters:
///   - side: The places a row and a column.
///   - channels: A multiple of four.
///   - scale: By how much the places lie closer together.
/// - Returns: `[1, side · side, channels]`, float32.
package func sinusoidalPositions2d(side: Int, channels: Int, scale: Int = 1) -> Tensor {
  let quarter = channels / 4
  let frequencies = (0..<quarter).map { pow(10000, -Double($0) / Double(quarter)) }
  var values: [Float] = []
  values.reserveCapacity(side * side * channels)
  for row in 0..<side {
    for column in 0..<side {
      for place in [column, row] {
        let angles = frequencies.map { Double(place) / Double(scale) * $0 }
        values += angles.map { Float(sin($0)) }
        values += angles.map { Float(cos($0)) }
      }
    }
  }
  return Tensor(values, shape: [1, side * side, channels])
}
