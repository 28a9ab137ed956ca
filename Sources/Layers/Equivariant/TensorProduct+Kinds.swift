public import Torch

extension TensorProduct {
  /// Every possible path between all terms, each copy with a weight: e3nn's
  /// `FullyConnectedTensorProduct`.
  ///
  /// - Parameters:
  ///   - first: The first factor's representations.
  ///   - second: The second factor's representations.
  ///   - output: The result's representations.
  /// - Returns: The product; its weights are by first term, then second, then output.
  /// - Throws: ``IrrepsError`` never, for the paths are possible ones.
  public static func fullyConnected(
    _ first: Irreps, _ second: Irreps, _ output: Irreps
  ) throws(IrrepsError) -> TensorProduct {
    try TensorProduct(first, second, output, paths: paths(first, second, output))
  }

  /// The same with its weights by output, then first term: DiffDock's `FasterTensorProduct`.
  ///
  /// - Parameters:
  ///   - first: The first factor's representations, each at most once.
  ///   - second: The second factor's representations.
  ///   - output: The result's representations, each at most once.
  /// - Returns: The product; outputs and first terms are in the order `0e`, `1o`, `1e`, `0o`.
  /// - Throws: ``IrrepsError`` if a representation is there twice.
  public static func fullyConnectedByOutput(
    _ first: Irreps, _ second: Irreps, _ output: Irreps
  ) throws(IrrepsError) -> TensorProduct {
    for irreps in [first, output] {
      var seen: Set<Irrep> = []
      for term in irreps.terms where !seen.insert(term.irrep).inserted {
        throw IrrepsError.repeated(term.irrep, in: irreps)
      }
    }
    func rank(_ irrep: Irrep) -> [Int] {
      // Among degrees up to 1 the parities alternate, beginning and ending with a scalar.
      irrep == Irrep(0, .odd) ? [2, 0] : [irrep.degree, irrep.parity == .odd ? 0 : 1]
    }
    let ordered = paths(first, second, output).sorted { a, b in
      let keys = [a, b].map {
        rank(output.terms[$0.output].irrep) + rank(first.terms[$0.first].irrep) + [$0.second]
      }
      return keys[0].lexicographicallyPrecedes(keys[1])
    }
    return try TensorProduct(first, second, output, paths: ordered)
  }

  /// All products of all copies, without weights: e3nn's `FullTensorProduct`.
  ///
  /// - Parameters:
  ///   - first: The first factor's representations.
  ///   - second: The second factor's representations.
  /// - Returns: The product, its output sorted.
  /// - Throws: ``IrrepsError`` never, for the paths are possible ones.
  public static func full(_ first: Irreps, _ second: Irreps) throws(IrrepsError) -> TensorProduct {
    let (first, second) = (first.simplified(), second.simplified())
    return try sorted(first, second, .uvuv) { a, b in
      (a.irrep * b.irrep).map { Irreps.Term(a.multiplicity * b.multiplicity, $0) }
    }
  }

  /// A product in which each copy of the first factor stays by itself, as DiffDock's depthwise
  /// convolutions have it.
  ///
  /// - Parameters:
  ///   - first: The first factor's representations.
  ///   - second: The second factor's representations.
  ///   - wanted: What the result may hold.
  /// - Returns: The product, its output sorted and not merged.
  /// - Throws: ``IrrepsError`` never, for the paths are possible ones.
  public static func depthwise(
    _ first: Irreps, _ second: Irreps, keeping wanted: Irreps
  ) throws(IrrepsError) -> TensorProduct {
    let kept = Set(wanted.terms.map(\.irrep))
    return try sorted(first, second, .uvu) { a, b in
      (a.irrep * b.irrep).filter(kept.contains).map { Irreps.Term(a.multiplicity, $0) }
    }
  }

  private static func paths(_ first: Irreps, _ second: Irreps, _ output: Irreps) -> [Path] {
    first.terms.indices.flatMap { i in
      second.terms.indices.flatMap { j in
        let possible = first.terms[i].irrep * second.terms[j].irrep
        return output.terms.indices.filter { possible.contains(output.terms[$0].irrep) }.map {
          Path(i, j, to: $0, .uvw)
        }
      }
    }
  }

  /// A product whose output follows from its factors, sorted.
  private static func sorted(
    _ first: Irreps, _ second: Irreps, _ connection: Connection,
    _ results: (Irreps.Term, Irreps.Term) -> [Irreps.Term]
  ) throws(IrrepsError) -> TensorProduct {
    var (terms, ends): ([Irreps.Term], [(Int, Int)]) = ([], [])
    for (i, a) in first.terms.enumerated() {
      for (j, b) in second.terms.enumerated() {
        for term in results(a, b) {
          terms.append(term)
          ends.append((i, j))
        }
      }
    }
    let (output, places) = Irreps(terms).sorted()
    return try TensorProduct(
      first, second, output,
      paths: zip(ends, places).map { Path($0.0, $0.1, to: $1, connection) })
  }
}

/// A product with weights of its own, the same for all rows.
public struct WeightedTensorProduct: Sendable {
  /// The product.
  public let product: TensorProduct
  private let weight: Tensor

  /// A product with the weight `weight`, `[product.weightCount]`.
  public init(_ scope: Scope, _ product: TensorProduct) {
    self.product = product
    weight = scope.parameter("weight", [product.weightCount], .normal(1))
  }

  /// - Parameters:
  ///   - x: The first factor, `[…, first.dimension]`.
  ///   - y: The second factor, `[…, second.dimension]`.
  /// - Returns: `[…, output.dimension]`.
  public func callAsFunction(_ x: Tensor, _ y: Tensor) -> Tensor { product(x, y, weights: weight) }
}
