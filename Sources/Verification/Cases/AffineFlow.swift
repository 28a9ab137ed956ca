internal import Diffusion
internal import Foundation
internal import Torch

/// The probability flow of denoisers that are affine in each element, as good as exact.
///
/// With `alpha = 1` and `sigma = sinh(u)`, `dx/du = (x - x0) / tanh(u)` is smooth down to
/// `sigma = 0`. It is solved by Gauss's collocation of three stages, of order 6.
struct AffineFlow {
  /// The factors and offsets of the elements: `x` at the end is `factor · x + offset`.
  let factor: [Double]
  let offset: [Double]

  /// The flow from `sigma` down to 0.
  ///
  /// - Parameters:
  ///   - denoiser: The denoiser, of `[batch, elements]`.
  ///   - elements: The number of elements.
  ///   - sigma: Where the flow begins.
  ///   - breaks: Where the denoiser changes abruptly.
  ///   - panels: The number of steps.
  /// - Throws: What the denoiser throws.
  init(
    _ denoiser: some Denoiser, elements: Int = 1, from sigma: Double = 80, breaks: [Double] = [],
    panels: Int = 600
  ) throws {
    let ends = ([sigma] + breaks.sorted(by: >) + [0]).map { asinh($0) }
    var factor = [Double](repeating: 1, count: elements)
    var offset = [Double](repeating: 0, count: elements)
    for (high, low) in zip(ends, ends.dropFirst()) {
      let count = max(Int(Double(panels) * (high - low) / ends[0]), 20)
      let h = (low - high) / Double(count)
      for panel in 0..<count {
        let stages = try Self.nodes.map { node in
          try Self.slope(denoiser, elements, u: high + (Double(panel) + node) * h)
        }
        for i in 0..<elements {
          let a = stages.map { $0.linear[i] }
          factor[i] = Self.step(factor[i], h, a, [0, 0, 0])
          offset[i] = Self.step(offset[i], h, a, stages.map { $0.constant[i] })
        }
      }
    }
    (self.factor, self.offset) = (factor, offset)
  }

  /// The variance of an element at the end, if it begins with that of the noise.
  func variance(_ element: Int = 0, from sigma: Double = 80) -> Double {
    factor[element] * factor[element] * sigma * sigma
  }

  private static let root = 15.0.squareRoot()
  private static let nodes = [0.5 - root / 10, 0.5, 0.5 + root / 10]
  private static let weights = [5.0 / 18, 4.0 / 9, 5.0 / 18]
  private static let matrix = [
    [5.0 / 36, 2.0 / 9 - root / 15, 5.0 / 36 - root / 30],
    [5.0 / 36 + root / 24, 2.0 / 9, 5.0 / 36 - root / 24],
    [5.0 / 36 + root / 30, 2.0 / 9 + root / 15, 5.0 / 36],
  ]

  /// `dx/du = linear · x + constant` for each element.
  private static func slope(
    _ denoiser: some Denoiser, _ elements: Int, u: Double
  ) throws -> (linear: [Double], constant: [Double]) {
    let level = NoiseLevel(alpha: 1, sigma: sinh(u))
    let x = concatenate(
      Tensor.zeros([1, elements], dtype: .float64), Tensor.ones([1, elements], dtype: .float64))
    let x0 = try denoiser(x, at: level).values(as: Double.self)
    let (zero, one) = (x0.prefix(elements), x0.suffix(elements))
    return (zip(zero, one).map { (1 - ($1 - $0)) / tanh(u) }, zero.map { -$0 / tanh(u) })
  }

  /// A step of `dx/du = a · x + b`, whose stages are solved by iteration.
  private static func step(_ x: Double, _ h: Double, _ a: [Double], _ b: [Double]) -> Double {
    var k = b
    for _ in 0..<30 {
      k = (0..<3).map { i in
        a[i] * (x + h * zip(matrix[i], k).reduce(0) { $0 + $1.0 * $1.1 }) + b[i]
      }
    }
    return x + h * zip(weights, k).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
