package import Torch

/// A value with tensors in it, in an order of their own: what a network is given, or gives.
package protocol TensorStructure {
  /// The same value with other tensors in the places of its own, each of which is asked for once,
  /// in an order that does not change.
  func mapTensors(_ body: (Tensor) -> Tensor) -> Self

  /// Numbers that a network reads and that are no tensors: part of what it is compiled for.
  var numbers: [Double] { get }
}

extension TensorStructure {
  package var numbers: [Double] { [] }

  /// The tensors in their order.
  package var tensors: [Tensor] {
    var tensors: [Tensor] = []
    _ = mapTensors {
      tensors.append($0)
      return $0
    }
    return tensors
  }

  /// The same value with other tensors; as many as it has.
  package func replacing(_ tensors: [Tensor]) -> Self {
    var rest = tensors[...]
    return mapTensors { rest.popFirst() ?? $0 }
  }
}

extension Tensor: TensorStructure {
  package func mapTensors(_ body: (Tensor) -> Tensor) -> Tensor { body(self) }
}

extension Array: TensorStructure where Element: TensorStructure {
  package func mapTensors(_ body: (Tensor) -> Tensor) -> [Element] {
    map { $0.mapTensors(body) }
  }

  // How many there are of each is part of the structure.
  package var numbers: [Double] { [Double(count)] + flatMap(\.numbers) }
}

extension Optional: TensorStructure where Wrapped: TensorStructure {
  package func mapTensors(_ body: (Tensor) -> Tensor) -> Wrapped? {
    map { $0.mapTensors(body) }
  }

  package var numbers: [Double] { map { [1] + $0.numbers } ?? [0] }
}
