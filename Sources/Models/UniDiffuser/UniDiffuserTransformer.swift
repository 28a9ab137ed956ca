public import Layers
public import Torch

/// A transformer over the noisy latents of a picture and a noisy text, each with a timestep of its
/// own.
///
/// Bao et al. 2023, https://arxiv.org/abs/2303.06555: with a timestep of 0 one of the two is known,
/// with the greatest it says nothing, so that one network has the pictures of a text, the texts of
/// a picture, and both at once. The blocks before the middle one are joined to those behind it
/// (Bao et al. 2022, https://arxiv.org/abs/2209.12152). Equal to diffusers' `UniDiffuserModel`,
/// whose names the weights have.
public struct UniDiffuserTransformer: Sendable {
  /// The sizes.
  public let configuration: UniDiffuserConfiguration
  private let patches: Conv2d
  private let wholeIn: Linear
  private let textIn: Linear
  private let positions: Tensor
  private let dataType: (kinds: Embedding, position: Tensor)?
  private var first: [UniDiffuserBlock]
  private var middle: UniDiffuserBlock
  private var last: [(skip: UniDiffuserSkip, block: UniDiffuserBlock)]
  private let norm: LayerNorm
  private let patchesOut: Linear
  private let wholeOut: Linear
  private let textOut: Linear

  /// A picture and a text, or what is predicted of them.
  public struct Pair: Sendable {
    /// The picture's latents, `[batch, inChannels, sampleSize, sampleSize]`.
    public var latents: Tensor
    /// What an encoder says of the whole picture, `[batch, 1, clipImgDim]`.
    public var whole: Tensor
    /// The tokens of the text, `[batch, numTextTokens, textDim]`.
    public var text: Tensor

    /// A pair of these.
    public init(latents: Tensor, whole: Tensor, text: Tensor) {
      self.latents = latents
      self.whole = whole
      self.text = text
    }
  }

  /// How noisy the two are: timesteps in [0, 1000], `[batch]`; fractions are allowed.
  public struct Timesteps: Sendable {
    /// The picture's.
    public var picture: Tensor
    /// The text's.
    public var text: Tensor

    /// These timesteps.
    public init(picture: Tensor, text: Tensor) {
      self.picture = picture
      self.text = text
    }
  }

  /// A transformer with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: UniDiffuserConfiguration) {
    self.configuration = configuration
    let (channels, patch) = (configuration.channels, configuration.patchSize)
    let drawn = Initializer.normal(0.02)
    patches = Conv2d(
      scope / "vae_img_in" / "proj", configuration.inChannels, channels, kernel: patch,
      stride: patch)
    wholeIn = Linear(scope / "clip_img_in", configuration.clipImgDim, channels, initializer: drawn)
    textIn = Linear(scope / "text_in", configuration.textDim, channels, initializer: drawn)
    let tokens = 3 + configuration.numTextTokens + configuration.patches
    positions = scope.parameter("pos_embed", [1, tokens, channels], drawn)
    dataType =
      configuration.usesDataType
      ? (
        Embedding(
          scope / "data_type_token_embedding", 2, channels, initializer: drawn),
        scope.parameter("data_type_pos_embed_token", [1, 1, channels], .constant(0))
      ) : nil
    let trunk = scope / "transformer"
    let pairs = 0..<configuration.numLayers / 2
    first = pairs.map { UniDiffuserBlock(trunk / "transformer_in_blocks" / $0, configuration) }
    middle = UniDiffuserBlock(trunk / "transformer_mid_block", configuration)
    last = pairs.map { index in
      let scope = trunk / "transformer_out_blocks" / index
      return (
        UniDiffuserSkip(scope / "skip", channels: channels),
        UniDiffuserBlock(scope / "block", configuration)
      )
    }
    norm = LayerNorm(trunk / "norm_out", channels)
    patchesOut = Linear(
      scope / "vae_img_out", channels, patch * patch * configuration.inChannels,
      initializer: drawn)
    wholeOut = Linear(
      scope / "clip_img_out", channels, configuration.clipImgDim, initializer: drawn)
    textOut = Linear(scope / "text_out", channels, configuration.textDim, initializer: drawn)
  }

  /// The same transformer, faster for batches of one size, at the price of its weights' memory.
  ///
  /// - Parameter batch: The pairs in a batch; others work as before.
  /// - Returns: The transformer with its weights packed, where the library can.
  public func prepared(batch: Int) -> UniDiffuserTransformer {
    let rows = batch * (positions.shape[1] + (dataType == nil ? 0 : 1))
    var prepared = self
    withoutGradients {
      prepared.first = first.map { $0.prepared(rows: rows) }
      prepared.middle = middle.prepared(rows: rows)
      prepared.last = last.map { ($0.skip, $0.block.prepared(rows: rows)) }
    }
    return prepared
  }

  /// The prediction.
  ///
  /// - Parameters:
  ///   - pair: A noisy picture and a noisy text.
  ///   - timesteps: How noisy they are.
  ///   - number: Which data the picture is like, 0 or 1; read only where the network has been told
  ///     in training.
  /// - Returns: What is predicted of picture and text, of the same shapes.
  public func callAsFunction(
    _ pair: Pair, timesteps: Timesteps, dataType number: Int = 1
  ) -> Pair {
    let dtype = positions.dtype
    let text = textIn(pair.text.converted(to: dtype))
    let (batch, count) = (text.shape[0], text.shape[1])
    func wave(_ timestep: Tensor) -> Tensor {
      sinusoidalEmbedding(timestep, channels: configuration.channels)
        .converted(to: dtype).unsqueezed(1)
    }
    var tokens = [wave(timesteps.picture), wave(timesteps.text)]
    var places = positions
    if let dataType {
      let kind = dataType.kinds(Tensor([Int](repeating: number, count: batch)))
      tokens.append(kind.unsqueezed(1))
      let rest = positions.shape[1] - 2
      places = [
        positions.narrowed(dim: 1, start: 0, length: 2), dataType.position,
        positions.narrowed(dim: 1, start: 2, length: rest),
      ].concatenated(dim: 1)
    }
    let start = tokens.count
    let patches = patches(pair.latents.converted(to: dtype)).flattened(from: 2).transposed(1, 2)
    tokens += [text, wholeIn(pair.whole.converted(to: dtype)), patches]
    let h = trunk(tokens.concatenated(dim: 1) + places)
    let side = configuration.sampleSize / configuration.patchSize
    let latents = patchesOut(
      h.narrowed(dim: 1, start: start + count + 1, length: side * side))
    let made = Pair(
      latents: unpatched(
        latents, rows: side, columns: side, patch: configuration.patchSize,
        channels: configuration.inChannels),
      whole: wholeOut(h.narrowed(dim: 1, start: start + count, length: 1)),
      text: textOut(h.narrowed(dim: 1, start: start, length: count)))
    let given = pair.latents.dtype
    return Pair(
      latents: made.latents.converted(to: given), whole: made.whole.converted(to: given),
      text: made.text.converted(to: given))
  }

  private func trunk(_ start: Tensor) -> Tensor {
    var (h, skips) = (start, [Tensor]())
    for block in first {
      h = block(h)
      skips.append(h)
    }
    h = middle(h)
    for (part, skip) in zip(last, skips.reversed()) { h = part.block(part.skip(h, skip)) }
    return norm(h)
  }
}
