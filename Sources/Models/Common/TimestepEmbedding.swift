internal import Foundation
package import Layers
package import Torch

/// Sines and cosines of a number at geometrically falling frequencies.
///
/// Vaswani et al. 2017, section 3.5, as diffusion models use it: frequencies
/// `10000^(-i / (half - shift))`.
///
/// - Parameters:
///   - timestep: `[batch]`.
///   - channels: An even number.
///   - cosinesFirst: Whether the cosines stand before the sines.
///   - shift: By how many channels the lowest frequency is nearer; 1 ends at 1/10000.
/// - Returns: `[batch, channels]`, float32.
package func sinusoidalEmbedding(
  _ timestep: Tensor, channels: Int, cosinesFirst: Bool = true, shift: Double = 0
) -> Tensor {
  let half = channels / 2
  // Rounded to float32 at every step: at timestep 1000, a frequency's last bit is 6e-5 of an angle.
  let exponents =
    Tensor.range(to: half, dtype: .float32) * -log(10000.0) / (Double(half) - shift)
  let angles = timestep.converted(to: .float32).unsqueezed(-1) * exponents.exponential()
  let (cosines, sines) = (angles.cosine(), angles.sine())
  return concatenate(cosinesFirst ? cosines : sines, cosinesFirst ? sines : cosines, dim: -1)
}

/// Sines and cosines of a number at frequencies of which each has a weight.
///
/// Tancik et al. 2020, equation 5, https://arxiv.org/abs/2006.10739, as Song et al. 2021 use it for
/// levels of noise, https://arxiv.org/abs/2011.13456.
///
/// - Parameters:
///   - number: `[batch]`.
///   - frequencies: In whole turns, `[half]`.
///   - cosinesFirst: Whether the cosines stand before the sines.
/// - Returns: `[batch, 2 · half]`, float32.
package func fourierEmbedding(
  _ number: Tensor, frequencies: Tensor, cosinesFirst: Bool
) -> Tensor {
  let turns =
    number.converted(to: .float32).unsqueezed(-1) * frequencies.converted(to: .float32)
  let angles = turns * 2 * Double.pi
  let (cosines, sines) = (angles.cosine(), angles.sine())
  return concatenate(cosinesFirst ? cosines : sines, cosinesFirst ? sines : cosines, dim: -1)
}

/// The timestep, or another vector, as one that the blocks of a network can use.
package struct TimestepEmbedding: Sendable {
  let linear1: Linear
  let linear2: Linear
  let inputs: Int
  let activation: @Sendable (Tensor) -> Tensor

  /// - Parameters:
  ///   - scope: Where the weights are: `linear_1`, `linear_2`.
  ///   - inputs: The channels of the sines and cosines.
  ///   - channels: The channels of the result.
  ///   - initializer: How the weights are drawn; as PyTorch does if none.
  ///   - activation: What is between the two linear maps.
  package init(
    _ scope: Scope, inputs: Int, channels: Int, initializer: Initializer? = .normal(0.02),
    activation: @escaping @Sendable (Tensor) -> Tensor = { silu($0) }
  ) {
    linear1 = Linear(scope / "linear_1", inputs, channels, initializer: initializer)
    linear2 = Linear(scope / "linear_2", channels, channels, initializer: initializer)
    self.inputs = inputs
    self.activation = activation
  }

  /// - Parameters:
  ///   - timestep: `[batch]`.
  ///   - dtype: The weights' type.
  /// - Returns: `[batch, channels]`.
  package func callAsFunction(_ timestep: Tensor, dtype: DType = .float32) -> Tensor {
    embedded(sinusoidalEmbedding(timestep, channels: inputs).converted(to: dtype))
  }

  /// - Parameter vector: `[batch, inputs]`.
  /// - Returns: `[batch, channels]`.
  package func embedded(_ vector: Tensor) -> Tensor { linear2(activation(linear1(vector))) }
}
