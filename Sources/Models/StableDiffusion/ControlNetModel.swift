public import Foundation
public import Layers
public import Torch

/// A trained copy of a U-Net's contracting half that steers the U-Net by a picture.
///
/// Zhang et al. 2023, https://arxiv.org/abs/2302.05543; equal to diffusers' `ControlNetModel`,
/// whose names the weights have.
public struct ControlNetModel: Sendable {
  /// The sizes.
  public let configuration: ControlNetConfiguration
  let encoder: UNetEncoder
  let pictureEmbedding: PictureEmbedding
  let skipConvs: [Conv2d]
  let middleConv: Conv2d
  /// The type that it computes in.
  private let dtype: DType

  /// A ControlNet with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: ControlNetConfiguration) {
    self.configuration = configuration
    dtype = scope.dtype
    let sizes = configuration.encoder
    let widths = sizes.blockOutChannels
    encoder = UNetEncoder(scope, sizes)
    pictureEmbedding = PictureEmbedding(scope / "controlnet_cond_embedding", configuration)
    let skips = widths.indices.flatMap { level in
      let count = sizes.layersPerBlock[level] + (level == widths.count - 1 ? 0 : 1)
      return Array(repeating: widths[level], count: count)
    }
    skipConvs = ([widths[0]] + skips).enumerated().map { index, width in
      Conv2d(scope / "controlnet_down_blocks" / index, width, width, kernel: 1)
    }
    let last = widths[widths.count - 1]
    middleConv = Conv2d(scope / "controlnet_mid_block", last, last, kernel: 1)
  }

  /// Reads a ControlNet in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose weights, in
  ///     any dtype, are converted to the type to compute in.
  ///   - wrapping: Which edges of a picture meet.
  ///   - matrices: How the factors of products are kept, and the type to compute in.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(
    folder: URL, wrapping: Wrapping? = nil, matrices: MatrixStorage = .converted
  ) throws {
    self = try readNetwork(from: folder, matrices: matrices) {
      ControlNetModel($0.wrapping(wrapping), $1)
    }
  }

  /// The prompt and the picture, projected once for all steps of a sampler.
  public struct Prompt: Sendable {
    let encoder: UNetEncoder.Prompt
    let picture: Tensor
  }

  /// Projects a prompt and a picture.
  ///
  /// - Parameters:
  ///   - conditions: The prompt, and what else the network needs to know.
  ///   - picture: What to go by, `[batch or 1, conditioningChannels, height, width]`, in [0, 1],
  ///     eight times as wide and high as the latents for the published networks.
  /// - Returns: What the network needs of both.
  /// - Throws: ``ConditionError`` for a condition that the network needs or does not know.
  public func prompt(
    _ conditions: UNetConditions, picture: Tensor
  ) throws(ConditionError) -> Prompt {
    let ordered = configuration.takesBlueFirst ? picture.flipped([1]) : picture
    var textual = conditions
    textual.images = []
    return Prompt(
      encoder: try encoder.prompt(textual.converted(to: dtype)),
      picture: pictureEmbedding(ordered.converted(to: dtype)))
  }

  /// What to add to the U-Net's features.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`.
  ///   - timestep: In [0, 1000], `[batch]`.
  ///   - prompt: The projected prompts and pictures of the batch.
  ///   - scale: What all is multiplied by.
  ///   - guessing: Whether the finest features count least, a tenth, and the middle's most, for a
  ///     run without a prompt.
  /// - Returns: An addition for every connection between the U-Net's halves.
  public func callAsFunction(
    _ x: Tensor, timestep: Tensor, prompt: Prompt, scale: Double = 1, guessing: Bool = false
  ) -> ControlResiduals {
    let (features, time) = begun(x, timestep: timestep, prompt: prompt)
    var extras = UNetExtras()
    let (skips, middle) = encoder(
      features, time: time, prompt: prompt.encoder, extras: &extras)
    let weighed = weighing(scale: scale, guessing: guessing)
    return ControlResiduals(
      skips: zip(skips, skipConvs).enumerated().map { weighed($1.1($1.0), $0) },
      middle: weighed(middleConv(middle), skipConvs.count))
  }

  /// What to add to the first of the features that the U-Net hands across, without the rest.
  ///
  /// - Parameters:
  ///   - layers: The layers of the finest resolution that are computed, at most all.
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`.
  ///   - timestep: In [0, 1000], `[batch]`.
  ///   - prompt: The projected prompts and pictures of the batch.
  ///   - scale: What all is multiplied by.
  /// - Returns: Additions to the features before those layers, and after each.
  package func finest(
    _ layers: Int, _ x: Tensor, timestep: Tensor, prompt: Prompt, scale: Double = 1
  ) -> [Tensor] {
    let (begun, time) = begun(x, timestep: timestep, prompt: prompt)
    var h = begun
    var (skips, extras) = ([h], UNetExtras())
    if let first = encoder.stages.first as? DownStage {
      first.through(
        0..<min(layers, first.layers.count), &h, skips: &skips, time: time,
        prompt: prompt.encoder.down[0], extras: &extras)
    }
    let weighed = weighing(scale: scale, guessing: false)
    return zip(skips, skipConvs).enumerated().map { weighed($1.1($1.0), $0) }
  }

  private func begun(
    _ x: Tensor, timestep: Tensor, prompt: Prompt
  ) -> (features: Tensor, time: Tensor) {
    (
      encoder.convIn(x.converted(to: dtype).contiguous(memoryFormat: .channelsLast))
        + prompt.picture,
      encoder.time(timestep, prompt: prompt.encoder, dtype: dtype)
    )
  }

  /// What becomes of the addition to each of the features.
  private func weighing(scale: Double, guessing: Bool) -> (Tensor, Int) -> Tensor {
    let isGraded = guessing && !configuration.globalPoolConditions
    return { x, index in
      // From 0.1 to 1 at equal ratios, as diffusers has it.
      let share = isGraded ? pow(10, Double(index) / Double(skipConvs.count) - 1) : 1
      let y = x * (share * scale)
      return configuration.globalPoolConditions ? y.mean(dims: [2, 3], keepingDims: true) : y
    }
  }
}

/// A picture as features of the latents' size.
///
/// Zhang et al. 2023, equation 4.
struct PictureEmbedding: Sendable {
  let convIn: Conv2d
  let blocks: [Conv2d]
  let convOut: Conv2d

  init(_ scope: Scope, _ configuration: ControlNetConfiguration) {
    let widths = configuration.conditioningEmbeddingOutChannels
    convIn = Conv2d(
      scope / "conv_in", configuration.conditioningChannels, widths[0], kernel: 3, padding: 1)
    blocks = zip(widths, widths.dropFirst()).enumerated().flatMap { index, widths in
      let place = scope / "blocks"
      return [
        Conv2d(place / (2 * index), widths.0, widths.0, kernel: 3, padding: 1),
        Conv2d(place / (2 * index + 1), widths.0, widths.1, kernel: 3, stride: 2, padding: 1),
      ]
    }
    convOut = Conv2d(
      scope / "conv_out", widths[widths.count - 1], configuration.encoder.blockOutChannels[0],
      kernel: 3, padding: 1)
  }

  func callAsFunction(_ picture: Tensor) -> Tensor {
    convOut(blocks.reduce(silu(convIn(picture))) { silu($1($0)) })
  }
}
