internal import Diffusion
internal import Foundation
internal import Models

extension Generate {
  /// How pictures are made; what is not given is the model's own.
  public struct Options: Codable, Sendable, Hashable {
    /// The number of steps, 1 … 1,000.
    public var steps: Int?
    /// The guidance scale, 0 … 100; 1 is off.
    public var guidance: Double?
    /// What the pictures are guided away from.
    public var negative: String?
    /// The sampler's name.
    public var sampler: String?
    /// The width and height in pixels, 16 … 8,192.
    ///
    /// What a model cannot draw at that size is resampled from its own by Lanczos' kernel.
    public var size: PictureSize?
    /// The name of the spacing of a chain's timesteps.
    public var spacing: String?
    /// How much of the deviation that guidance adds is taken away again, 0 … 1.
    public var guidanceRescale: Double?
    /// The share of the steps before which guidance is off, 0 … 1; 0 if not given.
    public var guidanceStart: Double?
    /// The share of the steps after which guidance is off, 0 … 1; 1 if not given.
    public var guidanceEnd: Double?
    /// How many of the last layers of CLIP's text encoders are left out, 0 … 100.
    public var clipSkip: Int?
    /// What steers the pictures besides the prompt, for Stable Diffusion; nothing if not given.
    public var controls: [Control]?
    /// Pictures that are drawn after as prompts are; for Stable Diffusion.
    public var imagePrompts: [ImagePrompt]?
    /// What changes the model's weights; for Stable Diffusion.
    public var loras: [Adapter]?
    /// The paths of words with vectors of their own (textual inversion); for Stable Diffusion.
    public var embeddings: [String]?
    /// The path of what takes the place of the model's autoencoder, a folder or a file; for Stable
    /// Diffusion.
    public var vae: String?
    /// The paths of what takes the places of the model's text encoders, from the first on; for
    /// Stable Diffusion.
    public var textEncoders: [String]?
    /// How the signs of prompts are read, for Stable Diffusion; plainly if not given.
    public var syntax: PromptSyntax?
    /// The size in pixels of the overlapping windows that are drawn at a time, for Stable
    /// Diffusion; the whole picture if not given.
    public var window: PictureSize?
    /// What the denoiser and the autoencoder compute with; ``Precision/float32`` if not given.
    public var precision: Precision?
    /// Which steps compute all of the denoiser; if not given, the model's own choice where it has
    /// one and its sampler and steps are taken, and every step otherwise.
    public var cache: StepCache?
    /// The share of the finest tokens that are merged into others while they attend to one another.
    ///
    /// Above 0 up to 0.75, for Stable Diffusion; none if not given. Bolya and Hoffman 2023,
    /// https://arxiv.org/abs/2303.17604.
    public var mergedTokens: Double?
    /// How the picture is drawn again at a larger size, for Stable Diffusion; not if not given.
    public var hires: SecondPass?
    /// What makes the last steps, for Stable Diffusion; the model itself if not given.
    public var refiner: Refiner?
    /// What enlarges the latents before they are decoded, for Stable Diffusion; nothing if not
    /// given.
    public var upscaler: Upscaler?
    /// What the prompt is mixed with, for Stable Diffusion; nothing if not given.
    public var blends: [Blend]?
    /// How it is mixed; by ``Blending/linear`` if not given.
    public var blending: Blending?
    /// Which edges of the pictures meet, for Stable Diffusion; none if not given.
    public var tile: Tile?

    /// Describes how pictures are made.
    public init(
      steps: Int? = nil, guidance: Double? = nil, negative: String? = nil, sampler: String? = nil,
      size: PictureSize? = nil
    ) {
      self.steps = steps
      self.guidance = guidance
      self.negative = negative
      self.sampler = sampler
      self.size = size
    }

