package import Layers
internal import Torch

/// The way down and the middle, which the denoiser and the classifier share.
package struct ADMEncoder: Sendable {
  let time0: Linear
  let time2: Linear
  let modelChannels: Int
  let input: [[ADMBlock]]
  let middle: [ADMBlock]
  /// The channels after every block of ``input``.
  let channels: [Int]

  package init(_ scope: Scope, _ configuration: ADMConfiguration) {
    modelChannels = configuration.modelChannels
    let embedded = 4 * modelChannels
    time0 = Linear(scope / "time_embed" / 0, modelChannels, embedded)
    time2 = Linear(scope / "time_embed" / 2, embedded, embedded)
    (input, channels) = Self.input(scope / "input_blocks", configuration)
    let last = channels[channels.count - 1]
    let place = scope / "middle_block"
    middle = [
      .residual(ADMResidual(place / 0, channels: last, outputs: last, configuration)),
      .attention(ADMAttention(place / 1, channels: last, configuration)),
      .residual(ADMResidual(place / 2, channels: last, outputs: last, configuration)),
    ]
  }

  private static func input(
    _ scope: Scope, _ configuration: ADMConfiguration
  ) -> (blocks: [[ADMBlock]], channels: [Int]) {
    let widths = configuration.widths
    var blocks: [[ADMBlock]] = [
      [
        .convolution(
          Conv2d(scope / 0 / 0, configuration.inChannels, widths[0], kernel: 3, padding: 1))
      ]
    ]
    var channels = [widths[0]]
    for (level, width) in widths.enumerated() {
      for _ in 0..<configuration.numResBlocks {
        let place = scope / blocks.count
        var block: [ADMBlock] = [
          .residual(
            ADMResidual(
              place / 0, channels: channels[channels.count - 1], outputs: width, configuration))
        ]
        if configuration.attentionResolutions.contains(1 << level) {
          block.append(.attention(ADMAttention(place / 1, channels: width, configuration)))
        }
        blocks.append(block)
        channels.append(width)
      }
      guard level < widths.count - 1 else { break }
      blocks.append([
        .resampling(.down, scope / blocks.count / 0, channels: width, configuration)
      ])
      channels.append(width)
    }
    return (blocks, channels)
  }

  /// The noise level as the blocks are told it, before the activation.
  ///
  /// - Parameters:
  ///   - timesteps: `[batch]`.
  ///   - dtype: The weights' type.
  /// - Returns: `[batch, 4 · modelChannels]`.
  func embedding(_ timesteps: Tensor, dtype: DType) -> Tensor {
    let waves = sinusoidalEmbedding(timesteps, channels: modelChannels)
    return time2(silu(time0(waves.converted(to: dtype))))
  }

  /// - Parameters:
  ///   - x: `[batch, inChannels, height, width]`.
  ///   - condition: What the network is told, through its activation.
  /// - Returns: What every block of ``input`` made, and what the middle did.
  func callAsFunction(_ x: Tensor, condition: Tensor) -> (skips: [Tensor], middle: Tensor) {
    var skips: [Tensor] = []
    var h = x
    for block in input {
      h = block(h, condition: condition)
      skips.append(h)
    }
    return (skips, middle(h, condition: condition))
  }
}
