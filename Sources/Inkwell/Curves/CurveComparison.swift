internal import Torch

extension Curve {
  /// What of pictures is compared.
  public enum Comparison: String, Codable, Sendable, Hashable, CaseIterable {
    /// What a classifier makes of them before it decides: what they show.
    case features
    /// The means of their squares of two by two pixels: how they look, with all noise that is left.
    case pixels

    /// The numbers to compare.
    ///
    /// - Parameters:
    ///   - pictures: `[batch, colors, height, width]` in [-1, 1]; a last odd row or column is left
    ///     out of squares.
    ///   - classifier: What sees what they show.
    /// - Returns: `[batch, numbers]`.
    func callAsFunction(_ pictures: Tensor, _ classifier: PictureClassifier) -> Tensor {
      self == .features ? classifier.features(pictures) : Self.squares(pictures)
    }

    /// The means of squares of two by two pixels, row by row.
    static func squares(_ pictures: Tensor) -> Tensor {
      let (rows, columns) = (pictures.shape[2] / 2, pictures.shape[3] / 2)
      return pictures.narrowed(dim: 2, start: 0, length: 2 * rows)
        .narrowed(dim: 3, start: 0, length: 2 * columns)
        .reshaped(pictures.shape[0], -1, rows, 2, columns, 2).mean(dims: [3, 5])
        .flattened(from: 1, to: 3)
    }
  }
}
