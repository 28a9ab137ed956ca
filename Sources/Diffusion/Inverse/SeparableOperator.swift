public import Torch

internal import Foundation

/// A matrix along the height of pictures and one along their width: blurs, resizing, crops.
///
/// `A x = rows · x · columnsᵀ` for each plane; its singular values are the products of theirs.
public struct SeparableOperator: LinearOperator {
  private let rows: Factor
  private let columns: Factor

  /// The operator of two matrices in `float64`.
  ///
  /// - Parameters:
  ///   - rows: What is done along the height, `[measured height, height]`.
  ///   - columns: What is done along the width, `[measured width, width]`.
  public init(rows: Tensor, columns: Tensor) {
    self.rows = Factor(rows)
    self.columns = Factor(columns)
  }

  /// A Gaussian blur of pictures that go on beyond their edges from the other side.
  ///
  /// - Parameters:
  ///   - deviation: How far the blur reaches, in pixels; above 0.
  ///   - height: The height of the pictures.
  ///   - width: Their width.
  /// - Returns: The operator.
  public static func blur(deviation: Double, height: Int, width: Int) -> SeparableOperator {
    func matrix(_ count: Int) -> Tensor {
      let weights = (0..<count).map { distance in
        (-4...4).reduce(0) { sum, turn in
          sum + exp(-pow(Double(distance + turn * count) / deviation, 2) / 2)
        }
      }
      let sum = weights.reduce(0, +)
      let values = (0..<count).flatMap { i in
        (0..<count).map { j in weights[(i - j + count) % count] / sum }
      }
      return Tensor(values, shape: [count, count])
    }
    return SeparableOperator(rows: matrix(height), columns: matrix(width))
  }

  /// The measurements, `[batch, channels, measured height, measured width]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    product(rows.matrix, x, columns.matrix.transposed(0, 1))
  }

  /// The measurements by the transposed matrices, `[batch, channels, height, width]`.
  public func adjoint(_ y: Tensor) -> Tensor {
    product(rows.matrix.transposed(0, 1), y, columns.matrix)
  }

  /// Goes to the singular parts and back.
  public func spectrum(_ y: Tensor, _ f: (Double) -> Double) -> Tensor {
    let factors = rows.squares.flatMap { row in columns.squares.map { f(row * $0) } }
    let table = Tensor(factors, shape: [rows.squares.count, columns.squares.count])
      .converted(to: y.dtype).moved(to: y.device)
    let parts = product(rows.basis.transposed(0, 1), y, columns.basis)
    return product(rows.basis, table * parts, columns.basis.transposed(0, 1))
  }

  private func product(_ left: Tensor, _ x: Tensor, _ right: Tensor) -> Tensor {
    func like(_ matrix: Tensor) -> Tensor { matrix.converted(to: x.dtype).moved(to: x.device) }
    return like(left).matmul(x).matmul(like(right))
  }

  /// A matrix `M` with the squares of its singular values and the eigenvectors of `M Mᵀ`.
  private struct Factor {
    let matrix: Tensor
    let basis: Tensor
    let squares: [Double]

    init(_ matrix: Tensor) {
      self.matrix = matrix
      let (values, vectors) = matrix.matmul(matrix.transposed(0, 1)).eigh()
      basis = vectors
      squares = values.values(as: Double.self).map { max($0, 0) }
    }
  }
}
