internal import Models
internal import Torch

/// The blocks of a ``PixArtTransformer`` in LibTorch's operations, with nothing joined, packed or
/// kept: what PyTorch does in eager mode.
///
/// All blocks have the same weights, which changes nothing of what they take.
struct PlainBlocks {
  private let sizes: PixArtConfiguration
  private let x: Tensor
  private let words: Tensor
  private let modulation: [Tensor]
  private let projections: [Tensor]
  private let expand: Tensor
  private let contract: Tensor
  private let bias: Tensor
  private let wideBias: Tensor

  /// Blocks for so many pictures, each with 32 words.
  init(_ sizes: PixArtConfiguration, batch: Int) throws {
    let generator = Generator(seed: 1)
    let width = sizes.channels
    let side = sizes.sampleSize / sizes.patchSize
    /// Keeps the size of what it multiplies.
    func weight(_ outputs: Int, _ inputs: Int) -> Tensor {
      generator.normal([outputs, inputs]) * (1 / Double(inputs).squareRoot())
    }
    self.sizes = sizes
    (x, words) = try checked {
      (
        generator.normal([batch, side * side, width]), generator.normal([batch, 32, width])
      )
    }
    modulation = try checked { (0..<6).map { _ in 0.1 * generator.normal([batch, 1, width]) } }
    projections = try checked { (0..<8).map { _ in weight(width, width) } }
    (expand, contract) = try checked { (weight(4 * width, width), weight(width, 4 * width)) }
    (bias, wideBias) = try checked { (.zeros([width]), .zeros([4 * width])) }
  }

  /// A pass through all blocks.
  func step() throws {
    try checked { withoutGradients { _ = (0..<sizes.numLayers).reduce(x) { h, _ in block(h) } } }
  }

  private func block(_ x: Tensor) -> Tensor {
    let normalized = modulated(x, 0)
    let attended = attention(normalized, normalized, projections[0..<4])
    var x = x + modulation[2] * attended
    x = x + attention(x, words, projections[4..<8])
    let hidden = modulated(x, 3).linear(expand, bias: wideBias).gelu(approximate: "tanh")
    return x + modulation[5] * hidden.linear(contract, bias: bias)
  }

  private func modulated(_ x: Tensor, _ first: Int) -> Tensor {
    x.layerNorm([sizes.channels], eps: 1e-6) * (1 + modulation[first + 1]) + modulation[first]
  }

  private func attention(
    _ x: Tensor, _ context: Tensor, _ weights: ArraySlice<Tensor>
  ) -> Tensor {
    func heads(_ x: Tensor, _ weight: Tensor) -> Tensor {
      x.linear(weight, bias: bias)
        .reshaped(x.shape[0], x.shape[1], sizes.numAttentionHeads, -1).transposed(1, 2)
    }
    let parts = Array(weights)
    let mixed = heads(x, parts[0]).scaledDotProductAttention(
      heads(context, parts[1]), heads(context, parts[2]))
    return mixed.transposed(1, 2).reshaped(x.shape[0], x.shape[1], -1)
      .linear(parts[3], bias: bias)
  }
}
