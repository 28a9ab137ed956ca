public import Layers
public import Torch

/// A denoiser of pictures: a U-Net with attention at some resolutions.
///
/// Dhariwal & Nichol 2021, section 3, https://arxiv.org/abs/2105.05233 (ADM), which grew out of
/// Nichol & Dhariwal 2021, https://arxiv.org/abs/2102.09672. Equal to guided-diffusion's
/// `UNetModel`, whose names the weights have; consistency models (Song et al. 2023,
/// https://arxiv.org/abs/2303.01469) have the same network.
public struct ADMUNet: Sendable {
  /// The sizes.
  public let configuration: ADMConfiguration
  let encoder: ADMEncoder
  let labelEmbedding: ADMLabels?
  let output: [[ADMBlock]]
  let normOut: GroupNorm
  let convOut: Conv2d

  /// A network with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: ADMConfiguration) {
    self.configuration = configuration
    labelEmbedding = configuration.labels.map {
      ADMLabels(scope / "label_emb", $0, channels: 4 * configuration.modelChannels)
    }
    encoder = ADMEncoder(scope, configuration)
    output = Self.output(
      scope / "output_blocks", configuration, skips: encoder.channels)
    let first = configuration.widths[0]
    normOut = GroupNorm(scope / "out" / 0, first, groups: ADMBlock.groups)
    convOut = Conv2d(
      scope / "out" / 2, first, configuration.outChannels, kernel: 3, padding: 1,
      initializer: .constant(0))
  }

  private static func output(
    _ scope: Scope, _ configuration: ADMConfiguration, skips: [Int]
  ) -> [[ADMBlock]] {
    var skips = skips
    var channels = skips[skips.count - 1]
    var blocks: [[ADMBlock]] = []
    for (level, width) in configuration.widths.enumerated().reversed() {
      for index in 0...configuration.numResBlocks {
        let place = scope / blocks.count
        var block: [ADMBlock] = [
          .residual(
            ADMResidual(
              place / 0, channels: channels + skips.removeLast(), outputs: width, configuration))
        ]
        channels = width
        if configuration.attentionResolutions.contains(1 << level) {
          block.append(.attention(ADMAttention(place / 1, channels: width, configuration)))
        }
        if level > 0, index == configuration.numResBlocks {
          block.append(
            .resampling(.up, place / block.count, channels: width, configuration))
        }
        blocks.append(block)
      }
    }
    return blocks
  }

  /// The prediction.
  ///
  /// - Parameters:
  ///   - x: Noisy pictures, `[batch, inChannels, height, width]`, both multiples of
  ///     2^(resolutions - 1).
  ///   - timesteps: The number that stands for the noise level, `[batch]`; fractions are allowed.
  ///   - labels: Where the configuration has labels, and only there, `[batch]`: whole numbers below
  ///     the number of classes, `int64`, or any numbers.
  /// - Returns: The prediction, `[batch, outChannels, height, width]`.
  public func callAsFunction(_ x: Tensor, timesteps: Tensor, labels: Tensor? = nil) -> Tensor {
    precondition(
      (labels == nil) == (labelEmbedding == nil), "labels are for a network that has them")
    var told = encoder.embedding(timesteps, dtype: x.dtype)
    if let labels, let table = labelEmbedding { told = told + table(labels, dtype: x.dtype) }
    let condition = silu(told)
    var (skips, h) = encoder(x, condition: condition)
    for block in output {
      h = block(concatenate(h, skips.removeLast(), dim: 1), condition: condition)
    }
    return convOut(normOut.silu(h))
  }
}

extension ADMUNet: LabelledNetwork {
  package var side: Int { configuration.imageSize }
  package var inChannels: Int { configuration.inChannels }
  package var outChannels: Int { configuration.outChannels }
  package var labels: NetworkLabels? { configuration.labels }

  package func prepared(batch: Int) -> ADMUNet { self }
}

/// A label as the blocks are told it.
enum ADMLabels: Sendable {
  case classes(Embedding)
  case number(Linear, Linear)

  init(_ scope: Scope, _ kind: NetworkLabels, channels: Int) {
    switch kind {
    case .classes(let count): self = .classes(Embedding(scope, count, channels))
    case .number:
      self = .number(
        Linear(scope / 0, 1, channels), Linear(scope / 2, channels, channels))
    }
  }

  /// - Parameters:
  ///   - labels: `[batch]`.
  ///   - dtype: The weights' type.
  /// - Returns: `[batch, channels]`.
  func callAsFunction(_ labels: Tensor, dtype: DType) -> Tensor {
    switch self {
    case .classes(let table): return table(labels)
    case .number(let first, let second):
      let numbers = labels.unsqueezed(-1).converted(to: dtype)
      return second(silu(first(numbers)))
    }
  }
}
