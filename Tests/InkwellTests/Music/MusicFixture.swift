import Foundation
import Modalities
import Models
import TestSupport

@testable import Inkwell

/// Clips of 128 frames at 1 kHz with captions, recipes that train on them, and a whole model of
/// that size with random weights.
enum MusicFixture {
  static let frames = 128
  static let rate = 1000

  /// A folder with `sounds`, `models/tiny`, `models/follower`, which follows melodies, and the
  /// recipes `autoencoder.json`, `transformer.json` and `follower.json`.
  static func make() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyModel.writeParts(to: folder)
    try writeSounds(to: folder)
    try writeModel("tiny", of: transformer(folder), to: folder)
    try writeModel("follower", of: follower(folder), to: folder)
    try folder.write(autoencoder(folder).utf8, to: "autoencoder.json")
    try folder.write(transformer(folder).utf8, to: "transformer.json")
    try folder.write(follower(folder).utf8, to: "follower.json")
    return folder
  }

  static func library(_ folder: TemporaryFolder) -> ModelLibrary {
    ModelLibrary(folders: [folder.file("models")])
  }

  /// A tone with a seed of its own pitch.
  static func sound(_ index: Int, frames: Int = frames) throws -> Sound {
    let samples = (0..<frames).map { frame in
      Float(0.5 * sin(2 * .pi * Double(frame * (20 + 15 * index)) / Double(rate)))
    }
    return try Sound(channels: 1, sampleRate: rate, samples: samples)
  }

  private static func writeSounds(to folder: TemporaryFolder) throws {
    var lines = ""
    for index in 0..<6 {
      try folder.write(
        sound(index).encoded(as: .flac16), to: "sounds/\(index).flac")
      try folder.write(
        sound(index + 6).encoded(as: .flac16), to: "sounds/melodies/\(index).flac")
      let words = index % 2 == 0 ? "a red apple" : "a green cat"
      lines += """
        {"file_name": "\(index).flac", "melody": "melodies/\(index).flac", "text": "\(words)", "split": \
        "\(index == 5 ? "heldout" : "train")"}

        """
    }
    try folder.write(lines.utf8, to: "sounds/metadata.jsonl")
  }

  private static func writeModel(
    _ name: String, of recipe: String, to folder: TemporaryFolder
  ) throws {
    let recipe = try JSONDecoder().decode(TextToSoundTraining.self, from: Data(recipe.utf8))
    var sizes = AutoencoderOobleckConfiguration()
    sizes.encoderHiddenSize = 16
    sizes.downsamplingRatios = [2, 2]
    sizes.channelMultiples = [1, 2]
    sizes.decoderChannels = 8
    sizes.decoderInputChannels = 8
    sizes.audioChannels = 1
    sizes.samplingRate = rate
    sizes.patchSize = 4
    let configuration = sizes
    let vae = try TinyModel.weights(seed: 4) { AutoencoderOobleck($0, configuration) }
    try AutoencoderOobleck.write(vae, sizes, to: folder.file("oobleck"))
    let model = folder.file("models/\(name)")
    let transformer = try TinyModel.weights(seed: 5) {
      StableAudioTransformer($0, recipe.transformer)
    }
    try StableAudioTransformer.write(
      transformer, recipe.transformer, to: model.appending(path: "transformer"))
    let projection = try TinyModel.weights(seed: 6) {
      StableAudioProjection($0, recipe.projection)
    }
    try StableAudioProjection.write(
      projection, recipe.projection, to: model.appending(path: "projection_model"))
    try SoundModelFolder.complete(
      SoundModelIndex.About(
        summary: "noise", maximumTokens: 8, settings: SamplingSettings(steps: 3, guidance: 2)),
      schedule: TextToSoundModel.trainedSchedule, autoencoder: folder.file("oobleck"),
      textEncoder: folder.file("text"), in: model)
  }

  private static func transformer(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "text-to-sound",
      "data": "\(folder.file("sounds").path(percentEncoded: false))",
      "clipFrames": 128,
      "summary": "tones",
      "autoencoder": "\(folder.file("oobleck").path(percentEncoded: false))",
      "textEncoder": "\(folder.file("text").path(percentEncoded: false))",
      "transformer": {
        "sample_size": 8, "in_channels": 8, "out_channels": 8, "num_layers": 2,
        "attention_head_dim": 8, "num_attention_heads": 2, "num_key_value_attention_heads": 1,
        "cross_attention_dim": 16, "time_proj_dim": 8, "global_states_input_dim": 24,
        "cross_attention_input_dim": 12
      },
      "projection": {
        "text_encoder_dim": 24, "conditioning_dim": 12, "min_value": 0, "max_value": 1
      },
      "maximumTokens": 8,
      "captionDropout": 0.25,
      "shortShare": 0.5,
      "samplePrompts": ["a red apple"],
      \(plan(steps: 6))
    }
    """
  }

  /// The same, but of a network that follows melodies.
  private static func follower(_ folder: TemporaryFolder) -> String {
    transformer(folder).replacing("\"in_channels\": 8", with: "\"in_channels\": 16")
      .replacing("\"shortShare\"", with: "\"melodyDropout\": 0.25,\n  \"shortShare\"")
  }

  private static func autoencoder(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "sound-autoencoder",
      "data": "\(folder.file("sounds").path(percentEncoded: false))",
      "clips": 4,
      "clipFrames": 128,
      "cropFrames": 64,
      "autoencoder": {
        "encoder_hidden_size": 16, "downsampling_ratios": [2, 2], "channel_multiples": [1, 2],
        "decoder_channels": 8, "decoder_input_channels": 8, "audio_channels": 1,
        "sampling_rate": 1000, "patch_size": 4
      },
      "windows": [16, 32],
      "spectraWeight": 0.1,
      "waveformWeight": 1,
      "divergenceWeight": 0.001,
      \(plan(steps: 4))
    }
    """
  }

  private static func plan(steps: Int) -> String {
    """
    "plan": {
        "steps": \(steps), "batchSize": 4, "accumulation": 1,
        "learningRate": {"peak": 0.001, "warmupSteps": 0, "decay": {"constant": {}}},
        "optimizer": {
          "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weightDecay": 0.01, "decaysMatricesOnly": true
        }, "clip": 1, "averageDecay": 0.9, "precision": "bf16", "seed": 3,
        "saveEvery": 2, "sampleEvery": 3
      }
    """
  }
}
