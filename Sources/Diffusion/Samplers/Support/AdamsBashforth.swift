internal import Torch

/// The direction to follow after equal steps, by the method of Adams and Bashforth.
///
/// The linear multistep method of PNDM (Liu et al. 2022, https://arxiv.org/abs/2202.09778) for four
/// values; with fewer, the method of that order.
///
/// - Parameter values: One to four directions, newest first.
/// - Returns: Their combination, in which the weights sum up to 1.
func adamsBashforth(_ values: [Tensor]) -> Tensor {
  let weights: [Double] =
    switch values.count {
    case 1: [1]
    case 2: [3.0 / 2, -1.0 / 2]
    case 3: [23.0 / 12, -16.0 / 12, 5.0 / 12]
    default: [55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24]
    }
  return weighted(weights, values)
}

/// The sum of tensors with weights, of which there is one at least.
func weighted(_ weights: [Double], _ values: [Tensor]) -> Tensor {
  zip(weights, values).dropFirst().reduce(weights[0] * values[0]) { $0 + $1.0 * $1.1 }
}
