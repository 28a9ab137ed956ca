package import Torch

/// A weight as lengths and directions: `w = g · v / ‖v‖`, a length for each of its first index.
///
/// Salimans and Kingma 2016, equation 2, https://arxiv.org/abs/1602.07868; named `weight_g` and
/// `weight_v`, as PyTorch's `weight_norm` names them.
package struct NormedWeight: Sendable {
  private enum Form: Sendable {
    /// What is trained: the product is made anew each time.
    case parts(length: Tensor, direction: Tensor)
    case product(Tensor)
  }

  private let form: Form

  /// A weight of a shape, with the names below `scope`.
  package init(_ scope: Scope, _ shape: [Int]) {
    let inputs = shape.dropFirst().reduce(1, *)
    let lengths = [shape[0]] + [Int](repeating: 1, count: shape.count - 1)
    // The length that a direction, as PyTorch draws it, has on average.
    let length = scope.parameter("weight_g", lengths, .constant(1 / 3.0.squareRoot()))
    let direction = scope.parameter("weight_v", shape, .standard(inputs: inputs))
    let isTrained = length.requiresGradient || direction.requiresGradient
    form =
      isTrained
      ? .parts(length: length, direction: direction) : .product(Self.product(length, direction))
  }

  /// The weight.
  package var weight: Tensor {
    switch form {
    case .parts(let length, let direction): Self.product(length, direction)
    case .product(let weight): weight
    }
  }

  private static func product(_ length: Tensor, _ direction: Tensor) -> Tensor {
    let dims = Array(1..<direction.shape.count)
    return direction * (length / direction.vectorNorm(order: 2, dims: dims, keepingDims: true))
  }
}
