package import Layers
package import Torch

/// A transformer block whose normalizations the timestep shifts and scales, and which attends to
/// the prompt.
///
/// Chen et al. 2023, figure 4, https://arxiv.org/abs/2310.00426.
package struct PixArtBlock: Sendable {
  let scaleShiftTable: Tensor
  let norm: LayerNorm
  private var selfAttention: Attention
  private(set) var crossAttention: Attention
  private var expand: Linear
  private var contract: Linear
  /// The name of the attention to the prompt.
  let place: String

  package init(_ scope: Scope, _ configuration: PixArtConfiguration) {
    let channels = configuration.channels
    let heads = configuration.numAttentionHeads
    let deviation = 1 / Double(channels).squareRoot()
    scaleShiftTable = scope.parameter("scale_shift_table", [6, channels], .normal(deviation))
    norm = LayerNorm(channels, eps: 1e-6)
    selfAttention = Attention(
      scope / "attn1", channels: channels, heads: heads, initializer: .xavierUniform,
      outputInitializer: .xavierUniform)
    crossAttention = Attention(
      scope / "attn2", channels: channels, heads: heads, initializer: .xavierUniform,
      outputInitializer: .constant(0))
    let feedForward = scope / "ff" / "net"
    expand = Linear(
      feedForward / 0 / "proj", channels, 4 * channels, initializer: .xavierUniform)
    contract = Linear(feedForward / 2, 4 * channels, channels, initializer: .xavierUniform)
    place = (scope / "attn2").path
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - time: Six vectors for shifts, scales and gates, `[batch, 6, channels]`.
  ///   - prompt: The projected prompt as ``crossAttention`` needs it.
  ///   - observe: Sees how much each token attends to each word.
  /// - Returns: `[batch, tokens, channels]`.
  package func callAsFunction(
    _ x: Tensor, time: Tensor, prompt: Attention.Context, observe: ((Tensor) -> Void)? = nil
  ) -> Tensor {
    let parts = (scaleShiftTable + time).chunked(6, dim: 1)
    guard parts.count == 6 else { return x }
    let (shift1, scale1, gate1) = (parts[0], parts[1], parts[2])
    let (shift2, scale2, gate2) = (parts[3], parts[4], parts[5])
    let attended = selfAttention(modulated(norm(x), by: scale1, shift1))
    var x = x.addingProduct(of: gate1, and: attended)
    x = x + crossAttention(x, to: prompt, observe: observe)
    let hidden = expand(modulated(norm(x), by: scale2, shift2)).geluTanh(reusingMemory: true)
    return x.addingProduct(of: gate2, and: contract(hidden))
  }

  /// The same block, faster for so many tokens in a batch.
  func prepared(rows: Int) -> PixArtBlock {
    var prepared = self
    prepared.selfAttention = selfAttention.preparedForItself(rows: rows)
    prepared.crossAttention = crossAttention.prepared(rows: rows)
    prepared.expand = expand.packed(rows: rows)
    prepared.contract = contract.packed(rows: rows)
    return prepared
  }
}
