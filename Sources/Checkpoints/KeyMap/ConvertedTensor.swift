package import Torch

/// A tensor of another layout: its name and shape, and what it is made of.
package struct ConvertedTensor: Sendable, Hashable {
  /// The name in the other layout.
  package let name: String
  /// The shape in the other layout.
  package let shape: [Int]
  /// The tensors of the file that it is made of, one after the other along the rows.
  package let sources: [String]
  /// What is done to the numbers.
  package let step: TensorStep
  /// Which of the equal parts of the rows it is, if the source is divided.
  package let part: Int?

  /// Whether the numbers are used where they stand in the file.
  package var isView: Bool { sources.count == 1 && step != .transposed }

  /// The same tensor under another name.
  package func renamed(_ name: String) -> ConvertedTensor {
    ConvertedTensor(name: name, shape: shape, sources: sources, step: step, part: part)
  }

  /// Makes the tensor; views of the sources where no number moves.
  ///
  /// - Parameter source: Answers a tensor of the file.
  /// - Returns: The tensor, in the sources' dtype.
  /// - Throws: What `source` throws, or a `TorchError`.
  package func callAsFunction(_ source: (String) throws -> Tensor) throws -> Tensor {
    let tensors = try sources.map(source)
    return try checked {
      let whole = tensors.count == 1 ? tensors[0] : tensors.concatenated(dim: 0)
      let turned = step == .transposed ? whole.transposed(0, 1).contiguous() : whole
      guard let part else { return turned.reshaped(shape) }
      let rows = shape[0]
      return turned.narrowed(dim: 0, start: part * rows, length: rows).reshaped(shape)
    }
  }
}
