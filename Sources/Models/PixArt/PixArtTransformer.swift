internal import Compiler
public import Layers
public import Torch

/// A transformer over patches of latents that attends to a prompt.
///
/// Chen et al. 2023, https://arxiv.org/abs/2310.00426; equal to diffusers'
/// `PixArtTransformer2DModel`, whose names the weights have.
public struct PixArtTransformer: Sendable {
  /// The sizes.
  public let configuration: PixArtConfiguration
  let patches: Conv2d
  let positions: Tensor
  let timestepEmbedding: TimestepEmbedding
  let timeProjection: Linear
  let caption1: Linear
  let caption2: Linear
  private var blocks: [PixArtBlock]
  let normOut: LayerNorm
  let scaleShiftTable: Tensor
  let projectionOut: Linear
  /// The blocks, compiled, if they are to be.
  private var compiled: Compiled<PixArtStep, Tensor>?

  /// A transformer with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: PixArtConfiguration) {
    self.configuration = configuration
    let channels = configuration.channels
    let patch = configuration.patchSize
    patches = Conv2d(
      scope / "pos_embed" / "proj", configuration.inChannels, channels, kernel: patch,
      stride: patch)
    let side = configuration.sampleSize / patch
    positions = sinusoidalPositions2d(
      rows: side, columns: side, channels: channels, base: side,
      scale: configuration.positionScale)
    timestepEmbedding = TimestepEmbedding(
      scope / "adaln_single" / "emb" / "timestep_embedder", inputs: 256, channels: channels)
    timeProjection = Linear(
      scope / "adaln_single" / "linear", channels, 6 * channels, initializer: .normal(0.02))
    let caption = scope / "caption_projection"
    caption1 = Linear(
      caption / "linear_1", configuration.captionChannels, channels, initializer: .normal(0.02))
    caption2 = Linear(caption / "linear_2", channels, channels, initializer: .normal(0.02))
    blocks = (0..<configuration.numLayers).map {
      PixArtBlock(scope / "transformer_blocks" / $0, configuration)
    }
    normOut = LayerNorm(channels, eps: 1e-6)
    scaleShiftTable = scope.parameter(
      "scale_shift_table", [2, channels], .normal(1 / Double(channels).squareRoot()))
    projectionOut = Linear(
      scope / "proj_out", channels, patch * patch * configuration.outChannels,
      initializer: .constant(0))
  }

  /// A prompt as the blocks attend to it, projected once for all steps of a sampler.
  public struct Prompt: Sendable {
    let contexts: [Attention.Context]
  }

  /// Projects a prompt for every block.
  ///
  /// - Parameters:
  ///   - text: The text encoder's states, `[batch, words, captionChannels]`.
  ///   - mask: 1 for words and 0 for padding, `[batch, words]`.
  /// - Returns: What the blocks attend to.
  public func prompt(_ text: Tensor, mask: Tensor) -> Prompt {
    let words = Words(text, mask: mask, in: self)
    return Prompt(contexts: blocks.map { words.context(for: $0) })
  }

  /// The same transformer, faster for batches of one size, at the price of its weights' memory.
  ///
  /// - Parameter batch: The latents in a batch, of `sampleSize` squared; others work as before.
  /// - Returns: The transformer with its weights packed, where the library can.
  public func prepared(batch: Int) -> PixArtTransformer {
    guard compiled == nil else { return self }
    let side = configuration.sampleSize / configuration.patchSize
    var prepared = self
    prepared.blocks = withoutGradients {
      blocks.map { $0.prepared(rows: batch * side * side) }
    }
    return prepared
  }

  /// The prediction for a prompt that is used once.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`, both multiples of the patch size.
  ///   - timestep: In [0, 1000], `[batch]`.
  ///   - text: The text encoder's states, `[batch, words, captionChannels]`.
  ///   - mask: 1 for words and 0 for padding, `[batch, words]`.
  /// - Returns: The prediction, `[batch, outChannels, height, width]`.
  public func callAsFunction(_ x: Tensor, timestep: Tensor, text: Tensor, mask: Tensor) -> Tensor {
    // Each block's projections go with the block: all of them would be in memory at once.
    let words = Words(text, mask: mask, in: self)
    let time = timestepEmbedding(timestep, dtype: dtype)
    return prediction(x.converted(to: dtype), time: time) { words.context(for: blocks[$0]) }
      .converted(to: x.dtype)
  }

  /// The prediction for a prompt.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`, both multiples of the patch size.
  ///     Of another size than `sampleSize`, the positions cover the same range more or less
  ///     densely.
  ///   - timestep: In [0, 1000], `[batch]`.
  ///   - prompt: The projected prompts of the batch.
  ///   - observer: Sees the cross-attentions.
  /// - Returns: The prediction, `[batch, outChannels, height, width]`.
  public func callAsFunction(
    _ x: Tensor, timestep: Tensor, prompt: Prompt, observer: CrossAttentionObserver? = nil
  ) -> Tensor {
    let time = timestepEmbedding(timestep, dtype: dtype)
    let own = x.converted(to: dtype)
    // Who looks on sees tensors with numbers.
    guard let compiled, observer == nil else {
      return prediction(own, time: time, observer: observer) { prompt.contexts[$0] }
        .converted(to: x.dtype)
    }
    return compiled(PixArtStep(x: own, time: time, contexts: prompt.contexts))
      .converted(to: x.dtype)
  }

  /// The prediction for a prompt, of which some blocks are foreseen in some evaluations.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`.
  ///   - timestep: In [0, 1000], `[batch]`.
  ///   - prompt: The projected prompts of the batch.
  ///   - cache: Foresees what the blocks after the first ones add.
  ///   - first: The number of blocks that are always computed.
  /// - Returns: The prediction, `[batch, outChannels, height, width]`.
  package func callAsFunction(
    _ x: Tensor, timestep: Tensor, prompt: Prompt, cache: FeatureCache, first: Int
  ) -> Tensor {
    let time = timestepEmbedding(timestep, dtype: dtype)
    return prediction(x.converted(to: dtype), time: time, deep: (cache, first, timestep)) {
      prompt.contexts[$0]
    }.converted(to: x.dtype)
  }

  /// The same transformer, whose blocks run compiled.
  ///
  /// The timestep is embedded outside of what is compiled, in the precision of the weights.
  ///
  /// - Parameters:
  ///   - report: Is told why they run as they are, where they cannot be compiled.
  ///   - whenCompiled: Is called when they were compiled for a shape: memory that weights were read
  ///     from may be given back to the system, if it can be read again.
  /// - Returns: The transformer, which is used as before.
  public func compiled(
    report: @escaping @Sendable (_ reason: String) -> Void = { _ in },
    whenCompiled: @escaping @Sendable () -> Void = {}
  ) -> PixArtTransformer {
    var other = self
    other.compiled = Compiled(report: { report($0.description) }, whenCompiled: whenCompiled) {
      [self] step in
      prediction(step.x, time: step.time) { step.contexts[$0] }
    }
    return other
  }

  /// The type that it computes in.
  private var dtype: DType { scaleShiftTable.dtype }

  /// What the blocks are given at a step.
  private struct PixArtStep: TensorStructure {
    let x: Tensor
    let time: Tensor
    let contexts: [Attention.Context]

    func mapTensors(_ body: (Tensor) -> Tensor) -> PixArtStep {
      PixArtStep(x: body(x), time: body(time), contexts: contexts.mapTensors(body))
    }

    var numbers: [Double] { contexts.numbers }
  }

  private func prediction(
    _ x: Tensor, time: Tensor, observer: CrossAttentionObserver? = nil,
    deep: (cache: FeatureCache, first: Int, timestep: Tensor)? = nil,
    context: (Int) -> Attention.Context
  ) -> Tensor {
    let modulation = timeProjection(silu(time)).reshaped(x.shape[0], 6, -1)

    var h = patches(x).flattened(from: 2, to: 3).transposed(1, 2)
    h = h + positions(for: x).converted(to: dtype)
    func through(_ part: Range<Int>, _ features: Tensor) -> Tensor {
      part.reduce(features) { h, index in
        let block = blocks[index]
        let observe = observer.map { observer in
          { (weights: Tensor) in
            observer(
              .init(
                place: block.place, weights: weights, rows: x.shape[2] / configuration.patchSize,
                columns: x.shape[3] / configuration.patchSize))
          }
        }
        return block(h, time: modulation, prompt: context(index), observe: observe)
      }
    }
    if let deep {
      let (begun, first) = (h, min(deep.first, blocks.count))
      h = through(0..<first, h)
      h =
        h
        + deep.cache.features(at: deep.timestep, from: h - begun) {
          through(first..<blocks.count, h) - h
        }
    } else {
      h = through(0..<blocks.count, h)
    }

    let parts = (scaleShiftTable + time.unsqueezed(1)).chunked(2, dim: 1)
    guard parts.count == 2 else { return x }
    let tokens = projectionOut(modulated(normOut(h), by: parts[1], parts[0]))
    let patch = configuration.patchSize
    return unpatched(
      tokens, rows: x.shape[2] / patch, columns: x.shape[3] / patch, patch: patch,
      channels: configuration.outChannels)
  }

  /// A prompt's words in the blocks' channels.
  private struct Words {
    let states: Tensor
    let bias: Tensor

    init(_ text: Tensor, mask: Tensor, in network: PixArtTransformer) {
      let dtype = network.dtype
      let own = text.converted(to: dtype)
      states = network.caption2(network.caption1(own).geluTanh(reusingMemory: true))
      bias = ((1 - mask.converted(to: dtype)) * -10000.0).unsqueezed(1, 1)
    }

    func context(for block: PixArtBlock) -> Attention.Context {
      block.crossAttention.context(states, mask: bias)
    }
  }

  /// The positions of the latents' squares, `[1, tokens, channels]`, float32.
  private func positions(for x: Tensor) -> Tensor {
    let patch = configuration.patchSize
    let side = configuration.sampleSize / patch
    let (rows, columns) = (x.shape[2] / patch, x.shape[3] / patch)
    guard (rows, columns) != (side, side) else { return positions }
    return sinusoidalPositions2d(
      rows: rows, columns: columns, channels: configuration.channels, base: side,
      scale: configuration.positionScale)
  }
}
