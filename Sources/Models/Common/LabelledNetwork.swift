package import Torch

/// What a network is told beside the noise level.
public enum NetworkLabels: Sendable, Hashable {
  /// One of so many classes: a row of a table (guided-diffusion's `num_classes`).
  case classes(Int)
  /// A number, through two linear layers.
  case number
}

/// A network that denoises pictures or their latents, and may be told what they show.
package protocol LabelledNetwork: Sendable {
  /// The width and height of what it denoises.
  var side: Int { get }
  /// The channels of what it denoises.
  var inChannels: Int { get }
  /// The channels of the result; twice those of what it denoises where the variance is learned.
  var outChannels: Int { get }
  /// What it is told beside the noise level, if anything.
  var labels: NetworkLabels? { get }

  /// The same network, faster for batches of one size, at the price of its weights' memory.
  ///
  /// - Parameter batch: How many are in a batch; others work as before.
  /// - Returns: The network with its weights packed, where that is faster.
  func prepared(batch: Int) -> Self

  /// The prediction.
  ///
  /// - Parameters:
  ///   - x: What is noisy, `[batch, inChannels, side, side]`.
  ///   - timesteps: The number that stands for the noise level, `[batch]`; fractions are allowed.
  ///   - labels: Where the network has labels, and only there, `[batch]`: whole numbers below the
  ///     number of classes, `int64`, or any numbers.
  /// - Returns: The prediction, `[batch, outChannels, side, side]`.
  func callAsFunction(_ x: Tensor, timesteps: Tensor, labels: Tensor?) -> Tensor
}
