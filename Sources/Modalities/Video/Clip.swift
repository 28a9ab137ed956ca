/// A clip without sound: frames of one size at a constant rate, 8-bit sRGB.
public struct Clip: Sendable, Equatable {
  /// The number of frames, at least 1.
  public let count: Int

  /// Width in pixels, at least 1.
  public let width: Int

  /// Height in pixels, at least 1.
  public let height: Int

  /// Frames in a second.
  public let frameRate: FrameRate

  /// The pixels frame after frame, each in rows from the top: `count * height * width * 3` numbers.
  public let pixels: [UInt8]

  /// Makes a clip of pixels.
  /// - Parameters:
  ///   - count: The number of frames.
  ///   - width: Width in pixels.
  ///   - height: Height in pixels.
  ///   - frameRate: Frames in a second.
  ///   - pixels: Red, green and blue of each pixel, `count * height * width * 3` numbers.
  /// - Throws: `ClipError.shape` if the numbers do not fit together.
  public init(
    count: Int, width: Int, height: Int, frameRate: FrameRate, pixels: [UInt8]
  ) throws(ClipError) {
    let sizes = [width, height, 3]
    let (expected, overflows) = sizes.reduce((count, false)) { product, size in
      let (next, overflows) = product.0.multipliedReportingOverflow(by: size)
      return (next, product.1 || overflows)
    }
    guard count > 0, width > 0, height > 0, !overflows, expected == pixels.count else {
      throw .shape(count: count, width: width, height: height, found: pixels.count)
    }
    self.count = count
    self.width = width
    self.height = height
    self.frameRate = frameRate
    self.pixels = pixels
  }

  /// Makes a clip of pictures; transparent parts show white.
  /// - Parameters:
  ///   - images: At least one, all of one size.
  ///   - frameRate: Frames in a second.
  /// - Throws: `ClipError.noFrames` or `.uneven`.
  public init(_ images: [Image], frameRate: FrameRate) throws(ClipError) {
    guard let first = images.first else { throw .noFrames(source: "a clip") }
    let size = [first.width, first.height]
    var pixels: [UInt8] = []
    pixels.reserveCapacity(images.count * size[0] * size[1] * 3)
    for (number, image) in images.enumerated() {
      let found = [image.width, image.height]
      guard found == size else {
        throw .uneven(source: "frame \(number)", expected: size, found: found)
      }
      pixels.append(contentsOf: image.flattened().pixels)
    }
    try self.init(
      count: images.count, width: size[0], height: size[1], frameRate: frameRate, pixels: pixels)
  }

  /// One frame.
  /// - Parameter number: `0..<count`.
  public subscript(number: Int) -> Image {
    precondition((0..<count).contains(number), "outside the clip")
    return Image(
      checked: Array(pixels[number * frameSize..<(number + 1) * frameSize]), width: width,
      height: height, channels: .rgb)
  }

  /// How long it is, in seconds.
  public var duration: Double { Double(count) / frameRate.value }

  /// The bytes of a frame.
  var frameSize: Int { width * height * 3 }
}

extension Clip {
  /// Some of the frames.
  /// - Parameters:
  ///   - start: The first frame, from 0.
  ///   - count: How many, at least 1.
  /// - Returns: A clip of these frames, at the same rate.
  /// - Throws: `ClipError.part` if the clip does not have them.
  public func part(start: Int, count: Int) throws(ClipError) -> Clip {
    guard start >= 0, count > 0, start < self.count, count <= self.count - start else {
      throw .part(start: start, count: count, found: self.count)
    }
    return frames(Array(start..<start + count), at: frameRate)
  }

  /// The clip at another rate, as long as it is to half a frame.
  ///
  /// Each frame is that which is nearest in time, the earlier of two as near.
  /// - Parameter rate: Frames in a second.
  /// - Returns: `count * rate / frameRate` frames, rounded, at least 1.
  public func resampled(to rate: FrameRate) -> Clip {
    // Frame k stands at k · step frames of this clip; p / q is that step.
    let (p, q) = (
      Double(frameRate.numerator) * Double(rate.denominator),
      Double(frameRate.denominator) * Double(rate.numerator)
    )
    let steps = max(1, Int((Double(count) * q / p).rounded()))
    let numbers = (0..<steps).map { min(count - 1, Int((Double($0) * p / q - 0.5).rounded(.up))) }
    return frames(numbers, at: rate)
  }

  /// A clip of these frames, any of them as often as it is named.
  func frames(_ numbers: [Int], at rate: FrameRate) -> Clip {
    var chosen: [UInt8] = []
    chosen.reserveCapacity(numbers.count * frameSize)
    for number in numbers {
      chosen.append(contentsOf: pixels[number * frameSize..<(number + 1) * frameSize])
    }
    return Clip(
      checked: chosen, count: numbers.count, width: width, height: height, frameRate: rate)
  }

  private init(checked pixels: [UInt8], count: Int, width: Int, height: Int, frameRate: FrameRate) {
    self.count = count
    self.width = width
    self.height = height
    self.frameRate = frameRate
    self.pixels = pixels
  }
}
