internal import Foundation
public import Torch

/// Wigner's 3j symbols between real spherical harmonics, in e3nn's order, sign and normalization.
///
/// The one way, up to a factor, in which numbers of the third degree can be made of products of the
/// first and the second so that all turn together; the squares of all symbols sum to 1. Order and
/// phases are those of e3nn, https://arxiv.org/abs/2207.09453; the values are exact to rounding.
///
/// - Parameters:
///   - l1: The first degree.
///   - l2: The second degree.
///   - l3: The third degree, between `|l1 - l2|` and `l1 + l2`.
/// - Returns: `[2·l1 + 1, 2·l2 + 1, 2·l3 + 1]`, float64.
public func wigner3j(_ l1: Int, _ l2: Int, _ l3: Int) -> Tensor {
  Tensor(Wigner3j(l1, l2, l3).values, shape: [2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1])
}

/// The 3j symbols of three degrees, on the host.
struct Wigner3j {
  let values: [Double]
  private let sizes: (Int, Int, Int)

  init(_ l1: Int, _ l2: Int, _ l3: Int) {
    precondition(
      min(l1, l2) >= 0 && abs(l1 - l2) <= l3 && l3 <= l1 + l2, "no 3j symbols \(l1), \(l2), \(l3)")
    sizes = (2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1)
    var values = [Double](repeating: 0, count: sizes.0 * sizes.1 * sizes.2)
    for m1 in -l1...l1 {
      for m2 in -l2...l2 where abs(m1 + m2) <= l3 {
        let coefficient = clebschGordan(l1, m1, l2, m2, l3)
        for a in RealBasis.parts(l1, m1) {
          for b in RealBasis.parts(l2, m2) {
            for c in RealBasis.parts(l3, m1 + m2) {
              // The third is conjugate. What is imaginary cancels in the sum.
              let quarters = (a.quarters + b.quarters - c.quarters) & 3
              guard quarters % 2 == 0 else { continue }
              let index = (a.column * sizes.1 + b.column) * sizes.2 + c.column
              let part = coefficient * a.size * b.size * c.size
              values[index] += quarters == 0 ? part : -part
            }
          }
        }
      }
    }
    let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    self.values = values.map { $0 / norm }
  }

  subscript(i: Int, j: Int, k: Int) -> Double { values[(i * sizes.1 + j) * sizes.2 + k] }
}

/// How a complex spherical harmonic is made of real ones: `size · i^quarters` of each column.
private struct RealBasis {
  let column: Int
  let size: Double
  let quarters: Int

  static func parts(_ l: Int, _ m: Int) -> [RealBasis] {
    // The factor (-i)^l makes the coefficients real.
    guard m != 0 else { return [RealBasis(column: l, size: 1, quarters: -l)] }
    let half = 0.5.squareRoot() * (m > 0 && m % 2 != 0 ? -1 : 1)
    return [
      RealBasis(column: l + abs(m), size: half, quarters: -l),
      RealBasis(column: l - abs(m), size: half, quarters: (m > 0 ? 1 : 3) - l),
    ]
  }
}

/// The Clebsch-Gordan coefficient of `(l1, m1)` and `(l2, m2)` in `(l3, m1 + m2)`, by Racah's sum.
private func clebschGordan(_ l1: Int, _ m1: Int, _ l2: Int, _ m2: Int, _ l3: Int) -> Double {
  let m3 = m1 + m2
  func factorial(_ n: Int) -> Double { (1...max(n, 1)).reduce(1) { $0 * Double($1) } }
  let triangle =
    factorial(l1 + l2 - l3) * factorial(l3 + l1 - l2) * factorial(l3 + l2 - l1)
    / factorial(l1 + l2 + l3 + 1)
  let states =
    factorial(l1 + m1) * factorial(l1 - m1) * factorial(l2 + m2) * factorial(l2 - m2)
    * factorial(l3 + m3) * factorial(l3 - m3)
  var sum = 0.0
  for k in max(0, l2 - l3 - m1, l1 - l3 + m2)...min(l1 + l2 - l3, l1 - m1, l2 + m2) {
    let denominator =
      factorial(k) * factorial(l1 + l2 - l3 - k) * factorial(l1 - m1 - k)
      * factorial(l2 + m2 - k) * factorial(l3 - l2 + m1 + k) * factorial(l3 - l1 - m2 + k)
    sum += (k % 2 == 0 ? 1 : -1) / denominator
  }
  return (Double(2 * l3 + 1) * triangle).squareRoot() * states.squareRoot() * sum
}

/// The matrix by which numbers of a degree turn, Wigner's D in the basis of e3nn.
///
/// A matrix of the next degree is the part of that degree in the product with a vector's.
///
/// - Parameters:
///   - degree: The degree `l`.
///   - rotations: Rotation matrices, `[…, 3, 3]`.
/// - Returns: Orthogonal matrices, `[…, 2l + 1, 2l + 1]`.
public func wignerD(_ degree: Int, _ rotations: Tensor) -> Tensor {
  let batch = Array(rotations.shape.sizes.dropLast(2))
  var matrix = Tensor.ones(batch + [1, 1], dtype: rotations.dtype)
  for l in 0..<degree {
    let (size, next) = (2 * l + 1, 2 * l + 3)
    let coupling = wigner3j(l, 1, l + 1).converted(to: rotations.dtype).reshaped(size * 3, next)
    let product =
      matrix.unsqueezed(-2).unsqueezed(-1) * rotations.reshaped(batch + [1, 3, 1, 3])
    let whole = product.reshaped(batch + [size * 3, size * 3])
    matrix = coupling.transposed(0, 1).matmul(whole).matmul(coupling) * Double(next)
  }
  return matrix
}

extension Irreps {
  /// The matrices by which features turn with space.
  ///
  /// - Parameter rotations: Orthogonal matrices, also with mirrors, `[…, 3, 3]`.
  /// - Returns: `[…, dimension, dimension]`; features `x`, `[…, dimension]`, become `x Dᵀ`.
  public func matrices(_ rotations: Tensor) -> Tensor {
    let batch = Array(rotations.shape.sizes.dropLast(2))
    let sign = determinant(rotations).sign().unsqueezed(-1).unsqueezed(-1)
    let proper = rotations * sign
    let blocks = terms.flatMap { term -> [Tensor] in
      let turn = wignerD(term.irrep.degree, proper)
      let block = term.irrep.parity == .odd ? turn * sign : turn
      return Array(repeating: block, count: term.multiplicity)
    }
    var start = 0
    let rows = blocks.map { block in
      let size = block.shape[-1]
      defer { start += size }
      return block.padded([start, dimension - start - size])
    }
    return rows.isEmpty
      ? Tensor.zeros(batch + [0, 0], dtype: rotations.dtype) : rows.concatenated(dim: -2)
  }

  private func determinant(_ m: Tensor) -> Tensor {
    func entry(_ i: Int, _ j: Int) -> Tensor {
      m.selected(dim: -2, index: i).selected(dim: -1, index: j)
    }
    func minor(_ i: Int, _ j: Int) -> Tensor {
      entry(1, i) * entry(2, j) - entry(1, j) * entry(2, i)
    }
    return entry(0, 0) * minor(1, 2) - entry(0, 1) * minor(0, 2) + entry(0, 2) * minor(0, 1)
  }
}
