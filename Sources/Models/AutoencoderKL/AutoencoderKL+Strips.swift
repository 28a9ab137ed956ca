internal import Layers
internal import Torch

extension AutoencoderKL {
  /// The numbers of a strip that make it about as fast as any.
  public static let standardStrip = 1 << 24

  /// The same autoencoder, which keeps fewer features in memory and computes some of them twice.
  ///
  /// Every resolution is computed in strips of rows. Convolutions see the rows above and below a
  /// strip, and normalizations the means and variances of the whole picture, for which the features
  /// are computed once more. So the result is that of the whole but for the rounding of float32,
  /// and has no seams, which tiles that are blended have: their normalizations see a tile each.
  ///
  /// - Parameter size: The numbers that a strip of features has at most, where four rows have
  ///   fewer.
  /// - Returns: The autoencoder; it is for pictures and not for training.
  public func inStrips(of size: Int = AutoencoderKL.standardStrip) -> AutoencoderKL {
    precondition(size > 0, "a strip has numbers")
    var other = self
    other.stripSize = size
    return other
  }

  /// What a half of the network makes of each picture alone.
  func eachInStrips(_ x: Tensor, _ half: (Tensor, Int) -> Tensor) -> Tensor? {
    guard let stripSize, x.rank == 4 else { return nil }
    return (0..<x.shape[0]).map { index in
      half(x.narrowed(dim: 0, start: index, length: 1), stripSize)
    }.concatenated()
  }
}

extension AutoencoderDecoder {
  /// The picture of latents, computed in strips of so many numbers.
  ///
  /// - Parameters:
  ///   - z: `[1, latentChannels, height, width]`.
  ///   - size: The numbers of a strip.
  /// - Returns: `[1, channels, reduction · height, reduction · width]`.
  func inStrips(_ z: Tensor, of size: Int) -> Tensor {
    let first = middle(convIn(z))
    // An operation failed, which `checked` throws.
    guard first.rank == 4 else { return first }
    var width = z.shape[3]
    var rows = FeatureStore(first).rows
    for stage in stages {
      for resnet in stage.resnets { rows = resnet.stored(rows, width: width, strips: size) }
      guard let upsampler = stage.upsampler else { continue }
      width *= 2
      rows = rows.doubled().convolved(by: upsampler, of: width)
    }
    let picture = rows.normalized(by: normOut, strips: size).convolved(by: convOut, of: width)
    let y = FeatureStore(picture, strips: size).whole
    return patchSize == 1 ? y : y.pixelShuffled(patchSize)
  }
}

extension AutoencoderEncoder {
  /// The moments of a picture's latents, computed in strips of so many numbers.
  ///
  /// - Parameters:
  ///   - x: `[1, channels, height, width]`.
  ///   - size: The numbers of a strip.
  /// - Returns: `[1, 2 · latentChannels, height / reduction, width / reduction]`.
  func inStrips(_ x: Tensor, of size: Int) -> Tensor {
    let x = patchSize == 1 ? x : x.pixelUnshuffled(patchSize)
    guard x.rank == 4 else { return x }
    var width = x.shape[3]
    var rows = FeatureStore(x).rows.convolved(by: convIn, of: width)
    for stage in stages {
      for resnet in stage.resnets { rows = resnet.stored(rows, width: width, strips: size) }
      guard let downsampler = stage.downsampler else { continue }
      rows = FeatureStore(rows.halved(by: downsampler, of: width), strips: size).rows
      width /= 2
    }
    let last = FeatureStore(rows, strips: size).whole
    return convOut(normOut.silu(middle(last)))
  }
}

extension ResidualBlock {
  /// What the block makes of features, computed in strips of so many numbers.
  ///
  /// The first convolution is computed twice: its result is seen as a whole by the second
  /// normalization, and never kept as a whole.
  fileprivate func stored(_ x: FeatureRows, width: Int, strips size: Int) -> FeatureRows {
    let source = x.remembered()
    let hidden = source.normalized(by: norm1, strips: size).convolved(by: conv1, of: width)
    let change = hidden.normalized(by: norm2, strips: size).convolved(by: conv2, of: width)
    let sum = FeatureRows(
      height: x.height, rowSize: change.rowSize,
      read: { rows in
        // The change looks at more rows, which are remembered.
        let h = change.read(rows)
        let x = source.read(rows)
        return (shortcut?(x) ?? x) + h
      },
      finish: change.finish)
    return FeatureStore(sum, strips: size).rows
  }
}
