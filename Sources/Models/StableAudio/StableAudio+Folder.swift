public import Foundation

extension StableAudioTransformer {
  /// Reads a transformer in diffusers' layout.
  ///
  /// - Parameter folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose
  ///   weights, in any dtype, are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    self = try readNetwork(from: folder) { StableAudioTransformer($0, $1) }
  }
}

extension StableAudioProjection {
  /// Reads a projection in diffusers' layout.
  ///
  /// - Parameter folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose
  ///   weights, in any dtype, are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    self = try readNetwork(from: folder) { StableAudioProjection($0, $1) }
  }
}

extension StableAudioPipeline {
  /// Reads all networks in diffusers' layout.
  ///
  /// - Parameter folder: Holds `text_encoder`, `projection_model`, `transformer`, `vae` and
  ///   `scheduler`; weights, in any dtype, are converted to float32.
  /// - Throws: `ConfigurationError`, also for networks that do not fit together, `CheckpointError`,
  ///   or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    func part(_ name: String) -> URL { folder.appending(path: name) }
    textEncoder = try T5Encoder(folder: part("text_encoder"))
    projection = try StableAudioProjection(folder: part("projection_model"))
    transformer = try StableAudioTransformer(folder: part("transformer"))
    autoencoder = try AutoencoderOobleck(folder: part("vae"))
    schedule = try readConfiguration(from: part("scheduler/scheduler_config.json"))
    let (before, after) = (projection.configuration, transformer.configuration)
    let channels = before.conditioningDim
    for (name, key, expected, found) in [
      (
        "projection_model", "text_encoder_dim", textEncoder.configuration.dModel,
        before.textEncoderDim
      ),
      ("transformer", "cross_attention_input_dim", channels, after.crossAttentionInputDim),
      ("transformer", "global_states_input_dim", 2 * channels, after.globalStatesInputDim),
      (
        "vae", "decoder_input_channels", after.inChannels,
        autoencoder.configuration.decoderInputChannels
      ),
    ] where expected != found {
      throw ConfigurationError(
        file: part(name).appending(path: "config.json").path(percentEncoded: false),
        reason: "\(key): expected \(expected), as the other networks have it, found \(found)")
    }
  }
}

extension StableAudioTransformer: FolderNetwork {
  package typealias Configuration = StableAudioConfiguration
  package static let className = "StableAudioDiTModel"
}

extension StableAudioProjection: FolderNetwork {
  package typealias Configuration = StableAudioProjectionConfiguration
  package static let className = "StableAudioProjectionModel"
}
