internal import Models

/// The `model_index.json` of a Stable Diffusion pipeline, as far as pictures depend on it.
struct StableDiffusionIndex: Decodable, Sendable, Hashable {
  /// diffusers' class of the pipeline.
  let pipeline: String
  /// The library and the class of every part; nulls for one that is not there.
  let textEncoder: [String?]?
  let textEncoder2: [String?]?
  /// Whether no negative prompt means zeros, not the states of an empty text (SDXL).
  let forcesZeros: Bool?
  /// Whether the denoiser is told how beautiful the picture is to be (SDXL's refiner).
  let hasAestheticScore: Bool?
  /// The noisiest timestep that a model which enlarges was told.
  let maxNoiseLevel: Int?
  /// Whether a model that edits sees the picture's latents as it sees its own, scaled.
  let isCosXLEdit: Bool?

  enum CodingKeys: String, CodingKey {
    case pipeline = "_class_name"
    case textEncoder = "text_encoder"
    case textEncoder2 = "text_encoder_2"
    case forcesZeros = "force_zeros_for_empty_prompt"
    case hasAestheticScore = "requires_aesthetics_score"
    case maxNoiseLevel = "max_noise_level"
    case isCosXLEdit = "is_cosxl_edit"
  }

  /// The pipelines whose models make pictures of prompts.
  static let pipelines = [
    "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline",
    "StableDiffusionInpaintPipeline", "LatentConsistencyModelPipeline",
    "StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline",
    "StableDiffusionXLInpaintPipeline", "StableDiffusionInstructPix2PixPipeline",
    "StableDiffusionXLInstructPix2PixPipeline", "StableDiffusionDepth2ImgPipeline",
    "StableDiffusionUpscalePipeline", latentUpscaler,
  ]

  /// The pipeline of a model that enlarges latents.
  static let latentUpscaler = "StableDiffusionLatentUpscalePipeline"

  /// Whether it is one of a model that enlarges latents.
  var isEnlargingLatents: Bool { pipeline == Self.latentUpscaler }

  /// Whether it is one of a model that enlarges.
  var isEnlarging: Bool { pipeline == "StableDiffusionUpscalePipeline" }

  /// Whether it is one of SDXL.
  var isXL: Bool { pipeline.hasPrefix("StableDiffusionXL") }

  /// Which of the text encoders' states the denoiser attends to.
  var layer: ConditioningLayer {
    if isEnlargingLatents { return ConditioningLayer(skipped: 0, isNormalized: false) }
    return isXL ? .penultimate : .last
  }

  /// Whether the text encoder in a folder has a projection.
  func projects(_ encoder: String) -> Bool { isXL && encoder == "text_encoder_2" }

  /// The folders of the text encoders, in the order in which their states are joined.
  var encoders: [String] {
    [("text_encoder", textEncoder), ("text_encoder_2", textEncoder2)].filter { _, part in
      part?.contains { $0 != nil } ?? false
    }.map(\.0)
  }
}
