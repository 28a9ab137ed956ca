internal import Foundation
public import Torch

/// Real spherical harmonics of vectors, polynomials that turn with them, in e3nn's order.
///
/// Each degree is the part of that degree in the product of the one before with the vector; degree
/// 1 is `x, y, z`, and the middle number of each degree is the one that is symmetric about `y`.
public struct SphericalHarmonics: Sendable {
  /// How large they are on the unit sphere.
  public enum Normalization: Sendable, Hashable, CaseIterable {
    /// The squares of a degree sum to `2l + 1`.
    case component
    /// The squares of a degree sum to 1.
    case norm
    /// The integral of each one's square over the sphere is 1.
    case integral
  }

  /// The representations of the result.
  public let irreps: Irreps

  private let degrees: [Int]
  private let normalizes: Bool
  private let normalization: Normalization
  /// From the products of degree `l` and the vector to degree `l + 1`.
  private let steps: [Tensor]

  /// The harmonics of some degrees and parities.
  ///
  /// - Parameters:
  ///   - irreps: The degrees, a harmonic for each copy; the parities are those of a vector's
  ///     powers, or all even, as of an axis.
  ///   - normalizes: Whether vectors are scaled to length 1 before; zero stays zero.
  ///   - normalization: How large the harmonics are.
  /// - Throws: ``IrrepsError`` if neither a vector nor an axis has harmonics of these parities.
  public init(
    _ irreps: Irreps, normalizes: Bool, normalization: Normalization
  ) throws(IrrepsError) {
    let kinds = irreps.terms.map(\.irrep)
    let ofVector = kinds.allSatisfy { $0.parity == .natural($0.degree) }
    guard ofVector || kinds.allSatisfy({ $0.parity == .even }) else {
      throw IrrepsError.parities(irreps)
    }
    self.irreps = irreps
    self.normalizes = normalizes
    self.normalization = normalization
    degrees = irreps.terms.flatMap { Array(repeating: $0.irrep.degree, count: $0.multiplicity) }
    steps = (0..<(degrees.max() ?? 0)).map { l in
      let symbols = Wigner3j(l, 1, l + 1)
      // At the pole y all but the middle ones are zero, so these say how large the product is.
      let scale = (Double(2 * l + 3) / Double(2 * l + 1)).squareRoot() / symbols[l, 1, l + 1]
      return Tensor(symbols.values.map { $0 * scale }, shape: [(2 * l + 1) * 3, 2 * l + 3])
    }
  }

  /// - Parameter vectors: `[…, 3]`.
  /// - Returns: `[…, irreps.dimension]`.
  public func callAsFunction(_ vectors: Tensor) -> Tensor {
    let batch = Array(vectors.shape.sizes.dropLast())
    let vectors = normalizes ? vectors / length(vectors) : vectors
    var harmonics = [vectors.narrowed(dim: -1, start: 0, length: 1) * 0 + 1]
    for (l, step) in steps.enumerated() {
      let products = harmonics[l].unsqueezed(-1) * vectors.unsqueezed(-2)
      harmonics.append(
        products.reshaped(batch + [(2 * l + 1) * 3]).matmul(step.converted(to: vectors.dtype)))
    }
    let scaled = degrees.map { harmonics[$0] * scale($0) }
    return scaled.isEmpty
      ? Tensor.zeros(batch + [0], dtype: vectors.dtype) : scaled.concatenated(dim: -1)
  }

  private func length(_ vectors: Tensor) -> Tensor {
    vectors.vectorNorm(order: 2, dims: [-1], keepingDims: true).clamped(min: 1e-12)
  }

  private func scale(_ degree: Int) -> Double {
    switch normalization {
    case .component: 1
    case .norm: 1 / Double(2 * degree + 1).squareRoot()
    case .integral: 1 / (4 * Double.pi).squareRoot()
    }
  }
}
