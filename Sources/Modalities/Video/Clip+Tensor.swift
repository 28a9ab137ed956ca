public import Torch

extension Clip {
  /// The clip's colours, `[frames, 3, height, width]`, in [-1, 1].
  public var tensor: Tensor {
    let bytes = pixels.withUnsafeBytes {
      Tensor(bytes: $0, shape: [count, height, width, 3], dtype: .uint8)
    }
    return Image.scaled(bytes.permuted(0, 3, 1, 2).contiguous())
  }

  /// A clip of rounded and clamped colours.
  ///
  /// - Parameters:
  ///   - tensor: `[frames, 3, height, width]`, in [-1, 1].
  ///   - frameRate: Frames in a second.
  /// - Throws: `ClipError.tensorShape` for another shape.
  public init(tensor: Tensor, frameRate: FrameRate) throws {
    let sizes = tensor.shape.sizes
    guard sizes.count == 4, sizes[1] == 3, sizes.allSatisfy({ $0 > 0 }) else {
      throw ClipError.tensorShape(sizes)
    }
    let pixels = try checked { Image.rounded(tensor.permuted(0, 2, 3, 1)) }
    try self.init(
      count: sizes[0], width: sizes[3], height: sizes[2], frameRate: frameRate, pixels: pixels)
  }
}
