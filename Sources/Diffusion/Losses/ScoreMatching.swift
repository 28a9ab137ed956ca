public import Torch

internal import Foundation

/// A network of the score: the gradient of the noisy samples' log-density.
///
/// It gets noisy samples, `[batch, …]`, and their levels, and answers in the samples' shape.
public typealias ScoreNetwork = (_ x: Tensor, _ levels: LevelBatch) throws -> Tensor

/// Denoising score matching: the score of noisy samples, learned from those of single samples.
///
/// Vincent 2011, with the weights of Song et al. 2021, equation 7,
/// https://arxiv.org/abs/2011.13456.
public struct ScoreMatching: Sendable {
  /// How much an error of the score counts.
  public enum Weighting: Sendable {
    /// As `sigma²`, which makes it the error of the unit noise.
    case variance
    /// As `g(t)²` of a process, which bounds the likelihood (Song et al. 2021, theorem 1,
    /// https://arxiv.org/abs/2101.09258).
    case likelihood(any NoiseProcess)
  }

  private let weighting: Weighting

  /// The objective with a choice of weights.
  public init(_ weighting: Weighting = .variance) { self.weighting = weighting }

  /// The loss of each sample, `[batch]`: the weighted mean over its elements.
  ///
  /// - Parameters:
  ///   - x0: Clean samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - levels: A noise level for each sample, with `sigma > 0`.
  ///   - network: The network.
  /// - Returns: The losses, to be differentiated.
  /// - Throws: What the network throws.
  public func perSample(
    x0: Tensor, epsilon: Tensor, levels: [NoiseLevel], network: ScoreNetwork
  ) throws -> Tensor {
    let batch = LevelBatch(levels, like: x0)
    let found = try network(batch.noised(x0, by: epsilon), batch)
    let error = (found + epsilon / batch.sigma) * column(levels.map(root), like: x0)
    return (error * error).flattened(from: 1).mean(dims: [1])
  }

  /// The square root of the weight of a level.
  private func root(_ level: NoiseLevel) -> Double {
    switch weighting {
    case .variance: level.sigma
    case .likelihood(let process): process.diffusion(time: process.time(of: level))
    }
  }
}

/// Sliced score matching: the score of samples as they are, without noise and clean samples.
///
/// Song et al. 2019, https://arxiv.org/abs/1905.07088, with reduced variance: the mean of
/// `vᵀ · ∇s(x) · v + ‖s(x)‖² / 2` over directions `v` of unit covariance (Hyvärinen 2005).
public struct SlicedScoreMatching: Sendable {
  /// The objective.
  public init() {}

  /// The loss of each sample, `[batch]`: the sum over its elements.
  ///
  /// - Parameters:
  ///   - x: Samples, `[batch, …]`.
  ///   - directions: Random directions of mean 0 and unit covariance, in the same shape.
  ///   - network: The score, each sample's of itself alone.
  /// - Returns: The losses, to be differentiated.
  /// - Throws: What the network throws.
  public func perSample(
    _ x: Tensor, directions: Tensor, network: (_ x: Tensor) throws -> Tensor
  ) throws -> Tensor {
    let leaf = x.withGradient()
    let score = try network(leaf)
    let product = score.gradients(by: [leaf], seed: directions, createsGraph: true)[0]
    return (directions * product + score * score / 2).flattened(from: 1).sum(dims: [1])
  }
}
