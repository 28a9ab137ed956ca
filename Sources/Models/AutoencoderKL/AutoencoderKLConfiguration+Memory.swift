extension AutoencoderKLConfiguration {
  /// The numbers that decoding a picture has in memory at once, beside the weights.
  ///
  /// - Parameters:
  ///   - height: The height of the latents.
  ///   - width: Their width.
  ///   - strip: The numbers of a strip, if it is decoded in strips.
  /// - Returns: The most at any layer.
  package func workingNumbers(height: Int, width: Int, strip: Int? = nil) -> Int {
    let widths = Array(blockOutChannels.reversed())
    let places = height * width
    // The attention of the middle: what it adds to, and its queries, keys, values and results.
    var most = places * widths[0] * 7
    for (level, channels) in widths.enumerated() {
      let size = places << (2 * level)
      let inputs = level == 0 ? channels : widths[level - 1]
      guard let strip else {
        // The input, normalized and through `silu`, and a convolution in the library's own order.
        most = max(most, size * (4 * inputs + 3 * channels))
        continue
      }
      // One resolution's features become the next one's, strip by strip.
      let former = level == 0 ? size * inputs : size / 4 * inputs
      let row = max(inputs, channels) * (width << level)
      let rows = min(max(4, strip / row), height << level)
      most = max(most, max(former, size * channels) + size * channels / 4 + 8 * (rows + 6) * row)
    }
    return most
  }
}
