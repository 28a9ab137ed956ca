extension AutoencoderKLConfiguration {
  /// The numbers that decoding a picture has in memory at once, beside the weights.
  ///
  /// - Parameters:
  ///   - height: The height of the latents.
  ///   - width: Their width.
  ///   - strip: The numbers of a strip, if it is decoded in strips.
  ///   - ownKernels: Whether our own kernels take the place of LibTorch's operations.
  /// - Returns: The most at any layer.
  package func workingNumbers(
    height: Int, width: Int, strip: Int? = nil, ownKernels: Bool = true
  ) -> Int {
    let widths = Array(blockOutChannels.reversed())
    let levels = widths.enumerated().map { level, channels in
      let inputs = level == 0 ? channels : widths[level - 1]
      // A resolution's features are computed from those of the coarser one.
      return Resolution(
        height: height << level, width: width << level, inputs: inputs, outputs: channels,
        former: (level == 0 ? inputs : inputs / 4) * (height << level) * (width << level))
    }
    return max(
      middleNumbers(height, width, ownKernels: ownKernels),
      levels.map { $0.numbers(strip, ownKernels: ownKernels) }.max() ?? 0)
  }

  /// The numbers that encoding a picture has in memory at once, beside the weights.
  ///
  /// - Parameters:
  ///   - height: The height of the latents.
  ///   - width: Their width.
  ///   - strip: The numbers of a strip, if it is encoded in strips.
  ///   - ownKernels: Whether our own kernels take the place of LibTorch's operations.
  /// - Returns: The most at any layer.
  package func encodingNumbers(
    height: Int, width: Int, strip: Int? = nil, ownKernels: Bool = true
  ) -> Int {
    let widths = blockOutChannels
    let levels = widths.enumerated().map { level, channels in
      let finer = widths.count - 1 - level
      let inputs = widths[max(level - 1, 0)]
      return Resolution(
        height: height << finer, width: width << finer, inputs: inputs, outputs: channels,
        former: inputs * (height << finer) * (width << finer))
    }
    return max(
      middleNumbers(height, width, ownKernels: ownKernels),
      levels.map { $0.numbers(strip, ownKernels: ownKernels) }.max() ?? 0)
  }

  /// The attention of the middle: what it adds to, its queries, keys, values and results, and keys
  /// and values once more as our own kernel reads them, which has those of a head in memory.
  private func middleNumbers(_ height: Int, _ width: Int, ownKernels: Bool) -> Int {
    (ownKernels ? 9 : 7) * height * width * (blockOutChannels.last ?? 0)
  }

  /// What is computed at a resolution.
  private struct Resolution {
    /// The inputs and kernels that a convolution by Winograd's algorithm works on at a time.
    static let turned = 7 << 20

    let height: Int
    let width: Int
    /// The channels of the features that come in.
    let inputs: Int
    /// The channels of those that leave.
    let outputs: Int
    /// The numbers that the first of its features are computed from.
    let former: Int

    /// The most that is in memory at once; in strips of so many numbers if that is given.
    func numbers(_ strip: Int?, ownKernels: Bool) -> Int {
      let places = height * width
      guard let strip else {
        if ownKernels {
          // The input, its shortcut, what comes before and after a convolution, and gaps that are
          // too small for the next one: measured. And the pieces that are turned for it.
          let added = inputs == outputs ? 4 : 5
          return places * max(2 * inputs + outputs, inputs + added * outputs) + Self.turned
        }
        // The input, normalized and through `silu`, and a convolution in the library's own order.
        return places * (4 * inputs + 3 * outputs)
      }
      // One layer's features become the next one's, strip by strip.
      let row = max(inputs, outputs) * width
      let rows = min(max(4, strip / row), height)
      return max(former, places * outputs) + places * outputs / 4 + 8 * (rows + 6) * row
    }
  }
}
