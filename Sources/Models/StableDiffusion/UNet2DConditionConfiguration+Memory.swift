extension UNetEncoderConfiguration {
  /// The numbers that the contracting half hands across, in its order, for each row of the batch.
  ///
  /// - Parameters:
  ///   - height: The height of the latents.
  ///   - width: Their width.
  /// - Returns: The numbers of each connection.
  package func skipNumbers(height: Int, width: Int) -> [Int] {
    let widths = blockOutChannels
    guard !isAdaptive else {
      return widths.indices.dropLast().map { widths[$0] * places($0, height, width) }
    }
    return widths.indices.reduce(into: [widths[0] * height * width]) { skips, level in
      let places = places(level, height, width)
      skips += Array(repeating: widths[level] * places, count: layersPerBlock[level])
      guard level + 1 < widths.count else { return }
      skips.append(widths[level] * self.places(level + 1, height, width))
    }
  }

  /// The places of a resolution: halved and rounded up from each to the next.
  func places(_ level: Int, _ height: Int, _ width: Int) -> Int {
    ((height - 1) >> level + 1) * ((width - 1) >> level + 1)
  }
}

extension UNet2DConditionConfiguration {
  /// The numbers that a prediction has in memory at once, beside the weights, for each row of the
  /// batch: what is handed across the halves so far, and what the layer that runs then works on.
  ///
  /// An observer adds nothing: a cross-attention's softmax over a prompt's tokens is smaller than
  /// what the network behind it works on.
  ///
  /// - Parameters:
  ///   - height: The height of the latents.
  ///   - width: Their width.
  ///   - words: The tokens of a prompt.
  /// - Returns: The most at any layer, with the prompt as all transformers attend to it.
  package func workingNumbers(height: Int, width: Int, words: Int = 77) -> Int {
    let widths = encoder.blockOutChannels
    let places = widths.indices.map { encoder.places($0, height, width) }
    let all = encoder.skipNumbers(height: height, width: width)
    guard !encoder.isAdaptive else {
      // The first block of the finest resolution takes up what was handed across.
      let layer = zip(widths, places).map { $1 * Self.residual(2 * $0, $0) }.max() ?? 0
      return all.reduce(0, +) + layer + promptNumbers(words)
    }
    var (kept, most) = (1, 0)
    func note(_ numbers: Int) { most = max(most, all.prefix(kept).reduce(0, +) + numbers) }
    for level in widths.indices {
      for index in 0..<encoder.layersPerBlock[level] {
        let inputs = index == 0 ? widths[max(level - 1, 0)] : widths[level]
        note(places[level] * Self.residual(inputs, widths[level]))
        if encoder.downBlockTypes[level] == .crossAttention {
          note(places[level] * Self.transformer(widths[level]))
        }
        kept += 1
      }
      if level + 1 < widths.count { kept += 1 }
    }
    let last = widths.count - 1
    note(places[last] * Self.transformer(widths[last]))
    for level in widths.indices.reversed() {
      for index in 0...encoder.layersPerBlock[level] {
        let features = index == 0 ? widths[min(level + 1, last)] : widths[level]
        kept -= 1
        let skip = all[kept] / places[level]
        // What is joined is still there.
        let joined = Self.residual(features + skip, widths[level]) + features + skip
        note(places[level] * max(joined, Self.transformer(widths[level])))
      }
      if level > 0 { note(widths[level] * (places[level] + 4 * places[level - 1])) }
    }
    return most + promptNumbers(words)
  }

  /// What a residual block has at a place: its input, normalized and through `silu`, and the inputs
  /// and results of a convolution in the library's own order.
  private static func residual(_ inputs: Int, _ outputs: Int) -> Int {
    4 * inputs + 3 * outputs
  }

  /// What a transformer has at a place: two times its input, the wide half of the feed-forward
  /// network, its gate, and their product.
  private static func transformer(_ channels: Int) -> Int { (3 + 8 + 4 + 4) * channels }

  /// The keys and values of a prompt for all transformers, for each row of the batch.
  ///
  /// - Parameter words: The tokens of a prompt, or the words of a picture.
  /// - Returns: The numbers.
  package func promptNumbers(_ words: Int) -> Int {
    2 * words * crossAttentions.reduce(0) { $0 + $1.channels }
  }

  /// The numbers of the heat maps of a picture's words at all transformers.
  ///
  /// - Parameters:
  ///   - height: The height of the latents.
  ///   - width: Their width.
  ///   - words: The tokens of a prompt.
  /// - Returns: The numbers of all maps, each at its own resolution.
  package func heatNumbers(height: Int, width: Int, words: Int = 77) -> Int {
    let widths = encoder.blockOutChannels
    return crossAttentions.reduce(0) { sum, place in
      // Resolutions of equal channels: the finest of them has the most places.
      let level = widths.firstIndex(of: place.channels) ?? 0
      return sum + words * encoder.places(level, height, width)
    }
  }
}
