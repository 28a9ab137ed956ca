public import Torch

/// A linear map that mixes copies of the same representation and nothing else, as e3nn's `Linear`.
///
/// Sums are divided by the root of how many copies go in, https://arxiv.org/abs/2207.09453.
public struct EquivariantLinear: Sendable {
  private let input: Irreps
  private let output: Irreps
  private let weight: Tensor

  /// A map with the weight `weight`, a matrix `[copies in, copies out]` for every pair of equal
  /// terms, by input and then by output.
  public init(_ scope: Scope, _ input: Irreps, _ output: Irreps) {
    self.input = input
    self.output = output
    let pairs = input.terms.flatMap { a in output.terms.map { (a, $0) } }
    let count = pairs.reduce(0) { sum, pair in
      sum + (pair.0.irrep == pair.1.irrep ? pair.0.multiplicity * pair.1.multiplicity : 0)
    }
    weight = scope.parameter("weight", [count], .normal(1))
  }

  /// - Parameter x: `[…, input.dimension]`.
  /// - Returns: `[…, output.dimension]`; terms without an equal one are zero.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let batch = Array(x.shape.sizes.dropLast())
    let parts = x.split(sizes: input.sizes, dim: -1)
    guard parts.count == input.terms.count else { return x }
    var sums = [Tensor?](repeating: nil, count: output.terms.count)
    var offset = 0
    for (a, part) in zip(input.terms, parts) {
      let copies = part.reshaped(batch + [a.multiplicity, a.irrep.dimension])
      for (index, b) in output.terms.enumerated() where a.irrep == b.irrep {
        let count = a.multiplicity * b.multiplicity
        let matrix = weight.narrowed(dim: 0, start: offset, length: count)
          .reshaped([a.multiplicity, b.multiplicity])
        let mixed = copies.transposed(-1, -2).matmul(matrix).transposed(-1, -2)
        sums[index] = sums[index].map { $0 + mixed } ?? mixed
        offset += count
      }
    }
    let results = zip(output.terms, sums).map { term, sum in
      guard let sum else { return Tensor.zeros(batch + [term.dimension], dtype: x.dtype) }
      let inputs = input.terms.filter { $0.irrep == term.irrep }
      let copies = max(inputs.reduce(0) { $0 + $1.multiplicity }, 1)
      return sum.reshaped(batch + [term.dimension]) / Double(copies).squareRoot()
    }
    guard !results.isEmpty else { return Tensor.zeros(batch + [0], dtype: x.dtype) }
    return results.concatenated(dim: -1)
  }
}
