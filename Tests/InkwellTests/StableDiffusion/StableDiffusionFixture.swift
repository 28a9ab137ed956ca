import Checkpoints
import Foundation
import Layers
import Modalities
import TestSupport
import Torch

@testable import Diffusion
@testable import Inkwell
@testable import Models

/// A picture that diffusers made, and what it was asked for.
struct ReferencePicture: Decodable, Sendable, CustomStringConvertible {
  let name: String
  /// The text of a `scheduler_config.json`.
  let scheduler: String
  let prompts: [String]
  let seeds: [UInt64]
  let steps: Int
  let guidance: Double
  let width: Int?
  let height: Int?
  let negative: [String]?
  let guidanceRescale: Double?
  let guidanceStart: Double?
  let guidanceEnd: Double?
  let clipSkip: Int?
  let strength: Double?
  let controlScales: [Double]?
  let pictureGuidance: Double?
  let noiseLevel: Int?
  let refinedFrom: Double?
  let blends: [Generate.Blend]?
  let blending: Generate.Blending?
  let tile: Generate.Tile?
  let cache: Generate.StepCache?
  let mergedTokens: Double?

  enum CodingKeys: String, CodingKey {
    case name, scheduler, prompts, seeds, steps, guidance, width, height, strength
    case blends, blending, tile, cache, mergedTokens
    case negative = "negative_prompt"
    case guidanceRescale = "guidance_rescale"
    case guidanceStart = "guidance_start"
    case guidanceEnd = "guidance_end"
    case clipSkip = "clip_skip"
    case controlScales = "controlnet_conditioning_scale"
    case pictureGuidance = "image_guidance_scale"
    case noiseLevel = "noise_level"
    case refinedFrom = "denoising_start"
  }

  var description: String { name }

  /// What the golden script asked of the pipeline of a name.
  static func all(_ pipeline: String) throws -> [ReferencePicture] {
    try JSONDecoder().decode(
      [ReferencePicture].self, from: Data(contentsOf: Golden.file("\(pipeline).json")))
  }

  var size: PictureSize { PictureSize(width: width ?? 16, height: height ?? 16) }

  /// The configuration of the scheduler, read from a file.
  func configuration(in folder: TemporaryFolder) throws -> SchedulerConfiguration {
    try SchedulerConfiguration(contentsOf: folder.write(scheduler.utf8, to: "\(name).json"))
  }

  /// The same settings here.
  func settings(_ scheduler: SchedulerConfiguration) -> SamplingSettings {
    var settings = SamplingSettings(
      steps: steps, guidance: guidance, negative: negative?.first ?? "",
      sampler: scheduler.sampler)
    settings.guidanceRescale = guidanceRescale
    settings.guidanceStart = guidanceStart
    settings.guidanceEnd = guidanceEnd
    settings.clipSkip = clipSkip
    return settings
  }
}

/// A small pipeline that the golden script saved.
enum StableDiffusionFixture {
  /// Its folder.
  static func folder(_ name: String) -> URL {
    Golden.file(name, beside: #filePath)
  }

  /// Its model with another scheduler.
  static func model(
    _ name: String, _ scheduler: SchedulerConfiguration
  ) throws -> StableDiffusionModel {
    let model = try StableDiffusionFolder(folder(name)).model()
    return StableDiffusionModel(
      unet: model.unet, autoencoder: model.autoencoder, text: model.text, scheduler: scheduler)
  }

  /// A model that is told the mask: that of `sd1`, but for the first weight of its U-Net.
  static func toldMask(
    _ plain: StableDiffusionModel, first: Tensor
  ) throws -> StableDiffusionModel {
    let folder = folder("sd1/unet")
    var sizes: UNet2DConditionConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    sizes.encoder.inChannels = 9
    let file = try Checkpoint(contentsOf: weightsFile(in: folder))
    let weights = WeightSource(names: file.names) {
      $0 == "conv_in.weight" ? first : try file.tensor($0)
    }
    let network = try ParameterStore(loading: weights, dtype: .float32).network {
      UNet2DConditionModel($0, sizes)
    }
    return StableDiffusionModel(
      unet: network, autoencoder: plain.autoencoder, text: plain.text, scheduler: plain.scheduler)
  }

  /// Writes a picture that ControlNets go by.
  static func saveControlPicture(_ name: String, to file: URL) throws {
    let pixels = try Golden("control.safetensors")[name]
    try Image(
      width: pixels.shape[1], height: pixels.shape[0], channels: .rgb,
      pixels: pixels.values(as: UInt8.self)
    ).save(to: file)
  }

  /// The bytes of pictures as the script saves them, `[batch, height, width, 3]`.
  static func bytes(_ images: [Image]) -> Tensor {
    images.map { $0.bytes.permuted(1, 2, 0) }.stacked()
  }
}

extension StableDiffusionModel {
  /// Pictures of prompts, guided away from the settings' negative one.
  func batch(
    _ prompts: [String], seeds: [UInt64], drawing: Drawing
  ) throws -> PromptedBatch<ChangingPrompt> {
    let settings = drawing.settings
    return PromptedBatch(
      prompts: try prompts.map { try encode($0, as: .prompt, settings).prompt },
      negative: try encode(settings.negative, as: .negative, settings).prompt, seeds: seeds,
      drawing: drawing)
  }
}
