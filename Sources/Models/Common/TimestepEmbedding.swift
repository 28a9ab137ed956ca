internal import Foundation
package import Layers
package import Torch

/// Sines and cosines of a number at geometrically falling frequencies.
///
/// Vaswani et al. 2017, section 3.5, as diffusion models use it: cosines first, frequencies
/// `10000^(-i / half)`.
///
/// - Parameters:
///   - timestep: `[batch]`.
///   - channels: An even number.
/// - Returns: `[batch, channels]`, float32.
package func sinusoidalEmbedding(_ timestep: Tensor, channels: Int) -> Tensor {
  let half = channels / 2
  // Rounded to float32 at every step: at timestep 1000, a frequency's last bit is 6e-5 of an angle.
  let exponents = Tensor.range(to: half, dtype: .float32) * -log(10000.0) / Double(half)
  let angles = timestep.converted(to: .float32).unsqueezed(-1) * exponents.exponential()
  return concatenate(angles.cosine(), angles.sine(), dim: -1)
}

/// The timestep as a vector that the blocks of a network can use.
package struct TimestepEmbedding: Sendable {
  let linear1: Linear
  let linear2: Linear
  let inputs: Int

  /// - Parameters:
  ///   - scope: Where the weights are: `linear_1`, `linear_2`.
  ///   - inputs: The channels of the sines and cosines.
  ///   - channels: The channels of the result.
  package init(_ scope: Scope, inputs: Int, channels: Int) {
    linear1 = Linear(scope / "linear_1", inputs, channels, initializer: .normal(0.02))
    linear2 = Linear(scope / "linear_2", channels, channels, initializer: .normal(0.02))
    self.inputs = inputs
  }

  /// - Parameters:
  ///   - timestep: `[batch]`.
  ///   - dtype: The weights' type.
  /// - Returns: `[batch, channels]`.
  package func callAsFunction(_ timestep: Tensor, dtype: DType = .float32) -> Tensor {
    let waves = sinusoidalEmbedding(timestep, channels: inputs).converted(to: dtype)
    return linear2(silu(linear1(waves)))
  }
}
