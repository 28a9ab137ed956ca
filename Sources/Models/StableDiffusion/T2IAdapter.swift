public import Foundation
public import Layers
public import Torch

/// A small network that steers a U-Net by a picture, once for all steps of a sampler.
///
/// Mou et al. 2023, https://arxiv.org/abs/2302.08453; equal to diffusers' `T2IAdapter`,
/// whose names the weights have.
public struct T2IAdapter: Sendable {
  /// The sizes.
  public let configuration: T2IAdapterConfiguration
  let convIn: Conv2d?
  let blocks: [AdapterBlock]

  /// An adapter with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: T2IAdapterConfiguration) {
    self.configuration = configuration
    let (widths, kind) = (configuration.channels, configuration.adapterType)
    let places = configuration.downscaleFactor * configuration.downscaleFactor
    let inputs = configuration.inChannels * places
    let scope = scope / "adapter"
    convIn =
      kind == .light
      ? nil : Conv2d(scope / "conv_in", inputs, widths[0], kernel: 3, padding: 1)
    let outputs = kind == .light ? widths + widths.suffix(1) : widths
    blocks = outputs.indices.map { index in
      let before = index == 0 ? (kind == .light ? inputs : widths[0]) : outputs[index - 1]
      return AdapterBlock(
        scope / "body" / index, channels: (before, outputs[index]),
        halving: kind == .fullXL ? index == 2 : index > 0, configuration)
    }
  }

  /// Reads an adapter in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose weights, in
  ///     any dtype, are converted to float32.
  ///   - wrapping: Which edges of a picture meet.
  ///   - matrices: How the factors of products are kept.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(
    folder: URL, wrapping: Wrapping? = nil, matrices: MatrixStorage = .converted
  ) throws {
    self = try readNetwork(from: folder, matrices: matrices) {
      T2IAdapter($0.wrapping(wrapping), $1)
    }
  }

  /// The shapes of the features of a picture, `[channels, height, width]` each.
  package func featureShapes(height: Int, width: Int) -> [[Int]] {
    var (height, width) = (
      height / configuration.downscaleFactor, width / configuration.downscaleFactor
    )
    let (widths, kind) = (configuration.channels, configuration.adapterType)
    let outputs = kind == .light ? widths + widths.suffix(1) : widths
    return zip(blocks, outputs).map { block, channels in
      if block.isHalving { (height, width) = ((height + 1) / 2, (width + 1) / 2) }
      return [channels, height, width]
    }
  }

  /// The features that ``UNetExtras`` takes.
  ///
  /// - Parameter picture: What to go by, `[batch, inChannels, height, width]`, in [0, 1], both
  ///   sides
  ///   multiples of `downscaleFactor`.
  /// - Returns: Features for every resolution of the U-Net, finest first.
  public func callAsFunction(_ picture: Tensor) -> [Tensor] {
    var h = picture.pixelUnshuffled(configuration.downscaleFactor)
    if let convIn { h = convIn(h) }
    return blocks.map { block in
      h = block(h)
      return h
    }
  }
}

/// The residual blocks of an adapter at one resolution.
struct AdapterBlock: Sendable {
  let isHalving: Bool
  let convIn: Conv2d?
  let resnets: [(Conv2d, Conv2d)]
  let convOut: Conv2d?

  init(
    _ scope: Scope, channels: (Int, Int), halving: Bool, _ configuration: T2IAdapterConfiguration
  ) {
    let (inputs, outputs) = channels
    let isLight = configuration.adapterType == .light
    let width = isLight ? outputs / 4 : outputs
    let kernel = isLight ? 3 : 1
    isHalving = halving
    convIn =
      isLight || inputs != outputs
      ? Conv2d(scope / "in_conv", inputs, width, kernel: 1) : nil
    resnets = (0..<configuration.numResBlocks).map { index in
      let place = scope / "resnets" / index
      return (
        Conv2d(place / "block1", width, width, kernel: 3, padding: 1),
        Conv2d(place / "block2", width, width, kernel: kernel, padding: kernel / 2)
      )
    }
    convOut = isLight ? Conv2d(scope / "out_conv", width, outputs, kernel: 1) : nil
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    var h = isHalving ? halved(x) : x
    if let convIn { h = convIn(h) }
    for (first, second) in resnets { h = second(first(h).relu()) + h }
    return convOut?(h) ?? h
  }

  /// The mean of every four places; of the two or one that there are at the far edge of odd sizes.
  private func halved(_ x: Tensor) -> Tensor {
    let (right, below) = (x.shape[-1] % 2, x.shape[-2] % 2)
    let even = right + below == 0 ? x : x.padded([0, right, 0, below], mode: "replicate")
    return even.averagePool2d([2, 2])
  }
}
