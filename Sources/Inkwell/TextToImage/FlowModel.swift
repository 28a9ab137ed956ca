internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

/// A small model of a flow, which draws at one size and reads words alone.
protocol FlowModel: PromptedModel {
  /// The flow.
  var schedule: FlowSchedule { get }
  /// The channels of the latents, and their width and height.
  var latents: (channels: Int, side: Int) { get }
}

extension FlowModel {
  /// The width and height of the pictures it was trained for.
  var nativeSide: Int { latents.side * autoencoder.configuration.reduction }

  var nativeSize: PictureSize { PictureSize(square: nativeSide) }

  /// It is small, and stays as it is.
  var parts: ResidentParts { ResidentParts() }

  var purpose: ModelPurpose { .drawing }

  var enlarging: EnlargingNoise? { nil }

  var drawsAnySize: Bool { false }

  /// Makes a picture for each prompt.
  ///
  /// - Parameters:
  ///   - prompts: The prompts.
  ///   - seeds: A seed for each prompt; the picture depends on its own only.
  ///   - settings: How to sample.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The pictures.
  /// - Throws: What is wrong with the settings or a prompt, or what `onStep` throws.
  func images(
    for prompts: [String], seeds: [UInt64], settings: SamplingSettings,
    onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> [Image] {
    func encoded(_ text: String) throws -> Prompt { try encode(text, as: .prompt, settings).prompt }
    let batch = PromptedBatch(
      prompts: try prompts.map(encoded), negative: try encoded(settings.negative), seeds: seeds,
      drawing: Drawing(settings: settings, size: nativeSize))
    return try images(batch, onStep: onStep)
  }

  /// A picture of each prompt, with the seeds from 0 on.
  func sheet(of prompts: [String], side: Int) throws -> Image {
    let cells = try prompts.enumerated().map { index, prompt in
      let images = try images(
        for: [prompt], seeds: [UInt64(index)], settings: SamplingSettings())
      return ContactSheet.Cell(images[0], label: prompt)
    }
    return try ContactSheet(columns: 8, side: side)(cells)
  }

  /// Its own size, whose positions the network learned.
  func drawnSize(_ wanted: PictureSize) throws -> PictureSize {
    guard wanted.isSquare else {
      throw GenerateError.value(
        "size", expected: "a square, which is all that this model draws",
        found: wanted.description)
    }
    return nativeSize
  }

  /// Refuses settings for prompts that CLIP reads.
  static func checkPlain(_ settings: SamplingSettings) throws(GenerateError) {
    guard settings.clipSkip == nil else {
      throw .unknownSetting("clip skip", of: "a model without CLIP")
    }
    guard settings.syntax ?? .plain == .plain else {
      throw .unknownSetting("syntax", of: "a model without CLIP")
    }
  }

  func blended(
    _ prompt: Prompt, with others: [(prompt: Prompt, weight: Double)],
    by blending: Generate.Blending
  ) throws -> Prompt {
    guard others.isEmpty else {
      throw GenerateError.unknownSetting("blend", of: "a model without CLIP")
    }
    return prompt
  }

  func guide(_ control: Generate.Control, size: PictureSize) throws -> ControlGuide {
    throw GenerateError.unknownSetting("control", of: "a model without ControlNets")
  }

  func imageGuides(
    _ prompts: [Generate.ImagePrompt], size: PictureSize
  ) throws -> [ImageGuide] {
    guard prompts.isEmpty else {
      throw GenerateError.unknownSetting("image prompt", of: "a model without IP-Adapters")
    }
    return []
  }

  func plan(_ settings: SamplingSettings) throws -> SamplingPlan {
    guard settings.spacing == nil else {
      throw GenerateError.unknownSetting("spacing", of: "a model of a flow")
    }
    return SamplingPlan(
      sampler: try Samplers.named(settings.sampler), schedule: schedule,
      levels: try schedule.levels(settings.steps))
  }

  func latentShape(_ size: PictureSize) -> [Int] {
    [latents.channels, latents.side, latents.side]
  }

  /// The pictures of scaled latents, `[batch, channels, height, width]`.
  func pictures(_ latents: Tensor) throws -> [Image] { try autoencoder.decoded(latents) }
}
