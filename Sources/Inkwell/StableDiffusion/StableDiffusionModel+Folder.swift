internal import Checkpoints
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

extension StableDiffusionModel {
  /// Reads a model in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: The model.
  ///   - additions: What is added to it.
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part or
  ///   an addition.
  init(_ folder: StableDiffusionFolder, _ additions: ModelAdditions) throws {
    func part(_ name: String) -> URL { folder.url.appending(path: name) }
    let index = folder.index
    let matrices = additions.saving.matrices
    var parts = ResidentParts(additions.saving, additions.precision)
    let own = parts.matrices
    let texts = try additions.swappedTexts(index.encoders) { name in
      let sizes: CLIPTextConfiguration = try readConfiguration(
        from: part(name).appending(path: "config.json"))
      return (sizes, index.projects(name))
    }
    let sources = try AdaptedWeights(of: ["unet"] + index.encoders, by: additions.loras) { name in
      if let text = texts[name] {
        parts.add(.text, text.file)
        return text.weights
      }
      let url = weightsFile(in: part(name), named: StableDiffusionFolder.stem(of: name))
      let file = try WeightsFile(contentsOf: url)
      parts.add(name == "unet" ? .denoiser : .text, file)
      let source = WeightSource(file)
      return name == "unet" ? source : CLIPTextModel.published(source)
    }
    let encoders = try index.encoders.map { name in
      try Self.encoder(
        name, of: folder, sources(name), sizes: texts[name]?.sizes, matrices: matrices)
    }
    let latents: AutoencoderKLConfiguration = try readConfiguration(
      from: part("vae").appending(path: "config.json"))
    let usual = SwappedPart(path: part("vae").path(percentEncoded: false))
    let vae = try (additions.autoencoder ?? usual).autoencoder(
      like: latents, matrices: own, wrapping: additions.wrapping)
    parts.add(.autoencoder, vae.file)
    self.init(
      unet: try Self.part(part("unet")) {
        let sizes: UNet2DConditionConfiguration = try readConfiguration(
          from: $0.appending(path: "config.json"))
        return try ParameterStore(
          loading: sources("unet"), dtype: own.dtype, matrices: own, adding: additions.layers
        ).network { UNet2DConditionModel($0.wrapping(additions.wrapping), sizes) }
      },
      autoencoder: vae.network.saving(additions),
      text: try StableDiffusionText(
        encoders: encoders, isXL: index.isXL, forcesZeros: index.forcesZeros ?? true,
        givesPooled: index.isXL || index.isEnlargingLatents
      ).adding(additions.words),
      scheduler: try folder.scheduler, enlarging: try folder.enlarging,
      scalesPicture: try folder.scalesPicture, wrapping: additions.wrapping, parts: parts)
    try checkFit(folder: part("unet").path(percentEncoded: false))
    try checkLatentUpscaler(folder)
  }

  /// A text encoder of a folder.
  ///
  /// - Parameters:
  ///   - name: The encoder's folder in that.
  ///   - folder: The model.
  ///   - weights: The encoder's weights.
  ///   - sizes: Its sizes; those that its folder says if not given.
  ///   - matrices: How the factors of products are kept.
  /// - Returns: The encoder.
  /// - Throws: ``ModelError`` for weights that do not fit, or what is wrong with a file.
  private static func encoder(
    _ name: String, of folder: StableDiffusionFolder, _ weights: WeightSource,
    sizes: CLIPTextConfiguration?, matrices: MatrixStorage
  ) throws -> CLIPTextEncoder {
    let index = folder.index
    let tokenizer = try CLIPTokenizer(
      folder: folder.url.appending(path: StableDiffusionFolder.tokenizer(of: name)))
    return try part(folder.url.appending(path: name)) { place in
      try CLIPTextEncoder(
        weights, sizes ?? readConfiguration(from: place.appending(path: "config.json")),
        tokenizer: tokenizer, layer: index.layer, projects: index.projects(name),
        matrices: matrices)
    }
  }

  /// A part of the model, whose misfits are told with its folder.
  static func part<Part>(_ folder: URL, _ read: (URL) throws -> Part) throws -> Part {
    do {
      return try read(folder)
    } catch let error as LoadingError {
      throw ModelError.weights(folder: folder.path(percentEncoded: false), reason: "\(error)")
    }
  }

  /// Throws unless the parts fit together.
  func checkFit(folder: String) throws(ModelError) {
    let latents = autoencoder.configuration.latentChannels
    let sizes = unet.configuration
    let inputs = knownPurpose == nil ? latents : sizes.encoder.inChannels
    // The latent upscaler's last channel is not used.
    let outputs = purpose == .enlargingLatents ? latents + 1 : latents
    for (what, expected, found) in [
      ("the U-Net to take latents of", inputs, sizes.encoder.inChannels),
      ("the U-Net to return latents of", outputs, sizes.outChannels),
      (
        "the U-Net to attend to states of", text.channels,
        sizes.encoder.encoderHidDim ?? sizes.encoder.crossAttentionDim[0]
      ),
    ] where expected != found {
      throw .mismatch(
        folder: folder, expected: "\(what) \(expected) channels", found: "\(found) channels")
    }
    guard (enlarging != nil) == (purpose == .enlarging),
      (sizes.encoder.classEmbedding != nil) == (purpose == .enlarging)
    else {
      throw .mismatch(
        folder: folder,
        expected: "a U-Net that sees a small picture, is told its noise, and low_res_scheduler",
        found: "one without the other")
    }
    guard let addition = sizes.encoder.additionEmbedding, purpose != .refining else { return }
    let (pooled, sizeCount) = (text.pooledChannels, 6)
    guard addition.inputs == pooled + sizeCount * addition.timeChannels else {
      throw .mismatch(
        folder: folder,
        expected: "the U-Net to be told a vector of \(pooled) channels and \(sizeCount) sizes",
        found: "\(addition.inputs) channels")
    }
  }
}
