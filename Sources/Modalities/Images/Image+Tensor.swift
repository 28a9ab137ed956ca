public import Torch

extension Image {
  /// The picture's colours on white as bytes, `[3, height, width]`, `uint8`.
  package var bytes: Tensor {
    let rgb = flattened(on: .white)
    return rgb.pixels.withUnsafeBytes {
      Tensor(bytes: $0, shape: [height, width, 3], dtype: .uint8)
    }.permuted(2, 0, 1).contiguous()
  }

  /// The picture's colours on white, `[3, height, width]`, in [-1, 1].
  public var tensor: Tensor { Image.scaled(bytes) }

  /// The picture's brightness on white, `[1, height, width]`, in [0, 1]: that of ITU-R 601-2, as
  /// Pillow has it, but not rounded to bytes.
  package var grey: Tensor {
    let weights = Tensor([0.299, 0.587, 0.114] as [Float], shape: [3, 1, 1])
    return ((tensor + 1) / 2 * weights).sum(dims: [0], keepingDims: true)
  }

  /// Bytes in [0, 255] as numbers in [-1, 1], of any shape.
  package static func scaled(_ bytes: Tensor) -> Tensor {
    bytes.converted(to: .float32) / 127.5 - 1
  }

  /// Numbers in [-1, 1] as the nearest bytes, in their order.
  static func rounded(_ colors: Tensor) -> [UInt8] {
    ((colors + 1) * 127.5).rounded().clamped(min: 0.0, max: 255.0).values(as: UInt8.self)
  }

  /// A picture of rounded and clamped colours.
  ///
  /// - Parameter tensor: `[3, height, width]`, in [-1, 1].
  /// - Throws: `ImageError` for another shape.
  public init(tensor: Tensor) throws {
    let sizes = tensor.shape.sizes
    guard sizes.count == 3, sizes[0] == 3 else {
      throw ImageError.library(
        source: "a tensor", reason: "expected shape [3, height, width], found \(sizes)")
    }
    let pixels = try checked { Self.rounded(tensor.permuted(1, 2, 0)) }
    try self.init(width: sizes[2], height: sizes[1], channels: .rgb, pixels: pixels)
  }
}
