internal import Torch

extension Tensor {
  /// The pixels of each square patch of a clip's frames as channels of one place.
  ///
  /// diffusers' `patchify`, which has the columns of a patch before its rows.
  ///
  /// - Parameter size: The rows and columns of a patch.
  /// - Returns: `[batch, channels · size², frames, height / size, width / size]` of
  ///   `[batch, channels, frames, height, width]`.
  func inPatches(of size: Int) -> Tensor {
    guard size > 1 else { return self }
    let (rows, columns) = (shape[3] / size, shape[4] / size)
    return reshaped(shape[0], shape[1], shape[2], rows, size, columns, size)
      .permuted(0, 1, 6, 4, 2, 3, 5)
      .reshaped(shape[0], shape[1] * size * size, shape[2], rows, columns)
  }

  /// What ``inPatches(of:)`` undoes.
  func outOfPatches(of size: Int) -> Tensor {
    guard size > 1 else { return self }
    let channels = shape[1] / (size * size)
    return reshaped(shape[0], channels, size, size, shape[2], shape[3], shape[4])
      .permuted(0, 1, 4, 5, 3, 6, 2)
      .reshaped(shape[0], channels, shape[2], shape[3] * size, shape[4] * size)
  }
}
