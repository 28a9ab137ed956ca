package import Layers
package import Torch

/// A transformer block whose normalizations the timestep shifts and scales, and which attends to
/// the prompt.
///
/// diffusers' `WanTransformerBlock`.
package struct WanBlock: Sendable {
  private let scaleShiftTable: Tensor
  private let norm: LayerNorm
  private let selfAttention: WanAttention
  private let crossNorm: LayerNorm?
  private let crossAttention: WanAttention
  private let expand: Linear
  private let contract: Linear

  package init(_ scope: Scope, _ sizes: WanTransformerConfiguration) {
    let channels = sizes.channels
    scaleShiftTable = scope.parameter(
      "scale_shift_table", [1, 6, channels], .normal(1 / Double(channels).squareRoot()))
    norm = LayerNorm(channels, eps: sizes.eps)
    selfAttention = WanAttention(scope / "attn1", sizes)
    crossNorm =
      sizes.crossAttnNorm ? LayerNorm(scope / "norm2", channels, eps: sizes.eps) : nil
    crossAttention = WanAttention(
      scope / "attn2", sizes, attendsToImage: sizes.addedKvProjDim != nil)
    expand = Linear(scope / "ffn" / "net" / 0 / "proj", channels, sizes.ffnDim)
    contract = Linear(scope / "ffn" / "net" / 2, sizes.ffnDim, channels)
  }

  /// What the block attends to of a prompt.
  func context(_ text: Tensor, image: Tensor?) -> WanAttention.Context {
    crossAttention.context(text, image: image)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - time: Six vectors for shifts, scales and gates, `[batch, 1 or tokens, 6, channels]`.
  ///   - prompt: The prompt as ``context(_:image:)`` has it.
  ///   - positions: Where the tokens are.
  /// - Returns: `[batch, tokens, channels]`.
  package func callAsFunction(
    _ x: Tensor, time: Tensor, prompt: WanAttention.Context, positions: WanPositions
  ) -> Tensor {
    let parts = (scaleShiftTable + time).chunked(6, dim: 2).map { $0.squeezed(2) }
    guard parts.count == 6 else { return x }
    let (shift1, scale1, gate1) = (parts[0], parts[1], parts[2])
    let (shift2, scale2, gate2) = (parts[3], parts[4], parts[5])
    let attended = selfAttention(modulated(norm(x), by: scale1, shift1), at: positions)
    var x = x.addingProduct(of: gate1, and: attended)
    x = x + crossAttention(crossNorm?(x) ?? x, to: prompt)
    let hidden = expand(modulated(norm(x), by: scale2, shift2)).geluTanh(reusingMemory: true)
    return x.addingProduct(of: gate2, and: contract(hidden))
  }
}
