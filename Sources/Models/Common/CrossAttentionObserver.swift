public import Torch

/// Sees where every place of a picture looks in the prompt, while a network runs.
///
/// What heat maps of words are made of: Tang et al. 2022 (DAAM), https://arxiv.org/abs/2210.04885.
/// A run with an observer computes the same to the bit, but has every attention map in memory once.
public struct CrossAttentionObserver {
  /// What one cross-attention saw.
  public struct Look: Sendable {
    /// The name of the attention's weights, such as
    /// `mid_block.attentions.0.transformer_blocks.0.attn2`.
    public let place: String
    /// The softmax over the words, `[batch, heads, rows · columns, words]`.
    public let weights: Tensor
    /// The height of the features.
    public let rows: Int
    /// The width of the features.
    public let columns: Int
  }

  private let observe: (Look) -> Void

  /// An observer that is called at every cross-attention, in the order in which they run.
  ///
  /// - Parameter observe: Is given what the attention saw.
  public init(_ observe: @escaping (Look) -> Void) {
    self.observe = observe
  }

  /// Tells of one attention.
  func callAsFunction(_ look: Look) { observe(look) }

  /// What tells of the attention of a name, whose features have so many rows and columns.
  func watching(
    _ place: String, size: (rows: Int, columns: Int)
  ) -> (Tensor) -> Void {
    { observe(Look(place: place, weights: $0, rows: size.rows, columns: size.columns)) }
  }
}
