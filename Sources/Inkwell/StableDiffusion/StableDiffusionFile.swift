internal import Checkpoints
internal import Diffusion
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// A Stable Diffusion model in a single file: safetensors, `.ckpt` or GGUF, with the names of
/// CompVis, Stability AI or stable-diffusion.cpp.
///
/// The sizes are those that its family was published with, and the tokenizer is CLIP's.
struct StableDiffusionFile: PromptedModelSource {
  let url: URL
  let weights: ModelWeights
  /// The tokenizer of each text encoder.
  let tokenizers: [CLIPTokenizer]

  /// Opens a file, whose weights are not read yet.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - families: The families that it can be of.
  ///   - tokenizers: The tokenizer of each text encoder; CLIP's if not given.
  /// - Throws: ``ModelFileError`` if it is of no family, or does not fit it; ``ModelError`` that
  ///   names the networks that it lacks.
  init(
    _ url: URL, among families: [StableDiffusionFamily] = StableDiffusionFamily.all,
    tokenizers: [CLIPTokenizer]? = nil
  ) throws {
    self.url = url
    weights = try ModelWeights(url.path(percentEncoded: false), among: families)
    let family = weights.family
    // OpenCLIP's encoders were trained with 0, which is `!`, after the end of a text.
    self.tokenizers =
      tokenizers
      ?? family.details.textEncoders.map {
        $0.hiddenAct == .quickGELU ? CLIPTokenizer() : CLIPTokenizer(padding: 0)
      }
    let found = Set(weights.weights.map { $0.tensor.name.prefix { $0 != "." } })
    let missing = family.parts.map(\.folder).filter { !found.contains($0[...]) }
    guard missing.isEmpty else {
      throw ModelError.incomplete(folder: url.path(percentEncoded: false), missing: missing)
    }
  }

  var settings: SamplingSettings {
    get throws {
      StableDiffusionModel.settings(
        try scheduler, unet: try weights.unetConfiguration, isXL: weights.family.isXL)
    }
  }

  /// The sizes of the U-Net.
  var unet: UNet2DConditionConfiguration { get throws { try weights.unetConfiguration } }

  var enlargement: Double { weights.family.isEnlarger ? 4 : 2 }

  var summary: String { "pictures of prompts, by \(weights.family.title)" }

  var nativeSize: PictureSize {
    get throws {
      StableDiffusionModel.nativeSize(
        try weights.unetConfiguration, weights.family.autoencoderConfiguration)
    }
  }

  var byteCount: Int { get throws { try Self.byteCount(of: [url]) } }

  func hashes() throws -> [String: String] { [name: try FileHash.sha256(of: url)] }

  func model(_ additions: ModelAdditions) throws -> StableDiffusionModel {
    let family = weights.family
    let sizes = try weights.unetConfiguration
    let matrices = additions.saving.matrices
    let own = additions.saving.matrices(additions.precision)
    let texts = try swappedTexts(additions)
    let sources = try AdaptedWeights(
      of: ["unet"] + family.textEncoders.map(\.folder), by: additions.loras
    ) { name in texts[name]?.weights ?? source(name) }
    let encoders = try zip(family.textEncoders, zip(family.details.textEncoders, tokenizers)).map {
      encoder, details in
      try CLIPTextEncoder(
        sources(encoder.folder), texts[encoder.folder]?.sizes ?? details.0, tokenizer: details.1,
        layer: family.isXL ? .penultimate : .last, projects: encoder.outline.hasProjection,
        matrices: matrices)
    }
    let latents = family.autoencoderConfiguration
    let vae = try additions.autoencoder?.autoencoder(
      like: latents, matrices: own, wrapping: additions.wrapping)
    let autoencoder =
      try vae?.network
      ?? network(source("vae"), own) {
        AutoencoderKL($0.wrapping(additions.wrapping), latents)
      }
    let model = StableDiffusionModel(
      unet: try network(sources("unet"), own, adding: additions.layers) {
        UNet2DConditionModel($0.wrapping(additions.wrapping), sizes)
      },
      autoencoder: autoencoder.saving(additions),
      text: try StableDiffusionText(
        encoders: encoders, isXL: family.isXL, forcesZeros: family.name != "sdxl-refiner",
        givesPooled: family.isXL
      ).adding(additions.words),
      scheduler: try scheduler, enlarging: try enlarging,
      scalesPicture: try scheduler.range != nil, wrapping: additions.wrapping,
      parts: residentParts(additions, texts.values.map(\.file), vae.map { [$0.file] } ?? []))
    try model.checkFit(folder: url.path(percentEncoded: false))
    return model.running(additions)
  }

  /// The scheduler that diffusers gives to a model of a single file.
  var scheduler: SchedulerConfiguration { get throws { try weights.scheduler.configuration } }

  /// What takes the places of the text encoders, by their folders in diffusers' layout.
  private func swappedTexts(_ additions: ModelAdditions) throws -> [String: SwappedText] {
    let family = weights.family
    return try additions.swappedTexts(family.textEncoders.map(\.folder)) { name in
      let own = zip(family.textEncoders, family.details.textEncoders).first { $0.0.folder == name }
      return (own?.1 ?? CLIPTextConfiguration(), own?.0.outline.hasProjection ?? false)
    }
  }

  /// The pages of this file, and of those that take the place of a part of it.
  private func residentParts(
    _ additions: ModelAdditions, _ texts: [WeightsFile], _ autoencoders: [WeightsFile]
  ) -> ResidentParts {
    var parts = ResidentParts(additions.saving, additions.precision)
    for weight in weights.weights {
      switch weight.tensor.name.prefix(while: { $0 != "." }) {
      case "unet": parts.add(.denoiser) { weight.release() }
      case "vae": parts.add(.autoencoder) { weight.release() }
      default: parts.add(.text) { weight.release() }
      }
    }
    for file in texts { parts.add(.text, file) }
    for file in autoencoders { parts.add(.autoencoder, file) }
    return parts
  }

  /// How the enlarger sees the small picture; nothing for others.
  private var enlarging: EnlargingNoise? {
    get throws {
      guard weights.family.isEnlarger else { return nil }
      return try EnlargingNoise(PublishedScheduler.ofSmallPictures.configuration)
    }
  }

  private func network<Network>(
    _ source: WeightSource, _ matrices: MatrixStorage, adding layers: [String: LowRank] = [:],
    _ build: (Scope) throws -> Network
  ) throws -> Network {
    try ParameterStore(
      loading: source, dtype: matrices.dtype, matrices: matrices, adding: layers
    ).network(build)
  }

  /// The weights of a network, by diffusers' names.
  private func source(_ folder: String) -> WeightSource {
    let start = "\(folder)."
    let own = weights.weights.filter { $0.tensor.name.hasPrefix(start) }
    let named = Dictionary(
      uniqueKeysWithValues: own.map { (String($0.tensor.name.dropFirst(start.count)), $0) })
    return WeightSource(names: named.keys.sorted(), release: { named[$0]?.release() }) { name in
      guard let weight = named[name] else {
        throw ModelFileError.misfits(path: url.path(percentEncoded: false), reason: "lacks \(name)")
      }
      return try weight.numbers()
    }
  }
}
