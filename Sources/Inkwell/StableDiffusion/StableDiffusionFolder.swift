internal import Checkpoints
internal import Foundation
internal import Models

/// A Stable Diffusion model on the disk, in diffusers' layout.
///
/// `model_index.json` and the folders `unet`, `vae`, `scheduler`, and a text encoder and a
/// tokenizer, or two of each. Weights may be in any precision, whole or in parts.
struct StableDiffusionFolder: PromptedModelSource {
  let url: URL
  let index: StableDiffusionIndex

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Throws: ``ModelError`` that names every file that is missing, or the pipeline that is not
  ///   run, or what is wrong with `model_index.json`.
  init(_ url: URL) throws {
    self.url = url
    let file = url.appending(path: ModelFolder.indexFile)
    index = try readConfiguration(from: file)
    guard StableDiffusionIndex.pipelines.contains(index.pipeline) else {
      throw ModelError.unsupported(
        file: file.path(percentEncoded: false), key: "_class_name",
        expected: StableDiffusionIndex.pipelines.joined(separator: " or "), found: index.pipeline)
    }
    let missing = (schedulers + networks.flatMap(Self.needed)).filter { !exists($0) }
    guard missing.isEmpty, !index.encoders.isEmpty else {
      throw ModelError.incomplete(
        folder: url.path(percentEncoded: false),
        missing: missing.isEmpty ? ["text_encoder"] : missing)
    }
  }

  static let scheduler = ModelFolder.schedulerFile

  /// The schedule of the noise on the picture that a model which enlarges sees.
  static let lowScheduler = "low_res_scheduler/scheduler_config.json"

  private var schedulers: [String] {
    [Self.scheduler] + (index.isEnlarging ? [Self.lowScheduler] : [])
  }

  /// The folders of the networks.
  private var networks: [String] { ["unet", "vae"] + index.encoders }

  /// The folder of a text encoder's tokenizer.
  static func tokenizer(of encoder: String) -> String {
    encoder.replacing("text_encoder", with: "tokenizer")
  }

  private static func needed(_ network: String) -> [String] { ["\(network)/config.json"] }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: url.appending(path: name).path(percentEncoded: false))
  }

  /// What the weights of a network are called.
  static func stem(of network: String) -> String {
    network.hasPrefix("text_encoder") ? "model" : "diffusion_pytorch_model"
  }

  var settings: SamplingSettings {
    get throws { StableDiffusionModel.settings(try scheduler, unet: try unet, isXL: index.isXL) }
  }

  var scheduler: SchedulerConfiguration {
    get throws { try SchedulerConfiguration(contentsOf: url.appending(path: Self.scheduler)) }
  }

  /// How a model that enlarges sees the picture.
  var enlarging: EnlargingNoise? {
    get throws {
      guard index.isEnlarging else { return nil }
      return try EnlargingNoise(
        SchedulerConfiguration(contentsOf: url.appending(path: Self.lowScheduler)),
        most: index.maxNoiseLevel)
    }
  }

  /// Whether a model that edits sees the latents of the picture scaled.
  ///
  /// diffusers' folders do not say it, so one that was trained on a range of noise levels, as
  /// CosXL's is, counts as one that does.
  var scalesPicture: Bool {
    get throws { try index.isCosXLEdit ?? (scheduler.range != nil) }
  }

  var enlargement: Double { index.pipeline == "StableDiffusionUpscalePipeline" ? 4 : 2 }

  var summary: String { "pictures of prompts, by a \(index.pipeline)" }

  var nativeSize: PictureSize {
    get throws {
      let latents: AutoencoderKLConfiguration = try readConfiguration(
        from: url.appending(path: "vae/config.json"))
      return StableDiffusionModel.nativeSize(try unet, latents)
    }
  }

  var byteCount: Int {
    get throws { try Self.byteCount(of: files().map { url.appending(path: $0) }) }
  }

  /// The sizes of the U-Net.
  var unet: UNet2DConditionConfiguration {
    get throws { try readConfiguration(from: url.appending(path: "unet/config.json")) }
  }

  func hashes() throws -> [String: String] {
    try Dictionary(
      uniqueKeysWithValues: files().map { ($0, try FileHash.sha256(of: url.appending(path: $0))) })
  }

  /// Every file on which a picture depends, relative to the folder.
  func files() throws -> [String] {
    var files = [ModelFolder.indexFile] + schedulers
    for network in networks {
      let weights = try weightsFiles(
        in: url.appending(path: network), named: Self.stem(of: network))
      files += ["\(network)/config.json"] + weights.map { "\(network)/\($0.lastPathComponent)" }
    }
    for encoder in index.encoders {
      let names = [
        "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json",
      ]
      files += names.map { "\(Self.tokenizer(of: encoder))/\($0)" }.filter(exists)
    }
    return files
  }

  func model(_ additions: ModelAdditions) throws -> StableDiffusionModel {
    try StableDiffusionModel(self, additions).running(additions)
  }
}