    /// Throws ``GenerateError`` for a value outside its range, or a `CatalogError` that names what
    /// is most alike.
    func validate() throws {
      if let negative { try GenerateError.check("negative", negative) }
      try GenerateError.check("steps", steps, in: 1...1000)
      try GenerateError.check("guidance", guidance, in: 0...100)
      try GenerateError.check("guidance rescale", guidanceRescale, in: 0...1)
      try GenerateError.check("guidance end", guidanceEnd, in: 0...1)
      try GenerateError.check("guidance start", guidanceStart, in: 0...(guidanceEnd ?? 1))
      try GenerateError.check("clip skip", clipSkip, in: 0...100)
      for control in controls ?? [] { try control.validate() }
      for prompt in imagePrompts ?? [] { try prompt.validate() }
      for lora in loras ?? [] {
        try GenerateError.check("weight of a LoRA", lora.weight, in: -10...10)
      }
      try Blend.validate(blends ?? [], blending)
      try size?.validate()
      try window?.validate(as: "window")
      try cache?.validate()
      if let share = mergedTokens, !(share > 0 && share <= TokenMerging.largestShare) {
        throw GenerateError.value(
          "merge tokens", expected: "above 0 up to \(TokenMerging.largestShare)",
          found: "\(share)")
      }
      try hires?.validate()
      try refiner?.validate()
      try upscaler?.validate()
      if let sampler { _ = try Samplers.named(sampler) }
      if let spacing { _ = try Spacings.named(spacing) }
    }

    /// Takes all of a model's settings.
    mutating func take(_ settings: SamplingSettings) {
      steps = settings.steps
      guidance = settings.guidance
      negative = settings.negative
      sampler = settings.sampler
      spacing = settings.spacing
      guidanceRescale = settings.guidanceRescale
      guidanceStart = settings.guidanceStart
      guidanceEnd = settings.guidanceEnd
      clipSkip = settings.clipSkip
      syntax = settings.syntax
      cache = settings.cache
    }

    /// The model's settings, but for what is given.
    func settings(over model: SamplingSettings) -> SamplingSettings {
      var settings = SamplingSettings(
        steps: steps ?? model.steps, guidance: guidance ?? model.guidance,
        negative: negative ?? model.negative, sampler: sampler ?? model.sampler)
      settings.spacing = spacing ?? model.spacing
      settings.guidanceRescale = guidanceRescale ?? model.guidanceRescale
      settings.guidanceStart = guidanceStart ?? model.guidanceStart
      settings.guidanceEnd = guidanceEnd ?? model.guidanceEnd
      settings.clipSkip = clipSkip ?? model.clipSkip
      settings.syntax = syntax ?? model.syntax
      settings.cache = cache ?? (steps == nil && sampler == nil ? model.cache : nil)
      return settings
    }
  }
}

extension Generate.Options {
  /// The paths of the files that a picture depends on beside the model's, by what they are for.
  var inputs: [String: String] {
    get throws {
      var files = try (controls ?? []).enumerated().reduce(into: [:]) { files, control in
        try files.merge(control.element.files(number: control.offset + 1)) { $1 }
      }
      for (index, prompt) in (imagePrompts ?? []).enumerated() {
        files.merge(try prompt.files(number: index + 1)) { $1 }
      }
      for (kind, paths) in [("lora", loras?.map(\.path)), ("embedding", embeddings)] {
        for (index, path) in (paths ?? []).enumerated() { files["\(kind) \(index + 1)"] = path }
      }
      for companion in [refiner?.companion, upscaler?.companion] {
        if let companion { try files.merge(companion.files) { $1 } }
      }
      if let vae { try files.merge(SwappedPart(path: vae).files("vae")) { $1 } }
      for (index, path) in (textEncoders ?? []).enumerated() {
        try files.merge(SwappedPart(path: path).files("text encoder \(index + 1)")) { $1 }
      }
      return files
    }
  }
}

extension SamplingSettings {
  /// Throws what options with these settings would.
  func validate() throws {
    var options = Generate.Options()
    options.take(self)
    try options.validate()
  }
}

extension GenerateError {
  /// Throws for a number outside its range.
  static func check<Number: Comparable>(
    _ name: String, _ value: Number?, in range: ClosedRange<Number>
  ) throws(GenerateError) {
    guard let value, !range.contains(value) else { return }
    throw .value(
      name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(value)")
  }

  /// Throws for a text that no file can keep.
  static func check(_ name: String, _ text: String) throws(GenerateError) {
    guard text.unicodeScalars.contains("\0") else { return }
    throw .value(name, expected: "a text without U+0000", found: text.debugDescription)
  }
}
