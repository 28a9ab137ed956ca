internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Models

extension ModelWeights {
  /// What a folder in diffusers' layout has beside the weights, by the paths in it.
  ///
  /// A folder's own files are kept. For a single file they are those of its family; nothing for a
  /// file that lacks a network, which is no model.
  ///
  /// - Throws: What reading a folder's files throws.
  func description() throws -> [String: Data] {
    let networks = Set(weights.map { String($0.tensor.name.prefix { $0 != "." }) })
    let index = url.appending(path: ModelFolder.indexFile)
    if FileManager.default.fileExists(atPath: index.path(percentEncoded: false)) {
      return try ownDescription(networks)
    }
    guard family.parts.allSatisfy({ networks.contains($0.folder) }) else { return [:] }
    return try publishedDescription()
  }

  /// The files of a folder that are not weights; of networks, only of those that have weights here.
  private func ownDescription(_ networks: Set<String>) throws -> [String: Data] {
    let kept = try PipelineIndex(
      contentsOf: url.appending(path: ModelFolder.indexFile)
    ).keeping(networks)
    var files = [ModelFolder.indexFile: try configurationData(kept)]
    for folder in kept.parts {
      let place = url.appending(path: folder)
      let names = try FileManager.default.contentsOfDirectory(
        atPath: place.path(percentEncoded: false))
      for name in names.sorted() where Self.isDescription(name) {
        files["\(folder)/\(name)"] = try Data(contentsOf: place.appending(path: name))
      }
    }
    return files
  }

  /// Whether a file of a part describes it, and is not an index of files of weights.
  private static func isDescription(_ name: String) -> Bool {
    (name.hasSuffix(".json") || name.hasSuffix(".txt")) && !name.contains(".index.")
  }

  private func publishedDescription() throws -> [String: Data] {
    let scheduler = try scheduler
    var files = [
      "unet/config.json": try NamedConfiguration(
        "UNet2DConditionModel", unetConfiguration
      ).file,
      "vae/config.json": try NamedConfiguration(
        "AutoencoderKL", family.autoencoderConfiguration
      ).file,
      ModelFolder.schedulerFile: try configurationData(scheduler),
    ]
    var parts = [
      "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
      "scheduler": ["diffusers", scheduler.className],
    ]
    for (encoder, sizes) in zip(family.textEncoders, family.details.textEncoders) {
      let kind =
        encoder.outline.hasProjection ? "CLIPTextModelWithProjection" : "CLIPTextModel"
      let tokenizer = StableDiffusionFolder.tokenizer(of: encoder.folder)
      parts[encoder.folder] = ["transformers", kind]
      parts[tokenizer] = ["transformers", "CLIPTokenizer"]
      files["\(encoder.folder)/config.json"] = try configurationData(
        TextEncoderFile(sizes: sizes, kind: kind))
      // OpenCLIP's encoders were trained with `!` after the end of a text.
      let own =
        sizes.hiddenAct == .quickGELU
        ? try CLIPTokenizer.publishedFiles() : try CLIPTokenizer.publishedFiles(padding: "!")
      for (name, data) in own { files["\(tokenizer)/\(name)"] = data }
    }
    if family.isEnlarger {
      parts["low_res_scheduler"] = ["diffusers", "DDPMScheduler"]
      files["low_res_scheduler/scheduler_config.json"] = try configurationData(
        PublishedScheduler.ofSmallPictures)
    }
    files[ModelFolder.indexFile] = try configurationData(
      PipelineIndex(family, inputs: inputs, isContinuous: isContinuous, parts: parts))
    return files
  }
}

/// transformers' `config.json` of a text encoder.
private struct TextEncoderFile: Encodable {
  let sizes: CLIPTextConfiguration
  let kind: String

  private enum CodingKeys: String, CodingKey {
    case kind = "architectures"
    case modelType = "model_type"
    case start = "bos_token_id"
  }

  func encode(to encoder: any Encoder) throws {
    try sizes.encode(to: encoder)
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode([kind], forKey: .kind)
    try keys.encode("clip_text_model", forKey: .modelType)
    try keys.encode(sizes.vocabSize - 2, forKey: .start)
  }
}
