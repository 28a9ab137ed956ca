public import Torch

internal import Foundation

/// A consistency function: from any place on a path of the probability flow to its clean end.
///
/// It gets noisy samples, `[batch, …]`, and their levels, and answers in the samples' shape. At the
/// least level it must be the identity, which ``Preconditioning`` with a boundary sees to.
public typealias ConsistencyFunction = (_ x: Tensor, _ levels: LevelBatch) throws -> Tensor

/// The objective of consistency models: neighbours on a path have the same clean end.
///
/// Song et al. 2023, https://arxiv.org/abs/2303.01469; Song & Dhariwal 2023,
/// https://arxiv.org/abs/2310.14189.
public struct ConsistencyObjective: Sendable, Hashable {
  /// How far two clean ends are apart.
  public enum Distance: Sendable, Hashable, Codable {
    /// The mean square of the difference.
    case squared
    /// `sqrt(‖difference‖² + c²) - c`, with a `c` of `factor · sqrt(elements)`.
    ///
    /// Song & Dhariwal 2023, equation 9, whose factor is 0.00054.
    case pseudoHuber(factor: Double = 0.00054)
  }

  private let distance: Distance

  /// The objective with a choice of distance.
  public init(_ distance: Distance = .pseudoHuber()) { self.distance = distance }

  /// The loss of each sample, `[batch]`, from data alone: consistency training.
  ///
  /// Song et al. 2023, equation 10: both neighbours are the same sample with the same noise. The
  /// weight is 1 over the step of `sigma / alpha` (Song & Dhariwal 2023, section 3.1).
  ///
  /// - Parameters:
  ///   - x0: Clean samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - t: A level for each sample.
  ///   - s: A cleaner level for each sample.
  ///   - student: The function that is trained.
  ///   - target: The function whose ends are its targets: itself, or an average. No gradient
  ///     goes through it.
  /// - Returns: The losses, to be differentiated.
  /// - Throws: What the functions throw.
  public func training(
    x0: Tensor, epsilon: Tensor, from t: [NoiseLevel], to s: [NoiseLevel],
    student: ConsistencyFunction, target: ConsistencyFunction
  ) throws -> Tensor {
    let (batchT, batchS) = (LevelBatch(t, like: x0), LevelBatch(s, like: x0))
    let end = try withoutGradients { try target(batchS.noised(x0, by: epsilon), batchS) }
    let losses = between(try student(batchT.noised(x0, by: epsilon), batchT), end.detached())
    return losses * column(zip(t, s).map { 1 / ($0.karrasSigma - $1.karrasSigma) }, like: losses)
  }

  /// The loss of each sample, `[batch]`, from a teacher: consistency distillation.
  ///
  /// Song et al. 2023, equation 7: the cleaner neighbour is a step of the teacher's flow away.
  ///
  /// - Parameters:
  ///   - x: Noisy samples at `t`, `[batch, …]`.
  ///   - t: Their level.
  ///   - s: A cleaner level.
  ///   - teacher: The denoiser whose flow is distilled.
  ///   - solver: A deterministic sampler of one step, such as ``Heun``.
  ///   - student: The function that is trained.
  ///   - target: The function whose ends are its targets.
  /// - Returns: The losses, to be differentiated.
  /// - Throws: What the functions, the teacher or the solver throw.
  public func distillation(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, teacher: some Denoiser,
    solver: some Sampler, student: ConsistencyFunction, target: ConsistencyFunction
  ) throws -> Tensor {
    let count = x.shape[0]
    let (batchT, batchS) = (
      LevelBatch([NoiseLevel](repeating: t, count: count), like: x),
      LevelBatch([NoiseLevel](repeating: s, count: count), like: x)
    )
    let end = try withoutGradients {
      var solver = solver
      let seeds = [UInt64](repeating: 0, count: count)
      let next = try solver.step(
        x, from: t, to: s, denoiser: teacher, noise: NoiseSource(seeds: seeds))
      return try target(next, batchS)
    }
    return between(try student(x, batchT), end.detached())
  }

  /// The distance of each sample's two ends, `[batch]`.
  func between(_ a: Tensor, _ b: Tensor) -> Tensor {
    let difference = (a - b).flattened(from: 1)
    let squares = difference * difference
    switch distance {
    case .squared: return squares.mean(dims: [1])
    case .pseudoHuber(let factor):
      let c = factor * Double(difference.shape[1]).squareRoot()
      return (squares.sum(dims: [1]) + c * c).squareRoot() - c
    }
  }
}
