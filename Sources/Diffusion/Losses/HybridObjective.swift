public import Torch

internal import Foundation

/// A network that says, beside its prediction, where its variance lies.
///
/// It gets noisy samples, `[batch, …]`, and timesteps, `[batch]`, and answers twice in the samples'
/// shape: the prediction, and the share of the way from the posterior's log-variance to the noising
/// step's. (Networks of Nichol & Dhariwal output `v` from -1 to 1; the share is `(v + 1) / 2`.)
public typealias VarianceNetwork =
  (_ x: Tensor, _ timesteps: Tensor) throws -> (output: Tensor, share: Tensor)

/// The hybrid objective of networks that learn their variance.
///
/// Nichol & Dhariwal 2021, equation 16, https://arxiv.org/abs/2102.09672: the simple loss, and a
/// little of the variational bound, which only teaches the variance. As in their code, the bound's
/// term is in bits a dimension and times the number of timesteps.
public struct HybridObjective: Sendable {
  private let simple: DenoisingObjective
  private let schedule: DiscreteSchedule
  private let boundWeight: Double
  private let values: Int

  /// The objective of a network.
  ///
  /// - Parameters:
  ///   - prediction: What the network outputs.
  ///   - schedule: The chain, of two timesteps or more.
  ///   - boundWeight: How much the bound counts, for the sum over all timesteps.
  ///   - values: How many values an element of the data has, from -1 to 1.
  public init(
    _ prediction: PredictionType, schedule: DiscreteSchedule, boundWeight: Double = 0.001,
    values: Int = 256
  ) {
    precondition(schedule.alphaBar.count > 1, "one timestep has no step back")
    simple = DenoisingObjective(prediction, schedule: schedule)
    self.schedule = schedule
    self.boundWeight = boundWeight
    self.values = values
  }

  /// The loss of each sample, `[batch]`.
  ///
  /// - Parameters:
  ///   - x0: Clean samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - timesteps: A whole timestep for each sample.
  ///   - network: The network.
  /// - Returns: The losses, to be differentiated.
  /// - Throws: What the network throws, and ``PredictionError`` for noise predicted at pure noise.
  public func perSample(
    x0: Tensor, epsilon: Tensor, timesteps: [Int], network: VarianceNetwork
  ) throws -> Tensor {
    let levels = timesteps.map { schedule.level(at: Double($0)) }
    var share = x0
    var output = x0
    let losses = try simple.perSample(x0: x0, epsilon: epsilon, levels: levels) { x, told in
      (output, share) = try network(x, told)
      return output
    }
    let bound = try bound(
      x0: x0, epsilon: epsilon, timesteps: timesteps, output: output.detached(), share: share)
    return losses + (boundWeight * Double(schedule.alphaBar.count)) * bound
  }

  /// The bound's term of each sample, `[batch]`, in bits a dimension.
  private func bound(
    x0: Tensor, epsilon: Tensor, timesteps: [Int], output: Tensor, share: Tensor
  ) throws -> Tensor {
    let terms = try timesteps.enumerated().map { index, timestep in
      func row(_ x: Tensor) -> Tensor { x.narrowed(dim: 0, start: index, length: 1) }
      let t = schedule.level(at: Double(timestep))
      let x = t.noised(row(x0), by: row(epsilon))
      let estimate = try simple.prediction.x0(from: row(output), x: x, at: t)
      // The first timestep's own range begins at no variance, so it borrows the second's.
      let s = timestep > 0 ? schedule.level(at: Double(timestep - 1)) : .clean
      let step = ReverseStep(from: t, to: s)
      guard timestep > 0 else {
        let next = ReverseStep(from: schedule.level(at: 1), to: t)
        let (least, most) = (log(next.posteriorVariance), log(step.noisingVariance))
        let logVariance = least + (most - least) * row(share)
        return bits(
          -discretisedLogLikelihood(
            row(x0), mean: estimate, logVariance: logVariance, values: values))
      }
      return bits(
        normalDivergence(
          step.mean(x, x0: row(x0)), 0 * x + log(step.posteriorVariance),
          step.mean(x, x0: estimate), step.logVariance(share: row(share))))
    }
    return terms.concatenated()
  }
}
