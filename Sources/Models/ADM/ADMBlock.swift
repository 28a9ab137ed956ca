package import Layers
package import Torch

/// How a block changes the resolution.
package enum ADMResampling: Sendable {
  /// To half the width and height, by the mean of every four pixels.
  case down
  /// To twice the width and height, every pixel four times.
  case up

  func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .down: x.averagePool2d([2, 2], stride: [2, 2])
    case .up: x.upsampledNearest2d(size: nil, scale: [2, 2])
    }
  }
}

/// A residual block that the noise level shifts, or scales and shifts.
///
/// guided-diffusion's `ResBlock`; the last convolution begins with zeros.
package struct ADMResidual: Sendable {
  let normIn: GroupNorm
  let convIn: Conv2d
  let embedding: Linear
  let normOut: GroupNorm
  let convOut: Conv2d
  let skip: Conv2d?
  let resampling: ADMResampling?
  let isScaled: Bool

  package init(
    _ scope: Scope, channels: Int, outputs: Int, resampling: ADMResampling? = nil,
    _ configuration: ADMConfiguration
  ) {
    isScaled = configuration.useScaleShiftNorm
    self.resampling = resampling
    normIn = GroupNorm(scope / "in_layers" / 0, channels, groups: ADMBlock.groups)
    convIn = Conv2d(scope / "in_layers" / 2, channels, outputs, kernel: 3, padding: 1)
    embedding = Linear(
      scope / "emb_layers" / 1, 4 * configuration.modelChannels,
      isScaled ? 2 * outputs : outputs)
    normOut = GroupNorm(scope / "out_layers" / 0, outputs, groups: ADMBlock.groups)
    convOut = Conv2d(
      scope / "out_layers" / 3, outputs, outputs, kernel: 3, padding: 1,
      initializer: .constant(0))
    skip =
      channels == outputs
      ? nil : Conv2d(scope / "skip_connection", channels, outputs, kernel: 1)
  }

  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - condition: What the network is told, through its activation,
  ///     `[batch, 4 · modelChannels]`.
  /// - Returns: `[batch, outputs, …]`, resampled if the block does that.
  package func callAsFunction(_ x: Tensor, condition: Tensor) -> Tensor {
    let activated = normIn.silu(x)
    let x = resampling?(x) ?? x
    let h = convIn(resampling?(activated) ?? activated)
    let told = embedding(condition).unsqueezed(-1, -1)
    return (skip?(x) ?? x) + convOut(silu(normalized(h, told)))
  }

  private func normalized(_ h: Tensor, _ told: Tensor) -> Tensor {
    guard isScaled else { return normOut(h + told) }
    let parts = told.chunked(2, dim: 1)
    guard parts.count == 2 else { return h }
    return modulated(normOut(h), by: parts[0], parts[1])
  }
}

/// One layer of the ways down and up: guided-diffusion's `TimestepEmbedSequential` has some.
package enum ADMBlock: Sendable {
  case convolution(Conv2d)
  case residual(ADMResidual)
  case attention(ADMAttention)
  case downsampling(Conv2d?)
  case upsampling(Conv2d?)

  /// The groups of every normalization.
  static let groups = 32

  func callAsFunction(_ x: Tensor, condition: Tensor) -> Tensor {
    switch self {
    case .convolution(let conv): conv(x)
    case .residual(let residual): residual(x, condition: condition)
    case .attention(let attention): attention(x)
    case .downsampling(let conv): conv?(x) ?? ADMResampling.down(x)
    case .upsampling(let conv): conv?(ADMResampling.up(x)) ?? ADMResampling.up(x)
    }
  }

  /// Half or twice the resolution as the configuration has it.
  static func resampling(
    _ resampling: ADMResampling, _ scope: Scope, channels: Int, _ configuration: ADMConfiguration
  ) -> ADMBlock {
    if configuration.resblockUpdown {
      return .residual(
        ADMResidual(
          scope, channels: channels, outputs: channels, resampling: resampling, configuration))
    }
    func conv(_ name: String, stride: Int) -> Conv2d? {
      configuration.convResample
        ? Conv2d(scope / name, channels, channels, kernel: 3, stride: stride, padding: 1) : nil
    }
    switch resampling {
    case .down: return .downsampling(conv("op", stride: 2))
    case .up: return .upsampling(conv("conv", stride: 1))
    }
  }
}

extension [ADMBlock] {
  func callAsFunction(_ x: Tensor, condition: Tensor) -> Tensor {
    reduce(x) { $1($0, condition: condition) }
  }
}
