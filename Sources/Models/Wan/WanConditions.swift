internal import Layers
internal import Torch

/// What the transformer is told beside the latents: the timestep, a prompt, a picture.
///
/// diffusers' `WanTimeTextImageEmbedding`.
struct WanConditions: Sendable {
  let timestepEmbedding: TimestepEmbedding
  let timeProjection: Linear
  private let text1: Linear
  private let text2: Linear
  private let image: ImageEmbedding?

  init(_ scope: Scope, _ sizes: WanTransformerConfiguration) {
    let channels = sizes.channels
    timestepEmbedding = TimestepEmbedding(
      scope / "time_embedder", inputs: sizes.freqDim, channels: channels)
    timeProjection = Linear(scope / "time_proj", channels, 6 * channels)
    text1 = Linear(scope / "text_embedder" / "linear_1", sizes.textDim, channels)
    text2 = Linear(scope / "text_embedder" / "linear_2", channels, channels)
    image = sizes.imageDim.map {
      ImageEmbedding(
        scope / "image_embedder", $0, channels, positions: sizes.posEmbedSeqLen)
    }
  }

  /// A prompt's states in the blocks' channels.
  func embedded(text: Tensor) -> Tensor { text2(text1(text).geluTanh(reusingMemory: true)) }

  /// A picture's states in the blocks' channels, if the network has a place for them.
  func embedded(image states: Tensor) -> Tensor? { image?(states) }

  /// diffusers' `WanImageEmbedding`.
  private struct ImageEmbedding: Sendable {
    let positions: Tensor?
    let norm1: LayerNorm
    let expand: Linear
    let contract: Linear
    let norm2: LayerNorm

    init(_ scope: Scope, _ inputs: Int, _ outputs: Int, positions: Int?) {
      self.positions = positions.map {
        scope.parameter("pos_embed", [1, $0, inputs], .constant(0))
      }
      norm1 = LayerNorm(scope / "norm1", inputs)
      expand = Linear(scope / "ff" / "net" / 0 / "proj", inputs, inputs)
      contract = Linear(scope / "ff" / "net" / 2, inputs, outputs)
      norm2 = LayerNorm(scope / "norm2", outputs)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let x = positions.map { x + $0 } ?? x
      return norm2(contract(expand(norm1(x)).gelu()))
    }
  }
}
