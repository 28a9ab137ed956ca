public import Torch

/// The loss of a network that says what hidden tokens were: a bound of their negative
/// log-likelihood.
///
/// How many of the tokens are hidden is drawn evenly, then which ones: the step of order-agnostic
/// models (Hoogeboom et al. 2021, https://arxiv.org/abs/2110.02037). It is the bound of absorbing
/// diffusion (``CategoricalProcess/absorbing(tokens:mask:alphaBar:)``) with ever more
/// steps, as Ou et al. 2024, https://arxiv.org/abs/2406.03736, show. The network needs no
/// timestep: the hidden tokens say it.
public struct MaskedObjective: Sendable, Hashable {
  /// The token that stands for a hidden one.
  public let mask: Int

  /// The objective with a token that is never said.
  public init(mask: Int) {
    self.mask = mask
  }

  /// Which tokens of each text are hidden: as many as is drawn from 1 to all, wherever.
  ///
  /// - Parameters:
  ///   - count: The number of texts.
  ///   - length: The tokens of each.
  ///   - generator: Draws.
  /// - Returns: `[count, length]`, `bool`.
  public func hidden(_ count: Int, length: Int, using generator: Generator) -> Tensor {
    hidden(lengths: .full([count], .integer(length), dtype: .int64), of: length, using: generator)
  }

  /// Which tokens of texts of several lengths are hidden, and none of the padding behind them.
  ///
  /// - Parameters:
  ///   - lengths: The tokens of each text, `[count]`, `int64`, each in 1 … `places`.
  ///   - places: The tokens and the padding of each.
  ///   - generator: Draws.
  /// - Returns: `[count, places]`, `bool`.
  public func hidden(lengths: Tensor, of places: Int, using generator: Generator) -> Tensor {
    let lengths = lengths.unsqueezed(-1)
    let hidden = (generator.uniform(lengths.shape.sizes, dtype: .float64) * lengths).floor() + 1
    let isPadding = lengths.less(than: Tensor.range(to: places) + 1)
    // The place of each token in an order at random, padding behind all of them.
    let ranks = generator.uniform([lengths.shape[0], places], dtype: .float64)
      .maskedFill(isPadding, with: .integer(2)).sorted().1.sorted().1
    return ranks.less(than: hidden)
  }

  /// The texts with the mask where they are hidden.
  ///
  /// - Parameters:
  ///   - x0: Tokens, `[batch, length]`, `int64`.
  ///   - hidden: Which are hidden, `[batch, length]`, `bool`.
  /// - Returns: `[batch, length]`, `int64`.
  public func masked(_ x0: Tensor, hidden: Tensor) -> Tensor {
    x0.maskedFill(hidden, with: .integer(mask))
  }

  /// The loss of a network's answer to the masked texts.
  ///
  /// - Parameters:
  ///   - logits: What it says, `[batch, length, tokens]`; that of the mask is not read.
  ///   - x0: The texts, `[batch, length]`, `int64`.
  ///   - hidden: Which tokens were hidden, at least one of each text.
  ///   - lengths: The tokens of each text that has padding behind it, `[batch]`, `int64`; all that
  ///     there are if not given.
  /// - Returns: The mean over the texts of the bound, in nats a text, of rank zero.
  public func callAsFunction(
    logits: Tensor, x0: Tensor, hidden: Tensor, lengths: Tensor? = nil
  ) -> Tensor {
    let (batch, places) = (x0.shape[0], x0.shape[1])
    let sure = said(logits).gathered(dim: -1, x0.unsqueezed(-1)).squeezed(-1)
      .maskedFill(hidden.equal(to: 0), with: .integer(0))
    let counts = hidden.sum(dims: [1]).converted(to: sure.dtype)
    let lengths = lengths ?? .full([batch], .integer(places), dtype: .int64)
    // With k of n hidden, each of the hidden stands for n / k tokens of the text.
    return -(sure.sum(dims: [1]) * lengths / counts).sum() / Double(batch)
  }

  /// The logarithms of a network's probabilities, where the mask has none.
  func said(_ logits: Tensor) -> Tensor {
    let isMask = Tensor.range(to: logits.shape[-1]).equal(to: .integer(mask))
    return logits.maskedFill(isMask, with: .real(-.infinity)).logSoftmax(dim: -1)
  }
}
