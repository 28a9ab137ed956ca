internal import Torch

extension TensorProduct.Path {
  /// How many products add up in a number of the result.
  func elements(_ first: Irreps, _ second: Irreps) -> Int {
    switch connection {
    case .uvw: first.terms[self.first].multiplicity * second.terms[self.second].multiplicity
    case .uvu: second.terms[self.second].multiplicity
    case .uvuv: 1
    }
  }
}

/// A path with its sizes, its scale and the place of its weights.
struct WiredPath: Sendable {
  let path: TensorProduct.Path
  let scale: Double
  let degree: Int
  private let u: Int
  private let v: Int
  private let w: Int
  /// Its place among all paths.
  private let number: Int

  init(
    _ path: TensorProduct.Path, _ first: Irreps, _ second: Irreps, _ output: Irreps,
    scale: Double, number: Int
  ) {
    self.path = path
    self.scale = scale
    self.number = number
    u = first.terms[path.first].multiplicity
    v = second.terms[path.second].multiplicity
    w = output.terms[path.output].multiplicity
    degree = output.terms[path.output].irrep.degree
  }

  var dimension: Int { 2 * degree + 1 }
  var isFilled: Bool { u > 0 && v > 0 && w > 0 }

  var weightCount: Int {
    switch path.connection {
    case .uvw: u * v * w
    case .uvu: u * v
    case .uvuv: 0
    }
  }

  /// The path's part of the result, `[rows, w, dimension]`, from its products.
  ///
  /// Weights of each row are never copied: they are a view of all weights, and a factor.
  ///
  /// - Parameters:
  ///   - own: The products of all copies, `[rows, u · v, dimension]`.
  ///   - weights: The weights of each path; none if no path has any.
  ///   - rows: The number of rows.
  /// - Returns: The part.
  func result(_ own: Tensor, _ weights: [Tensor]?, rows: Int) -> Tensor {
    guard weightCount > 0, let part = weights?[number] else { return own }
    let isShared = part.rank == 1
    if path.connection == .uvu {
      let factor = part.reshaped([isShared ? 1 : rows, u, v, 1])
      return (own.reshaped([rows, u, v, dimension]) * factor).sum(dims: [2])
    }
    if isShared {
      return own.transposed(1, 2).matmul(part.reshaped([u * v, w])).transposed(1, 2)
    }
    return part.reshaped([rows, u * v, w]).transposed(1, 2).batchMatmul(own)
  }
}

/// Two terms that meet, and all paths that begin with them.
struct TermPair: Sendable {
  let first: Int
  let second: Int
  let paths: [WiredPath]
  private let u: Int
  private let v: Int
  private let i: Int
  private let j: Int
  private let width: Int
  /// The symbols of all paths with their scales, `[j, i · width]`.
  private let coupling: Tensor

  /// Nothing if no path begins with them.
  init?(
    _ first: Int, _ second: Int, _ a: Irreps.Term, _ b: Irreps.Term, _ paths: [WiredPath]
  ) {
    guard !paths.isEmpty else { return nil }
    self.first = first
    self.second = second
    (u, v) = (a.multiplicity, b.multiplicity)
    (i, j) = (a.irrep.dimension, b.irrep.dimension)
    self.paths = paths
    width = paths.reduce(0) { $0 + $1.dimension }
    let symbols = paths.map { wigner3j(a.irrep.degree, b.irrep.degree, $0.degree) * $0.scale }
    coupling = symbols.concatenated(dim: 2).transposed(0, 1).reshaped([j, i * width])
  }

  /// The products of all copies for each path, `[rows, u · v, dimension]`: first the second factor
  /// is put into the symbols, since it has few copies, then one batched product makes the results
  /// of all paths.
  ///
  /// They are split at once: the derivative of a part by itself is as large as the whole.
  func products(_ x: Tensor, _ y: Tensor, rows: Int) -> [Tensor] {
    let matrices = y.reshaped([rows, v, j]).matmul(coupling.converted(to: x.dtype))
      .reshaped([rows, v, i, width]).transposed(1, 2).reshaped([rows, i, v * width])
    return x.reshaped([rows, u, i]).batchMatmul(matrices).reshaped([rows, u * v, width])
      .split(sizes: paths.map(\.dimension), dim: 2)
  }
}
