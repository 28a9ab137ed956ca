public import Layers
public import Torch

/// An exponential moving average of weights, which draws better pictures than the weights do.
///
/// The decay of step `n` is `min(decay, (1 + n) / (10 + n))`, as in TensorFlow's
/// `ExponentialMovingAverage`, so that the first weights are soon forgotten.
public final class ExponentialAverage {
  /// The decay that is reached in the end, in [0, 1).
  public let decay: Double

  private let names: [String]
  private let tensors: [Tensor]

  /// An average that begins as a copy of the weights.
  public init(_ parameters: [ParameterStore.Parameter], decay: Double) {
    self.decay = decay
    names = parameters.map(\.name)
    tensors = withoutGradients { parameters.map { $0.tensor.detached().cloned() } }
  }

  /// Moves the average toward the weights.
  ///
  /// - Parameters:
  ///   - parameters: The weights that the average was made of, in that order.
  ///   - step: The number of the step that made them, from 1.
  public func update(_ parameters: [ParameterStore.Parameter], step: Int) {
    precondition(parameters.count == tensors.count, "the average is of other weights")
    let decay = min(decay, Double(1 + step) / Double(10 + step))
    withoutGradients {
      tensors.lerpEach(to: parameters.map(\.tensor), weight: .real(1 - decay))
    }
  }

  /// The averaged weights by name; later updates change them in place.
  public var state: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: zip(names, tensors))
  }

  /// The averaged weights, for a network that is built from them; later updates reach it.
  public var weights: WeightSource { WeightSource(state) }
}
