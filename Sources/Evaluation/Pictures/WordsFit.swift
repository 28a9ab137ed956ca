public import Torch

/// How well captions fit their own pictures, beside other captions.
public struct WordsFit: Sendable, Hashable {
  /// How unlikely each picture's own caption is among the others and itself, in nats; 0 is sure.
  public let surprises: [Double]
  /// How many of the other captions fit each picture better than its own.
  public let better: [Int]
}

extension PictureTextModel {
  /// How well captions fit their own pictures, beside other captions.
  ///
  /// The surprise is what the model learns to lower, for pictures: the cross-entropy of the own
  /// caption among the others (Radford et al. 2021, figure 3, https://arxiv.org/abs/2103.00020).
  ///
  /// - Parameters:
  ///   - captions: The own captions' features, `[count, textChannels]`.
  ///   - pictures: Their pictures' features, `[count, pictureChannels]`.
  ///   - others: The other captions' features, `[others, textChannels]`.
  /// - Returns: How well each fits.
  /// - Throws: A `TorchError`.
  public func fit(captions: Tensor, pictures: Tensor, others: Tensor) throws -> WordsFit {
    try checked {
      let own = (text(captions) * picture(pictures)).sum(dims: [1], keepingDims: true)
      let rest = likeness(captions: others, pictures: pictures).transposed(0, 1)
      let logits = [own, rest].concatenated(dim: 1) * scale
      return WordsFit(
        surprises: (-logits.logSoftmax(dim: 1)).selected(dim: 1, index: 0).values(as: Float.self)
          .map(Double.init),
        better: rest.greater(than: own).converted(to: .int64).sum(dims: [1])
          .values(as: Int.self))
    }
  }
}
