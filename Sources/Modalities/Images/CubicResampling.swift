package import Torch

/// Pixels at another size, by Pillow's cubic kernel.
///
/// Keys 1981, https://doi.org/10.1109/TASSP.1981.1163711, with a = -1/2, wider where they thin out.
/// Equal to Pillow's `resize` with `BICUBIC`: rows first, each pass rounded to bytes, and weights
/// that fall outside the picture left out of the mean.
///
/// - Parameters:
///   - bytes: Colours in [0, 255], `[channels, height, width]`, in any dtype.
///   - width: The new width.
///   - height: The new height.
/// - Returns: Whole numbers in [0, 255], `[channels, height, width]`, in float32.
package func cubicallyResized(_ bytes: Tensor, width: Int, height: Int) -> Tensor {
  func rounded(_ x: Tensor) -> Tensor { (x + 0.5).floor().clamped(min: 0.0, max: 255.0) }
  let x = bytes.converted(to: .float64)
  let (rows, columns) = (x.shape[1], x.shape[2])
  let wide =
    columns == width ? x : rounded(x.matmul(averaging(columns, to: width).transposed(0, 1)))
  let high = rows == height ? wide : rounded(averaging(rows, to: height).matmul(wide))
  return high.converted(to: .float32)
}

/// Numbers between those of a picture, by a cubic kernel that looks at four in each direction.
///
/// Keys 1981 with a = -3/4, however much the picture shrinks; beyond the edge its outermost numbers
/// are repeated. Equal to PyTorch's `interpolate` in mode `bicubic`.
///
/// - Parameters:
///   - x: `[…, height, width]`.
///   - width: The new width.
///   - height: The new height.
/// - Returns: `[…, height, width]`, in float32.
package func cubicallyInterpolated(_ x: Tensor, width: Int, height: Int) -> Tensor {
  let (rows, columns) = (x.shape[-2], x.shape[-1])
  let x = x.converted(to: .float64)
  let wide = x.matmul(interpolation(columns, to: width).transposed(0, 1))
  return interpolation(rows, to: height).matmul(wide).converted(to: .float32)
}

/// The weight of a number at a distance from the place that is asked for, by Keys' kernel.
private func keys(_ distance: Double, a: Double) -> Double {
  let x = abs(distance)
  if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
}

/// The matrix, `[after, before]`, that means numbers with weights as wide as they are thinned out.
private func averaging(_ before: Int, to after: Int) -> Tensor {
  let ratio = Double(before) / Double(after)
  let width = max(ratio, 1)
  var weights = [Double](repeating: 0, count: after * before)
  for row in 0..<after {
    let center = (Double(row) + 0.5) * ratio
    let first = max(Int(center - 2 * width + 0.5), 0)
    let end = min(Int(center + 2 * width + 0.5), before)
    let found = (first..<end).map { keys((Double($0) - center + 0.5) / width, a: -0.5) }
    let sum = found.reduce(0, +)
    for (place, weight) in zip(first..<end, found) { weights[row * before + place] = weight / sum }
  }
  return Tensor(weights, shape: [after, before])
}

/// The matrix, `[after, before]`, that reads numbers off between others.
private func interpolation(_ before: Int, to after: Int) -> Tensor {
  let ratio = Double(before) / Double(after)
  var weights = [Double](repeating: 0, count: after * before)
  for row in 0..<after {
    let center = (Double(row) + 0.5) * ratio - 0.5
    let left = Int(center.rounded(.down))
    for place in left - 1...left + 2 {
      let inside = min(max(place, 0), before - 1)
      weights[row * before + inside] += keys(Double(place) - center, a: -0.75)
    }
  }
  return Tensor(weights, shape: [after, before])
}
