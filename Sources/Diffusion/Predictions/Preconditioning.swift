public import Torch

internal import Foundation

/// How a network is wrapped so that its input and its target have variance 1 at every level.
///
/// Karras et al. 2022, table 1 and appendix B.6, https://arxiv.org/abs/2206.00364: the estimate is
/// `skip · x + output · F(input · x, noise)`, with `alpha = 1`. With a boundary above 0 it is that
/// of consistency models, whose estimate at the boundary is `x` itself (Song et al. 2023, appendix
/// C, https://arxiv.org/abs/2303.01469).
public struct Preconditioning: Sendable, Hashable, Codable {
  /// The standard deviation of the data.
  public let sigmaData: Double

  /// The sigma at which the estimate is `x` itself; 0 in EDM.
  public let boundary: Double

  /// The wrapping for data of a standard deviation.
  ///
  /// - Parameters:
  ///   - sigmaData: The standard deviation of the data, above 0.
  ///   - boundary: The sigma at which the estimate is `x` itself; not negative.
  public init(sigmaData: Double = 0.5, boundary: Double = 0) {
    precondition(sigmaData > 0, "sigmaData \(sigmaData) is no standard deviation")
    precondition(boundary >= 0, "boundary \(boundary) is negative")
    (self.sigmaData, self.boundary) = (sigmaData, boundary)
  }

  /// The factor of `x` in the estimate.
  public func skip(_ sigma: Double) -> Double {
    let (data, past) = (sigmaData * sigmaData, sigma - boundary)
    return data / (past * past + data)
  }

  /// The factor of the network's output in the estimate.
  public func output(_ sigma: Double) -> Double {
    sigmaData * (sigma - boundary) / hypot(sigma, sigmaData)
  }

  /// The factor of `x` before the network sees it.
  public func input(_ sigma: Double) -> Double { 1 / hypot(sigma, sigmaData) }

  /// What the network is told: `ln(sigma) / 4`.
  public func noise(_ sigma: Double) -> Double { log(sigma) / 4 }
}

extension Preconditioning {
  /// The estimate of `x0` by a network, each sample at its own level.
  ///
  /// - Parameters:
  ///   - x: Noisy samples with `alpha = 1`, `[batch, …]`.
  ///   - sigmas: A sigma for each sample, above 0.
  ///   - network: The network.
  /// - Returns: The estimates, in the shape of `x`.
  /// - Throws: What the network throws.
  public func estimate(
    _ x: Tensor, sigmas: [Double], network: DenoisingNetwork
  ) throws -> Tensor {
    column(sigmas.map(skip), like: x) * x
      + column(sigmas.map(output), like: x)
      * (try network(column(sigmas.map(input), like: x) * x, told(sigmas, x)))
  }

  /// The loss of each sample, `[batch]`: the mean square of the error of what the network outputs.
  ///
  /// Karras et al. 2022, equation 8: with their weight, `1 / output²`, every level counts the same.
  ///
  /// - Parameters:
  ///   - x0: Clean samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - sigmas: A sigma for each sample, above the boundary.
  ///   - network: The network.
  /// - Returns: The losses, to be differentiated.
  /// - Throws: What the network throws.
  public func loss(
    x0: Tensor, epsilon: Tensor, sigmas: [Double], network: DenoisingNetwork
  ) throws -> Tensor {
    let x = x0 + column(sigmas, like: x0) * epsilon
    let found = try network(column(sigmas.map(input), like: x) * x, told(sigmas, x))
    let error = found - target(x0: x0, x: x, sigmas: sigmas)
    return (error * error).flattened(from: 1).mean(dims: [1])
  }

  /// What a perfect network outputs: `(x0 - skip · x) / output`.
  ///
  /// Its variance is 1 at every sigma if the boundary is 0 and the data have variance
  /// `sigmaData²`.
  public func target(x0: Tensor, x: Tensor, sigmas: [Double]) -> Tensor {
    (x0 - column(sigmas.map(skip), like: x) * x) / column(sigmas.map(output), like: x)
  }

  private func told(_ sigmas: [Double], _ x: Tensor) -> Tensor {
    Tensor(sigmas.map { Float(noise($0)) }).moved(to: x.device)
  }
}

/// The denoiser that a preconditioned network is, on every path.
public struct PreconditionedDenoiser: Denoiser {
  private let preconditioning: Preconditioning
  private let network: DenoisingNetwork

  /// The denoiser of a network and how it is wrapped.
  public init(_ preconditioning: Preconditioning, network: @escaping DenoisingNetwork) {
    self.preconditioning = preconditioning
    self.network = network
  }

  /// Estimates `x0`; throws what the network throws, and ``PredictionError`` at pure noise.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    guard level.alpha > 0 else { throw PredictionError.notOnPath(level, .varianceExploding) }
    let input = level.alpha == 1 ? x : x / level.alpha
    let sigmas = [Double](repeating: level.karrasSigma, count: x.shape[0])
    return try preconditioning.estimate(input, sigmas: sigmas, network: network)
  }
}
