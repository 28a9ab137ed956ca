internal import Diffusion
internal import Foundation
internal import Models
internal import Torch

/// A network that says which pieces of SMILES are hidden, and before that how many there are.
///
/// It is VisualBERT's, with a molecule's properties in the picture's place. A text is a token that
/// tells its number of pieces, and the pieces. The network says the first from nothing but the
/// properties; so a text needs no padding, and texts of few pieces take little time.
struct MoleculeNetwork {
  let network: VisualBERT
  /// How many pieces the vocabulary has: number `n` of them is token `n + 1`.
  let pieces: Int
  /// The most pieces of a text; the tokens that tell the number are behind the pieces.
  let maximum: Int

  /// The token of what is hidden.
  static let mask = 0
  /// How many tokens there are.
  static func tokens(pieces: Int, maximum: Int) -> Int { 1 + pieces + maximum }

  /// The objective that the pieces are learnt by.
  static let objective = MaskedObjective(mask: mask)

  /// How likely texts have 1, 2, … pieces.
  ///
  /// - Parameter features: What is told of properties, `[batch, 1, channels]`.
  /// - Returns: The logarithms of probabilities, `[batch, maximum]`.
  func lengths(_ features: Tensor) -> Tensor {
    let nothing = Tensor.full([features.shape[0], 1], .integer(Self.mask), dtype: .int64)
    return network(nothing, features: features).selected(dim: 1, index: 0)
      .narrowed(dim: -1, start: 1 + pieces, length: maximum).logSoftmax(dim: -1)
  }

  /// How likely each piece is at each place.
  ///
  /// - Parameters:
  ///   - x: Texts, some of whose tokens are hidden, `[batch, places]`, `int64`.
  ///   - features: What is told of properties, `[batch, 1, channels]`.
  ///   - lengths: The tokens of each text that has padding behind it, `[batch]`, `int64`; all that
  ///     there are if not given.
  /// - Returns: Logits of the mask and the pieces, `[batch, places, 1 + pieces]`; those of padding
  ///   mean nothing.
  func callAsFunction(_ x: Tensor, features: Tensor, lengths: Tensor? = nil) -> Tensor {
    let (batch, places) = (x.shape[0], x.shape[1])
    let counts = (lengths ?? .full([batch], .integer(places), dtype: .int64)).unsqueezed(-1)
    // Behind the token of the number stand the pieces.
    let isPadding = lengths.map { _ in counts.less(than: Tensor.range(to: 1 + places)) }
    return network(
      [counts + pieces, x].concatenated(dim: 1), features: features, isPadding: isPadding
    )
    .narrowed(dim: 1, start: 1, length: places)
    .narrowed(dim: -1, start: 0, length: 1 + pieces)
  }

  /// The bound of the negative log-likelihood of texts, of rank zero.
  ///
  /// - Parameters:
  ///   - x0: Texts, all of which is known, and padding behind them, `[batch, places]`, `int64`.
  ///   - features: What is told of properties, `[batch, 1, channels]`.
  ///   - lengths: The tokens of each text, `[batch]`, `int64`.
  ///   - generator: Draws what is hidden.
  /// - Returns: The mean over the texts, in nats a text.
  func loss(
    _ x0: Tensor, features: Tensor, lengths: Tensor, using generator: Generator
  ) -> Tensor {
    let hidden = Self.objective.hidden(lengths: lengths, of: x0.shape[1], using: generator)
    let logits = self(
      Self.objective.masked(x0, hidden: hidden), features: features, lengths: lengths)
    let numbers = self.lengths(features).gathered(dim: 1, lengths.unsqueezed(-1) - 1)
    return Self.objective(logits: logits, x0: x0, hidden: hidden, lengths: lengths)
      - numbers.mean()
  }
}
