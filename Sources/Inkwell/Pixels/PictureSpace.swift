internal import Models
internal import Torch

/// Where a pixel network works: among the pixels of pictures, several of them as one, or among the
/// latents of an autoencoder.
struct PictureSpace {
  /// The colours of a picture: 1, grey, or 3.
  let colors: Int
  /// The width and height of the square of pixels, or of latents, that the network sees as one.
  let patchSize: Int
  /// What makes latents, if it works among them.
  let autoencoder: AutoencoderKL?

  /// The channels that the network sees.
  var channels: Int {
    (autoencoder?.configuration.latentChannels ?? colors) * patchSize * patchSize
  }

  /// How many times smaller than a picture what the network sees is.
  var reduction: Int { (autoencoder?.configuration.reduction ?? 1) * patchSize }

  /// What the network sees of pictures.
  ///
  /// - Parameter pictures: `[batch, colors, side, side]`, in [-1, 1].
  /// - Returns: `[batch, channels, side / reduction, side / reduction]`.
  func encoded(_ pictures: Tensor) -> Tensor {
    let x = autoencoder.map { $0.scaled($0.encode(pictures).mean) } ?? pictures
    return patchSize == 1 ? x : x.pixelUnshuffled(patchSize)
  }

  /// The pictures of what the network works on: the inverse of ``encoded(_:)``.
  func decoded(_ x: Tensor) -> Tensor {
    let x = patchSize == 1 ? x : x.pixelShuffled(patchSize)
    return autoencoder.map { $0.decode($0.unscaled(x)) } ?? x
  }
}

extension PictureSet {
  /// What `body` makes of all pictures in [-1, 1], a batch after the other, put together.
  func inBatches(of size: Int = 64, _ body: (Tensor) throws -> Tensor) throws -> Tensor {
    let parts = try stride(from: 0, to: records.count, by: size).map { begin in
      try checked {
        try withoutGradients { try body(batch(Array(begin..<min(begin + size, records.count)))) }
      }
    }
    return try checked { parts.concatenated() }
  }
}
