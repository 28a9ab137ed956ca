extension UNet2DConditionConfiguration {
  /// The numbers that a prediction has in memory at once, beside the weights, for each row of the
  /// batch: what is handed across the halves so far, and what the layer that runs then works on.
  ///
  /// - Parameters:
  ///   - height: The height of the latents.
  ///   - width: Their width.
  ///   - words: The tokens of a prompt.
  /// - Returns: The most at any layer, with the prompt as all transformers attend to it.
  package func workingNumbers(height: Int, width: Int, words: Int = 77) -> Int {
    let widths = encoder.blockOutChannels
    let places = widths.indices.map { level in
      // Halved and rounded up at each level.
      ((height - 1) >> level + 1) * ((width - 1) >> level + 1)
    }
    var skips = [widths[0] * places[0]]
    var most = 0
    func note(_ numbers: Int) { most = max(most, skips.reduce(0, +) + numbers) }
    for level in widths.indices {
      for index in 0..<encoder.layersPerBlock[level] {
        let inputs = index == 0 ? widths[max(level - 1, 0)] : widths[level]
        note(places[level] * Self.residual(inputs, widths[level]))
        if encoder.downBlockTypes[level] == .crossAttention {
          note(places[level] * Self.transformer(widths[level]))
        }
        skips.append(widths[level] * places[level])
      }
      if level + 1 < widths.count { skips.append(widths[level] * places[level + 1]) }
    }
    let last = widths.count - 1
    note(places[last] * Self.transformer(widths[last]))
    for level in widths.indices.reversed() {
      for index in 0...encoder.layersPerBlock[level] {
        let features = index == 0 ? widths[min(level + 1, last)] : widths[level]
        let skip = skips.removeLast() / places[level]
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

  /// The keys and values of a prompt for all transformers.
  private func promptNumbers(_ words: Int) -> Int {
    let widths = encoder.blockOutChannels
    let channels = widths.indices.reduce(0) { sum, level in
      let down =
        encoder.downBlockTypes[level] == .crossAttention
        ? encoder.transformerLayersPerBlock[level].reduce(0, +) : 0
      let up =
        upBlockTypes[widths.count - 1 - level] == .crossAttention
        ? upTransformerLayers[widths.count - 1 - level].reduce(0, +) : 0
      return sum + widths[level] * (down + up)
    }
    return 2 * words * (channels + (widths.last ?? 0) * encoder.middleTransformerLayers)
  }
}
