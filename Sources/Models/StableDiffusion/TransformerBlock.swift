internal import Compiler
internal import Layers
internal import Torch

/// A transformer block that attends to the picture and to the prompt.
///
/// Rombach et al. 2022, section 3.3 and appendix E.2.1, https://arxiv.org/abs/2112.10752;
/// diffusers' `BasicTransformerBlock`.
struct TransformerBlock: Sendable {
  let norm1: LayerNorm
  let attention1: Attention
  let norm2: LayerNorm
  let attention2: Attention
  let norm3: LayerNorm
  let feedForward: GatedFeedForward
  /// Whether the first attention is to the prompt as well.
  let attendsToPromptOnly: Bool
  /// The name of the second attention.
  let place: String

  init(_ scope: Scope, channels: Int, context: Int, heads: Int, attendsToPromptOnly: Bool) {
    norm1 = LayerNorm(scope / "norm1", channels)
    attention1 = Attention(
      scope / "attn1", channels: channels, context: attendsToPromptOnly ? context : nil,
      heads: heads, biases: .output)
    norm2 = LayerNorm(scope / "norm2", channels)
    attention2 = Attention(
      scope / "attn2", channels: channels, context: context, heads: heads, biases: .output)
    norm3 = LayerNorm(scope / "norm3", channels)
    feedForward = GatedFeedForward(scope / "ff", channels: channels)
    self.attendsToPromptOnly = attendsToPromptOnly
    place = (scope / "attn2").path
  }

  /// The prompt as both attentions need it.
  struct Context: Sendable, TensorStructure {
    let first: Attention.Context?
    let second: Attention.Context
    /// What the second attention takes from pictures.
    let images: [ImageAddition]

    func mapTensors(_ body: (Tensor) -> Tensor) -> Context {
      Context(
        first: first.mapTensors(body), second: second.mapTensors(body),
        images: images.mapTensors(body))
    }

    var numbers: [Double] { first.numbers + second.numbers + images.numbers }
  }

  /// What both attentions need of the prompt.
  func context(_ prompt: PromptStates) -> Context {
    Context(
      first: attendsToPromptOnly ? attention1.context(prompt.text) : nil,
      second: attention2.context(prompt.text, mask: prompt.mask),
      images: prompt.images.compactMap { $0.addition(at: place) })
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - prompt: The projected prompt.
  ///   - size: The rows and columns that the tokens stand in.
  ///   - merging: Merges tokens before they attend to one another.
  ///   - observe: Sees how much each token attends to each word.
  /// - Returns: The same shape.
  func callAsFunction(
    _ x: Tensor, to prompt: Context, size: (rows: Int, columns: Int), merging: TokenMerging?,
    observe: ((Tensor) -> Void)?
  ) -> Tensor {
    let matching = merging?.matching(x, rows: size.rows, columns: size.columns)
    let normed = matching?.merged(norm1(x)) ?? norm1(x)
    let found = prompt.first.map { attention1(normed, to: $0) } ?? attention1(normed)
    var x = x + (matching?.unmerged(found) ?? found)
    let images = prompt.images.map { $0.weighted(rows: size.rows, columns: size.columns) }
    x = x + attention2(norm2(x), to: prompt.second, adding: images, observe: observe)
    return x + feedForward(norm3(x))
  }
}

/// What transformers attend to, before they project it.
struct PromptStates: Sendable {
  /// `[batch, words, context]`.
  let text: Tensor
  /// Added to the scores of the second attention alone, as diffusers has it,
  /// `[batch, 1, 1, words]`.
  let mask: Tensor?
  /// Pictures, as words.
  let images: [ImagePrompt]
}

/// Two linear maps, the first of which is gated by a GELU of its other half.
///
/// Shazeer 2020, equation 6 (GEGLU), https://arxiv.org/abs/2002.05202, with biases.
struct GatedFeedForward: Sendable {
  let expand: Linear
  let contract: Linear

  init(_ scope: Scope, channels: Int) {
    expand = Linear(scope / "net" / 0 / "proj", channels, 8 * channels)
    contract = Linear(scope / "net" / 2, 4 * channels, channels)
  }

  /// - Parameter x: `[…, channels]`.
  /// - Returns: The same shape.
  func callAsFunction(_ x: Tensor) -> Tensor {
    contract(expand(x).gatedByGelu())
  }
}
