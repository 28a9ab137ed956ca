internal import Compiler
public import Torch
internal import Layers
internal import Modalities

/// A picture that a U-Net attends to beside the prompt.
///
/// Ye et al. 2023 (IP-Adapter), https://arxiv.org/abs/2308.06721, with decoupled cross-attention:
/// what each place takes from the words of the prompt and from those of the picture is added.
public struct ImagePrompt: Sendable {
  let adapter: IPAdapter
  let words: Tensor
  let scales: [String: Double]
  let mask: Tensor?

  /// A picture for each of a batch.
  ///
  /// - Parameters:
  ///   - words: The pictures as words, `[batch, words, channels]`; see ``IPAdapter``.
  ///   - adapter: What made them.
  ///   - scales: How much the picture counts at places, by their names; 0 at others.
  ///   - mask: Where it counts, in [0, 1], `[1, 1, height, width]`, in any size; everywhere if not
  ///     given.
  public init(
    words: Tensor, adapter: IPAdapter, scales: [String: Double], mask: Tensor? = nil
  ) {
    self.words = words
    self.adapter = adapter
    self.scales = scales
    self.mask = mask
  }

  /// The same in the type of a network.
  func converted(to dtype: DType) -> ImagePrompt {
    ImagePrompt(
      words: words.converted(to: dtype), adapter: adapter, scales: scales,
      mask: mask?.converted(to: dtype))
  }

  /// What is added at a place; nothing where the picture does not count.
  func addition(at place: String) -> ImageAddition? {
    guard let attention = adapter.attentions[place], let scale = scales[place], scale != 0 else {
      return nil
    }
    return ImageAddition(
      context: .init(key: attention.key(words), value: attention.value(words), mask: nil),
      scale: scale, mask: mask)
  }
}

/// What one attention takes from a picture.
struct ImageAddition: Sendable, TensorStructure {
  let context: Attention.Context
  let scale: Double
  let mask: Tensor?

  func mapTensors(_ body: (Tensor) -> Tensor) -> ImageAddition {
    ImageAddition(
      context: context.mapTensors(body), scale: scale, mask: mask.mapTensors(body))
  }

  var numbers: [Double] { context.numbers + [scale] + mask.numbers }

  /// How much each place takes, as diffusers has it.
  ///
  /// - Parameters:
  ///   - rows: The height of the features.
  ///   - columns: The width of the features.
  /// - Returns: What to multiply by, and the map of the context.
  func weighted(rows: Int, columns: Int) -> Attention.Addition {
    guard let mask else { return Attention.Addition(context: context, weight: .real(scale)) }
    let weights = cubicallyInterpolated(mask, width: columns, height: rows)
    return Attention.Addition(
      context: context, weight: .places(weights.reshaped(1, rows * columns, 1) * scale))
  }
}

/// The maps with which one attention of a U-Net takes up the words of a picture.
struct ImageAttention: Sendable {
  let key: Linear
  let value: Linear

  init(_ scope: Scope, _ place: CrossAttentionPlace) {
    key = Linear(scope / "to_k_ip", place.context, place.channels, bias: false)
    value = Linear(scope / "to_v_ip", place.context, place.channels, bias: false)
  }
}
