internal import Models
internal import Torch

/// A network that says which tokens stand at the hidden places of a text about a picture.
protocol CaptionNetwork: Sendable {
  /// What the network sees of pictures.
  ///
  /// - Parameter pictures: `[batch, 3, side, side]`, `uint8`.
  /// - Returns: `[batch, …]`, float32.
  func features(_ pictures: Tensor) -> Tensor

  /// How likely each token is at each place.
  ///
  /// - Parameters:
  ///   - x: Tokens, some of them hidden, `[batch, tokens]`, `int64`.
  ///   - features: What is seen of each text's picture.
  ///   - isSeen: Whether the pictures are looked at at all.
  /// - Returns: Logits, `[batch, tokens, vocabulary]`.
  func logits(_ x: Tensor, features: Tensor, isSeen: Bool) -> Tensor
}

/// A VisualBERT that sees what a picture encoder does at each place.
struct PlacesCaptionNetwork: CaptionNetwork {
  let views: PictureViews
  let network: VisualBERT

  func features(_ pictures: Tensor) -> Tensor { views.placed(views.seen(pictures)) }

  func logits(_ x: Tensor, features: Tensor, isSeen: Bool) -> Tensor {
    network(x, features: isSeen ? features : 0 * features)
  }
}
