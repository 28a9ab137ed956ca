internal import Modalities
internal import Torch

extension Image {
  /// A picture of rounded and clamped colours, or of grey.
  ///
  /// - Parameter tensor: `[3, height, width]` or `[1, height, width]`, in [-1, 1].
  /// - Throws: `ImageError` for another shape.
  init(colors tensor: Tensor) throws {
    let sizes = tensor.shape.sizes
    let isGrey = sizes.count == 3 && sizes[0] == 1
    try self.init(tensor: isGrey ? tensor.expanded([3] + sizes.dropFirst()) : tensor)
  }
}

/// A sheet of pictures, `[count, colors, side, side]` in [-1, 1], so many in a row.
func sheet(of pictures: Tensor, columns: Int) throws -> Image {
  let cells = try (0..<pictures.shape[0]).map {
    ContactSheet.Cell(try Image(colors: pictures.selected(dim: 0, index: $0)))
  }
  return try ContactSheet(columns: columns, side: pictures.shape[2])(cells)
}
