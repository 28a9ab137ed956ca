public import Torch

/// Fingerprints of molecules, whose likeness is Tanimoto's: the share of bits that both have among
/// those that either has.
public struct Fingerprints: Sendable {
  /// `[molecules, bits]`, 0 or 1.
  private let bits: Tensor

  /// - Parameter bits: `[molecules, bits]`, 0 or 1, at least one molecule.
  public init(_ bits: Tensor) { self.bits = bits.converted(to: .float32) }

  private static let atOnce = 512

  /// The mean likeness of each molecule to all of some others.
  public func meanLikeness(to others: Fingerprints) -> [Double] {
    rows(others) { $0.converted(to: .float64).mean(dims: [1]) }
  }

  /// The likeness of each molecule to the nearest of some others.
  public func nearestLikeness(to others: Fingerprints) -> [Double] {
    rows(others) { $0.converted(to: .float64).maximum(dims: [1]) }
  }

  private func rows(_ others: Fingerprints, _ body: (Tensor) -> Tensor) -> [Double] {
    let theirs = others.bits.sum(dims: [1])
    return stride(from: 0, to: bits.shape[0], by: Self.atOnce).flatMap { start in
      let own = bits.narrowed(
        dim: 0, start: start, length: min(Self.atOnce, bits.shape[0] - start))
      let both = own.matmul(others.bits.transposed(0, 1))
      let either = own.sum(dims: [1], keepingDims: true) + theirs - both
      // Two molecules without a bit are alike.
      return body((both + 1e-12) / (either + 1e-12)).values(as: Double.self)
    }
  }
}
