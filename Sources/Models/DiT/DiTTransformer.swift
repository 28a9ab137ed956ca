internal import Compiler
public import Layers
public import Torch

/// A transformer over patches of latents that is told a class.
///
/// Peebles & Xie 2023, https://arxiv.org/abs/2212.09748; equal to diffusers'
/// `DiTTransformer2DModel`, whose names the weights have.
public struct DiTTransformer: Sendable {
  /// The sizes.
  public let configuration: DiTConfiguration
  private let patches: Conv2d
  private let positions: Tensor
  private var blocks: [DiTBlock]
  private let normOut: LayerNorm
  private let modulationOut: Linear
  private let projectionOut: Linear
  /// The blocks, compiled, if they are to be.
  private var compiled: Compiled<DiTStep, Tensor>?

  /// A transformer with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: DiTConfiguration) {
    self.configuration = configuration
    let channels = configuration.channels
    let patch = configuration.patchSize
    patches = Conv2d(
      scope / "pos_embed" / "proj", configuration.inChannels, channels, kernel: patch,
      stride: patch)
    let side = configuration.sampleSize / patch
    positions = sinusoidalPositions2d(rows: side, columns: side, channels: channels, base: side)
    blocks = (0..<configuration.numLayers).map {
      DiTBlock(scope / "transformer_blocks" / $0, configuration)
    }
    normOut = LayerNorm(channels, eps: 1e-6)
    modulationOut = Linear(
      scope / "proj_out_1", channels, 2 * channels, initializer: .constant(0))
    projectionOut = Linear(
      scope / "proj_out_2", channels, patch * patch * configuration.outChannels,
      initializer: .constant(0))
  }

  /// The same transformer, whose blocks run compiled.
  ///
  /// The timestep and the class are embedded outside of what is compiled.
  ///
  /// - Parameter report: Is told why they run as they are, where they cannot be compiled.
  /// - Returns: The transformer, which is used as before.
  public func compiled(
    report: @escaping @Sendable (_ reason: String) -> Void = { _ in }
  ) -> DiTTransformer {
    var other = self
    other.compiled = Compiled(report: { report($0.description) }) { [self] in prediction($0) }
    return other
  }

  /// The same transformer, faster for batches of one size, at the price of its weights' memory.
  ///
  /// - Parameter batch: The latents in a batch; others work as before.
  /// - Returns: The transformer with its weights packed, where the library can.
  public func prepared(batch: Int) -> DiTTransformer {
    guard compiled == nil else { return self }
    let side = configuration.sampleSize / configuration.patchSize
    var prepared = self
    prepared.blocks = withoutGradients {
      blocks.map { $0.prepared(rows: batch * side * side) }
    }
    return prepared
  }

  /// The prediction.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, sampleSize, sampleSize]`.
  ///   - timesteps: In [0, 1000], `[batch]`; fractions are allowed.
  ///   - labels: Classes, whole numbers, `[batch]`, `int64`; their count stands for none.
  /// - Returns: The prediction, `[batch, outChannels, sampleSize, sampleSize]`.
  public func callAsFunction(_ x: Tensor, timesteps: Tensor, labels: Tensor) -> Tensor {
    let step = step(x, timesteps: timesteps, labels: labels)
    return (compiled?(step) ?? prediction(step)).converted(to: x.dtype)
  }

  private func step(_ x: Tensor, timesteps: Tensor, labels: Tensor) -> DiTStep {
    let waves = sinusoidalEmbedding(timesteps, channels: 256, shift: 1)
    let conditions = blocks.map { $0.condition(waves, labels: labels) }
    // The first block's embedding is the output's as well.
    let last = modulationOut(silu(conditions[0])).reshaped(x.shape[0], 2, -1)
    return DiTStep(
      x: x.converted(to: last.dtype),
      modulations: zip(blocks, conditions).map { $0.modulation($1) }, last: last)
  }

  /// What the blocks are given at a step.
  private struct DiTStep: TensorStructure {
    let x: Tensor
    /// Of every block, `[batch, 6, channels]`.
    let modulations: [Tensor]
    /// Of the output, `[batch, 2, channels]`.
    let last: Tensor

    func mapTensors(_ body: (Tensor) -> Tensor) -> DiTStep {
      DiTStep(x: body(x), modulations: modulations.mapTensors(body), last: body(last))
    }

    var numbers: [Double] { [] }
  }

  private func prediction(_ step: DiTStep) -> Tensor {
    var h = patches(step.x).flattened(from: 2, to: 3).transposed(1, 2)
    h = h + positions.converted(to: h.dtype)
    for (block, modulation) in zip(blocks, step.modulations) {
      h = block(h, modulation: modulation)
    }
    let parts = step.last.chunked(2, dim: 1)
    guard parts.count == 2 else { return step.x }
    let tokens = projectionOut(modulated(normOut(h), by: parts[1], parts[0]))
    let side = configuration.sampleSize / configuration.patchSize
    return unpatched(
      tokens, rows: side, columns: side, patch: configuration.patchSize,
      channels: configuration.outChannels)
  }
}

extension DiTTransformer: LabelledNetwork {
  package var side: Int { configuration.sampleSize }
  package var inChannels: Int { configuration.inChannels }
  package var outChannels: Int { configuration.outChannels }
  package var labels: NetworkLabels? { .classes(configuration.numEmbedsAdaNorm + 1) }

  package func callAsFunction(_ x: Tensor, timesteps: Tensor, labels: Tensor?) -> Tensor {
    guard let labels else { preconditionFailure("the network has labels") }
    return self(x, timesteps: timesteps, labels: labels)
  }
}
