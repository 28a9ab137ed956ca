package import Layers
package import Torch

/// A transformer block whose normalizations the timestep shifts and scales, and which attends to
/// the prompt.
///
/// Chen et al. 2023, figure 4, https://arxiv.org/abs/2310.00426.
package struct PixArtBlock: Sendable {
  let scaleShiftTable: Tensor
  let norm: LayerNorm
  let selfAttention: Attention
  let crossAttention: Attention
  let expand: Linear
  let contract: Linear

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
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - time: Six vectors for shifts, scales and gates, `[batch, 6, channels]`.
  ///   - text: The projected prompt, `[batch, words, channels]`.
  ///   - mask: Added to the scores of the words, `[batch, 1, 1, words]`.
  /// - Returns: `[batch, tokens, channels]`.
  package func callAsFunction(_ x: Tensor, time: Tensor, text: Tensor, mask: Tensor?) -> Tensor {
    let parts = (scaleShiftTable + time).chunked(6, dim: 1)
    guard parts.count == 6 else { return x }
    let (shift1, scale1, gate1) = (parts[0], parts[1], parts[2])
    let (shift2, scale2, gate2) = (parts[3], parts[4], parts[5])
    var x = x + gate1 * selfAttention(norm(x) * (scale1 + 1) + shift1)
    x = x + crossAttention(x, context: text, mask: mask)
    let hidden = expand(norm(x) * (scale2 + 1) + shift2).gelu(approximate: "tanh")
    return x + gate2 * contract(hidden)
  }
}
