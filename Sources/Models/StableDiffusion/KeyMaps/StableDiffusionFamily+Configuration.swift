extension StableDiffusionFamily {
  /// What no name or shape of a weight tells.
  package struct Details: Sendable, Hashable {
    /// The channels of an attention head of the denoiser; none where all have so many heads.
    package var headWidth: Int?
    /// The number of attention heads where their width is not given.
    package var heads = 8
    /// The groups of every normalization.
    package var groups = 32
    /// What the latents are multiplied by for the denoiser.
    package var scaling = 0.18215
    /// The height and width of the latents that the denoiser was trained on.
    package var side = 64
    /// The sizes of the text encoders.
    package var textEncoders = [CLIPTextConfiguration()]

    /// The details of Stable Diffusion 1, but for what is given.
    package init(
      headWidth: Int? = nil, heads: Int = 8, groups: Int = 32, scaling: Double = 0.18215,
      side: Int = 64,
      textEncoders: [CLIPTextConfiguration] = [CLIPTextConfiguration()]
    ) {
      self.headWidth = headWidth
      self.heads = heads
      self.groups = groups
      self.scaling = scaling
      self.side = side
      self.textEncoders = textEncoders
    }
  }

  /// Whether the prompt's states are not normalized, and joined by a vector of the whole.
  package var isXL: Bool {
    if case .vector = unet.labels { true } else { false }
  }

  /// Whether the denoiser sees a small picture with a known noise, and enlarges it.
  package var isEnlarger: Bool {
    if case .classes = unet.labels { true } else { false }
  }

  /// The published sizes of the denoiser.
  ///
  /// - Parameter inputs: The channels of the latents and of what a task adds to them.
  /// - Returns: The sizes.
  package func unetConfiguration(inputs: Int) -> UNet2DConditionConfiguration {
    let channels = unet.channels
    var sizes = UNet2DConditionConfiguration()
    sizes.encoder.inChannels = inputs
    sizes.encoder.downBlockTypes = unet.depths.map { $0 > 0 ? .crossAttention : .plain }
    sizes.encoder.onlyCrossAttention = channels.indices.map { unet.crossOnly.contains($0) }
    sizes.encoder.blockOutChannels = channels
    sizes.encoder.layersPerBlock = channels.map { _ in unet.layers }
    sizes.encoder.normNumGroups = details.groups
    sizes.encoder.crossAttentionDim = channels.map { _ in unet.contextWidth }
    let depths = unet.depths.dropLast() + [max(unet.depths.last ?? 1, unet.middleDepth)]
    sizes.encoder.transformerLayersPerBlock = depths.map { depth in
      Array(repeating: max(depth, 1), count: unet.layers)
    }
    sizes.encoder.numAttentionHeads = channels.map { width in
      details.headWidth.map { width / $0 } ?? details.heads
    }
    sizes.encoder.useLinearProjection = unet.projectsByMatrix
    switch unet.labels {
    case .none: break
    case .classes(let count): sizes.encoder.classEmbedding = .table(count)
    case .vector(let width):
      sizes.encoder.additionEmbedding = .init(timeChannels: 256, inputs: width)
    }
    sizes.sampleSize = [details.side, details.side]
    sizes.outChannels = unet.outputs
    sizes.upBlockTypes = unet.depths.reversed().map { $0 > 0 ? .crossAttention : .plain }
    sizes.upTransformerLayers = unet.depths.reversed().map { depth in
      Array(repeating: max(depth, 1), count: unet.layers + 1)
    }
    return sizes
  }

  /// The published sizes of the autoencoder.
  package var autoencoderConfiguration: AutoencoderKLConfiguration {
    var sizes = AutoencoderKLConfiguration()
    sizes.blockOutChannels = autoencoder.channels
    sizes.layersPerBlock = autoencoder.layers
    sizes.latentChannels = autoencoder.latents
    sizes.normNumGroups = details.groups
    sizes.scalingFactor = details.scaling
    return sizes
  }
}
