internal import Diffusion
internal import Foundation
internal import Models
internal import Torch

/// A network that says which pieces of SMILES are hidden, and before that how many there are.
///
/// It is VisualBERT's, with a molecule's properties in the picture's place. A text is a token that
/// tells its number of pieces, and the pieces. The network says the first from nothing but the
/// properties; so a text has no padding, and texts of few pieces take little time.
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
  ///   - x: Texts of as many tokens, some of which are hidden, `[batch, length]`, `int64`.
  ///   - features: What is told of properties, `[batch, 1, channels]`.
  /// - Returns: Logits of the mask and the pieces, `[batch, length, 1 + pieces]`.
  func callAsFunction(_ x: Tensor, features: Tensor) -> Tensor {
    let (batch, length) = (x.shape[0], x.shape[1])
    let count = Tensor.full([batch, 1], .integer(pieces + length), dtype: .int64)
    return network([count, x].concatenated(dim: 1), features: features)
      .narrowed(dim: 1, start: 1, length: length)
      .narrowed(dim: -1, start: 0, length: 1 + pieces)
  }

  /// The bound of the negative log-likelihood of texts of as many pieces, of rank zero.
  ///
  /// - Parameters:
  ///   - x0: Texts, `[batch, length]`, `int64`, all of which is known.
  ///   - features: What is told of properties, `[batch, 1, channels]`.
  ///   - generator: Draws what is hidden.
  /// - Returns: The mean over the texts, in nats a text.
  func loss(_ x0: Tensor, features: Tensor, using generator: Generator) -> Tensor {
    let (batch, length) = (x0.shape[0], x0.shape[1])
    let hidden = Self.objective.hidden(batch, length: length, using: generator)
    let logits = self(Self.objective.masked(x0, hidden: hidden), features: features)
    let number = lengths(features).selected(dim: 1, index: length - 1).mean()
    return Self.objective(logits: logits, x0: x0, hidden: hidden) - number
  }
}
