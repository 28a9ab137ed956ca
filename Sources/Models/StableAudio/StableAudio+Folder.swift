public import Foundation
package import Layers

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

extension StableAudioTransformer {
  /// The weights of a transformer in diffusers' layout, to be trained further.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and the weights.
  ///   - expected: The sizes that the transformer must have.
  /// - Returns: The weights for a network of these sizes.
  /// - Throws: `ConfigurationError` if it has other sizes, or `CheckpointError`.
  package static func weightsToTrain(
    folder: URL, _ expected: StableAudioConfiguration
  ) throws -> WeightSource {
    try readWeightsToTrain(from: folder, expected)
  }

  /// The file of the weights of a transformer in diffusers' layout.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder) }

  /// Writes a transformer in diffusers' layout, with its weights in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: StableAudioConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "StableAudioDiTModel", to: folder)
  }
}

extension StableAudioProjection {
  /// The weights of a projection in diffusers' layout, to be trained further.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and the weights.
  ///   - expected: The sizes that the projection must have.
  /// - Returns: The weights for a network of these sizes.
  /// - Throws: `ConfigurationError` if it has other sizes, or `CheckpointError`.
  package static func weightsToTrain(
    folder: URL, _ expected: StableAudioProjectionConfiguration
  ) throws -> WeightSource {
    try readWeightsToTrain(from: folder, expected)
  }

  /// The file of the weights of a projection in diffusers' layout.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder) }

  /// Writes a projection in diffusers' layout, with its weights in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: StableAudioProjectionConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "StableAudioProjectionModel", to: folder)
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
