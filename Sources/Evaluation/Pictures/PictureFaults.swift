public import Torch

/// What is measured of a picture's pixels alone, without a model and without words.
///
/// Each measure has a fault that moves it far: an empty frame, noise that was left, a seam, a dead
/// block, burnt colours. What is usual depends on the pictures, so there are no limits here.
public struct PictureFaults: Sendable, Hashable {
  /// The standard deviation of the brightness, in [0, 128]; 0 for a frame of one colour.
  public let contrast: Double
  /// The standard deviation of the finest noise, in 8-bit levels.
  ///
  /// The median size of the diagonal Haar coefficients, divided by that of a unit Gaussian: Donoho
  /// and Johnstone 1994, section 3.1, https://doi.org/10.1093/biomet/81.3.425. Edges move a median
  /// little, so a drawing has next to none.
  public let noise: Double
  /// How much steeper one straight line across the whole picture is than the lines beside it, on
  /// average along the line, in 8-bit levels.
  ///
  /// Only as much counts as goes up and as goes down: the edge of a thing goes one way, and where
  /// parts do not fit together it goes both ways.
  public let seam: Double
  /// The side of the largest square of exactly one colour that is not the border's, as a share of
  /// the picture's shorter side, in [0, 1].
  public let block: Double
  /// The share of pixels with a channel at an end of its range, white ones not counted, in [0, 1].
  public let clipping: Double

  /// Measures a picture.
  ///
  /// - Parameter picture: `[3, height, width]`, `uint8`, of at least 4 x 4 pixels.
  /// - Throws: A `TorchError`.
  public init(_ picture: Tensor) throws {
    let sizes = picture.shape.sizes
    precondition(
      sizes.count == 3 && sizes[0] == 3 && sizes[1] >= 4 && sizes[2] >= 4,
      "a picture of at least 4 x 4, found \(sizes)")
    let (height, width) = (sizes[1], sizes[2])
    // The weights of ITU-R 601-2.
    let weights = Tensor([0.299, 0.587, 0.114] as [Float], shape: [3, 1, 1])
    let grey = try checked { (picture.converted(to: .float32) * weights).sum(dims: [0]) }
    contrast = try checked { grey.variance(correction: 0).squareRoot().item() }
    noise = try checked { Self.noise(grey) }
    seam = try checked { max(Self.seam(grey), Self.seam(grey.transposed(0, 1))) }
    let colors = try checked {
      picture.permuted(1, 2, 0).contiguous().values(as: UInt8.self)
    }
    let pixels = (0..<height * width).map { Pixel(colors[3 * $0..<3 * $0 + 3]) }
    block = Self.block(pixels, height: height, width: width)
    clipping = Double(pixels.count { $0.isClipped }) / Double(pixels.count)
  }

  /// The colour of a pixel.
  private struct Pixel: Hashable {
    let channels: ArraySlice<UInt8>

    init(_ channels: ArraySlice<UInt8>) { self.channels = channels }

    /// Whether a channel is at an end of its range, but for white.
    var isClipped: Bool {
      channels.contains { $0 == 0 || $0 == 255 } && channels.contains { $0 < 255 }
    }
  }

  private static func noise(_ grey: Tensor) -> Double {
    let (height, width) = (grey.shape[0] / 2 * 2, grey.shape[1] / 2 * 2)
    let cells = grey.narrowed(dim: 0, start: 0, length: height)
      .narrowed(dim: 1, start: 0, length: width).reshaped(height / 2, 2, width / 2, 2)
    let left = cells.selected(dim: 3, index: 0)
    let right = cells.selected(dim: 3, index: 1)
    let across = left - right
    let diagonal = (across.selected(dim: 1, index: 0) - across.selected(dim: 1, index: 1)) / 2
    let sizes = diagonal.absolute().values(as: Float.self).map(Double.init)
    // The median size of a standard normal draw.
    return quantile(sizes, 0.5) / 0.6744897501960817
  }

  /// Of the lines that run along the first dimension.
  private static func seam(_ grey: Tensor) -> Double {
    let width = grey.shape[1]
    func columns(_ start: Int, _ length: Int) -> Tensor {
      grey.narrowed(dim: 1, start: start, length: length)
    }
    let steps = columns(1, width - 1) - columns(0, width - 1)
    func part(_ start: Int) -> Tensor { steps.narrowed(dim: 1, start: start, length: width - 3) }
    let beside = part(0).absolute().maximum(part(2).absolute())
    let (up, down) = (part(1) - beside, -part(1) - beside)
    let both = up.clamped(min: 0.0).mean(dims: [0])
      .minimum(down.clamped(min: 0.0).mean(dims: [0]))
    return 2 * both.maximum().item()
  }

  private static func block(_ pixels: [Pixel], height: Int, width: Int) -> Double {
    let background = background(pixels, height: height, width: width)
    // The side of the largest square of one colour whose lower right corner a pixel is.
    var sides = [Int](repeating: 1, count: pixels.count)
    var largest = 0
    for row in 0..<height {
      for column in 0..<width {
        let here = row * width + column
        if row > 0, column > 0 {
          let before = [here - 1, here - width, here - width - 1]
          if before.allSatisfy({ pixels[$0] == pixels[here] }) {
            sides[here] = 1 + (before.map { sides[$0] }.min() ?? 0)
          }
        }
        if pixels[here] != background { largest = max(largest, sides[here]) }
      }
    }
    return Double(largest) / Double(min(height, width))
  }

  /// The most frequent colour of the border, the first of those of a frequency.
  private static func background(_ pixels: [Pixel], height: Int, width: Int) -> Pixel {
    let rows = pixels[..<width] + pixels[((height - 1) * width)...]
    let columns = (1..<height - 1).flatMap { row in
      [pixels[row * width], pixels[row * width + width - 1]]
    }
    var counts: [Pixel: Int] = [:]
    var best = pixels[0]
    for pixel in rows + columns {
      counts[pixel, default: 0] += 1
      if counts[pixel, default: 0] > counts[best, default: 0] { best = pixel }
    }
    return best
  }
}
