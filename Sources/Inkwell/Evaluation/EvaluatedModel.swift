internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models

/// A model whose pictures are compared with others, and what knows which words are alike.
struct EvaluatedModel {
  /// The name of its folder.
  let name: String
  /// The SHA-256 of its files, by their paths in the folder.
  let hashes: [String: String]
  /// The styles that a prompt can name.
  let styles: [String]
  /// How pictures are sampled.
  let settings: SamplingSettings
  /// The width and height of its pictures.
  let nativeSide: Int
  /// Says which texts are alike, and what names its weights.
  let textEncoder: (encoder: TextEncoder, identity: String)
  /// Whether it says what pictures show, too.
  let isOfPairs: Bool
  /// A text as the model can be asked for it.
  let prompt: (_ text: String) -> String
  /// What is asked for where a picture is to be drawn again.
  let caption: (_ record: ImageFolder.Record) -> String
  /// Makes a picture for each prompt, each of its own seed.
  let images:
    (
      _ prompts: [String], _ seeds: [UInt64], _ onStep: (SamplingStep) throws -> Void
    ) throws -> [Image]

  /// A model that draws.
  init(_ folder: ModelFolder, _ model: TextToImageModel) throws {
    name = folder.name
    hashes = try folder.hashes()
    let about = folder.index.about
    (styles, settings) = (about.styles, about.settings)
    nativeSide = model.nativeSide
    textEncoder = (model.textEncoder, hashes["text_encoder/model.safetensors"] ?? "")
    isOfPairs = false
    prompt = { $0 }
    caption = \.text
    images = { try model.images(for: $0, seeds: $1, settings: about.settings, onStep: $2) }
  }

  /// A model that draws and describes, which is asked for names, without the words that it does not
  /// know.
  ///
  /// - Parameters:
  ///   - folder: The model.
  ///   - encoder: The folder of the text encoder that says which texts are alike.
  /// - Throws: ``ModelError``, or what is wrong with a file.
  init(_ folder: PairModelFolder, textEncoder encoder: URL) throws {
    let model = try PairModel(folder)
    name = folder.name
    hashes = try folder.hashes()
    styles = folder.index.about.styles ?? []
    settings = folder.index.about.settings
    nativeSide = model.nativeSide
    textEncoder = (
      try TextEncoder(folder: encoder),
      try TrainingIdentity.hash(of: TextEncoder.files(in: encoder))
    )
    isOfPairs = true
    prompt = { model.tokenizer.readable($0) }
    caption = { model.tokenizer.readable($0.name ?? $0.text) }
    images = { prompts, seeds, onStep in
      try model.images(
        for: prompts, seeds: seeds, settings: folder.index.about.settings, onStep: onStep)
    }
  }
}
