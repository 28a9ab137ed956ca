import Checkpoints
import Foundation
import Layers
import Models
import TestSupport
import Torch

@testable import Inkwell

/// A whole model of 16 x 16 pixels with random weights.
enum TinyModel {
  /// A folder with the parts and, in `models/tiny`, the model.
  static func make() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try writeParts(to: folder)
    try package(folder)()
    return folder
  }

  static func package(_ folder: TemporaryFolder) -> PackageModel {
    PackageModel(
      autoencoder: folder.file("vae").path(percentEncoded: false),
      transformer: folder.file("transformer").path(percentEncoded: false),
      textEncoder: folder.file("text").path(percentEncoded: false),
      output: folder.file("models/tiny").path(percentEncoded: false),
      about: ModelIndex.About(
        summary: "noise", maximumTokens: 8,
        settings: SamplingSettings(steps: 3, guidance: 3, sampler: "dpmpp-2m")))
  }

  static func library(_ folder: TemporaryFolder) -> ModelLibrary {
    ModelLibrary(folders: [folder.file("models")])
  }

  static func writeParts(to folder: TemporaryFolder) throws {
    var latents = AutoencoderKLConfiguration()
    latents.blockOutChannels = [8, 16]
    latents.layersPerBlock = 1
    latents.normNumGroups = 4
    let vae = try weights(seed: 1) { AutoencoderKL($0, latents) }
    try AutoencoderKL.write(vae, latents, to: folder.file("vae"))

    var sizes = PixArtConfiguration()
    sizes.numAttentionHeads = 2
    sizes.attentionHeadDim = 16
    sizes.outChannels = 4
    sizes.numLayers = 2
    sizes.sampleSize = 8
    sizes.captionChannels = 24
    let transformer = try weights(seed: 2) { PixArtTransformer($0, sizes) }
    try PixArtTransformer.write(transformer, sizes, to: folder.file("transformer"))

    var text = BERTConfiguration()
    text.vocabSize = vocabulary.count
    text.hiddenSize = 24
    text.numHiddenLayers = 2
    text.numAttentionHeads = 3
    text.intermediateSize = 40
    text.maxPositionEmbeddings = 12
    let encoder = try weights(seed: 3) { BERTEncoder($0, text) }
    try folder.write(JSONEncoder().encode(text), to: "text/config.json")
    try folder.write(tokenizer(), to: "text/tokenizer.json")
    try Safetensors.write(
      try encoder.names.map { Safetensors.Draft($0, try encoder.tensor($0)) },
      to: folder.file("text/model.safetensors"))
  }

  /// Random weights, none of them zero, so that the prompt and the level count.
  static func weights<Network>(
    seed: UInt64, _ build: (Scope) throws -> Network
  ) throws -> WeightSource {
    let store = ParameterStore(initializing: Generator(seed: seed))
    _ = try store.network(build)
    let noise = Generator(seed: seed + 100)
    return WeightSource(
      Dictionary(
        uniqueKeysWithValues: store.parameters.map { parameter in
          let shape = parameter.tensor.shape.sizes
          return (parameter.name, parameter.tensor.detached() + 0.1 * noise.normal(shape))
        }))
  }

  private static let vocabulary =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + ["a", "red", "green", "apple", "cat"]

  private static func tokenizer() throws -> Data {
    let special = vocabulary.prefix(5).enumerated().map { id, content -> [String: Any] in
      [
        "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true,
      ]
    }
    let numbers = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
    return try JSONSerialization.data(withJSONObject: [
      "normalizer": [
        "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
        "lowercase": true,
      ],
      "pre_tokenizer": ["type": "BertPreTokenizer"],
      "added_tokens": special,
      "model": [
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": numbers,
      ],
    ])
  }
}
