public import Torch

/// Products of two vectors of features that turn as their representations say, as e3nn has them.
///
/// A path takes a term of each factor to a term of the result through ``wigner3j(_:_:_:)``, scaled
/// so that results are as large as their factors: e3nn's `irrep_normalization` "component" and
/// `path_normalization` "element", https://arxiv.org/abs/2207.09453, section on tensor products.
public struct TensorProduct: Sendable {
  /// How the copies of two terms, `u` and `v`, meet in a result.
  public enum Connection: Sendable, Hashable {
    /// Every pair goes into every copy of the result, with a weight each.
    case uvw
    /// A copy of the result is what one of the first makes with all of the second, with weights.
    case uvu
    /// Every pair is a copy of the result; without weights.
    case uvuv
  }

  /// Which terms meet, by number, and how.
  public struct Path: Sendable, Hashable {
    let first: Int
    let second: Int
    let output: Int
    let connection: Connection

    /// A path between terms.
    public init(_ first: Int, _ second: Int, to output: Int, _ connection: Connection) {
      self.first = first
      self.second = second
      self.output = output
      self.connection = connection
    }
  }

  /// The first factor's representations.
  public let first: Irreps
  /// The second factor's representations.
  public let second: Irreps
  /// The result's representations.
  public let output: Irreps
  /// How many weights all paths have, one path after the other.
  public let weightCount: Int

  let pairs: [TermPair]
  /// How many weights each path has.
  private let weightCounts: [Int]

  /// A product along paths, whose weights are in the order of the paths.
  ///
  /// - Parameters:
  ///   - first: The first factor's representations.
  ///   - second: The second factor's representations.
  ///   - output: The result's representations; terms that no path leads to are zero.
  ///   - paths: The paths.
  /// - Throws: ``IrrepsError`` if a path is not possible.
  public init(
    _ first: Irreps, _ second: Irreps, _ output: Irreps, paths: [Path]
  ) throws(IrrepsError) {
    self.first = first
    self.second = second
    self.output = output
    var elements = [Int](repeating: 0, count: output.terms.count)
    for path in paths {
      try Self.check(path, first, second, output)
      elements[path.output] += path.elements(first, second)
    }
    var wired: [WiredPath] = []
    for path in paths {
      let dimension = Double(output.terms[path.output].irrep.dimension)
      let scale = (dimension / Double(max(elements[path.output], 1))).squareRoot()
      wired.append(WiredPath(path, first, second, output, scale: scale, number: wired.count))
    }
    weightCounts = wired.map(\.weightCount)
    weightCount = weightCounts.reduce(0, +)
    pairs = first.terms.indices.flatMap { i in
      second.terms.indices.compactMap { j in
        TermPair(
          i, j, first.terms[i], second.terms[j],
          wired.filter { $0.path.first == i && $0.path.second == j && $0.isFilled })
      }
    }
  }

  private static func check(
    _ path: Path, _ first: Irreps, _ second: Irreps, _ output: Irreps
  ) throws(IrrepsError) {
    for (index, irreps) in [(path.first, first), (path.second, second), (path.output, output)]
    where !irreps.terms.indices.contains(index) {
      throw IrrepsError.noSuchTerm(index, of: irreps)
    }
    let (a, b) = (first.terms[path.first], second.terms[path.second])
    let c = output.terms[path.output]
    guard (a.irrep * b.irrep).contains(c.irrep) else {
      throw IrrepsError.noSuchPath(a.irrep, b.irrep, c.irrep)
    }
    let fits =
      switch path.connection {
      case .uvw: true
      case .uvu: c.multiplicity == a.multiplicity
      case .uvuv: c.multiplicity == a.multiplicity * b.multiplicity
      }
    guard fits else {
      throw IrrepsError.multiplicities(
        a.multiplicity, b.multiplicity, output: c.multiplicity)
    }
  }

  /// - Parameters:
  ///   - x: The first factor, `[…, first.dimension]`.
  ///   - y: The second factor, `[…, second.dimension]`.
  ///   - weights: One set for all, `[weightCount]`, or one for each pair of factors,
  ///     `[…, weightCount]`; none if there are none.
  /// - Returns: `[…, output.dimension]`.
  public func callAsFunction(_ x: Tensor, _ y: Tensor, weights: Tensor? = nil) -> Tensor {
    precondition(weights != nil || weightCount == 0, "the product needs \(weightCount) weights")
    let batch = Array(x.shape.sizes.dropLast())
    let rows = batch.reduce(1, *)
    let parts = weights.map {
      ($0.rank == 1 ? $0 : $0.reshaped([rows, weightCount])).split(sizes: weightCounts, dim: -1)
    }
    // A tensor that could not be made has no parts.
    if let parts, parts.count != weightCounts.count { return x }
    let xs = x.reshaped([rows, first.dimension]).split(sizes: first.sizes, dim: 1)
    let ys = y.reshaped([rows, second.dimension]).split(sizes: second.sizes, dim: 1)
    var sums = [Tensor?](repeating: nil, count: output.terms.count)
    guard xs.count == first.terms.count && ys.count == second.terms.count else { return x }
    for pair in pairs {
      let products = pair.products(xs[pair.first], ys[pair.second], rows: rows)
      guard products.count == pair.paths.count else { return x }
      for (path, own) in zip(pair.paths, products) {
        let part = path.result(own, parts, rows: rows)
        sums[path.path.output] = sums[path.path.output].map { $0 + part } ?? part
      }
    }
    let terms = zip(output.terms, sums).map { term, sum in
      sum?.reshaped([rows, term.dimension])
        ?? Tensor.zeros([rows, term.dimension], dtype: x.dtype, device: x.device)
    }
    guard !terms.isEmpty else { return Tensor.zeros(batch + [0], dtype: x.dtype) }
    return terms.concatenated(dim: 1).reshaped(batch + [output.dimension])
  }
}

extension Irreps {
  /// How many numbers each term has.
  var sizes: [Int] { terms.map(\.dimension) }
}
