internal import Diffusion
internal import Foundation

extension Generate {
  /// What pictures are wanted.
  public struct Request: Codable, Sendable, Hashable {
    /// The version of this layout.
    public static let currentVersion = 1

    /// The version of the layout that the request is written in.
    public let version: Int
    /// The model's name, or the path of its folder.
    public let model: String
    /// The prompts; the empty one asks for any picture.
    public let prompts: [String]
    /// The number of pictures for each prompt, 1 … 10,000.
    public let count: Int
    /// The seed of the first picture; each next one has the next seed.
    public let seed: UInt64
    /// The number of steps, 1 … 1,000; the model's own if not given.
    public let steps: Int?
    /// The guidance scale, 0 … 100, where 1 is off; the model's own if not given.
    public let guidance: Double?
    /// What the pictures are guided away from; the model's own if not given.
    public let negative: String?
    /// The sampler's name; the model's own if not given.
    public let sampler: String?
    /// The width and height in pixels, 16 … 4,096; the model's own if not given.
    ///
    /// What a model cannot draw at that size is resampled from its own by Lanczos' kernel.
    public let size: PictureSize?
    /// The name of the spacing of a chain's timesteps; the model's own if not given.
    public let spacing: String?
    /// How much of the deviation that guidance adds is taken away again, 0 … 1; the model's own if
    /// not given.
    public let guidanceRescale: Double?
    /// How many of the last layers of CLIP's text encoders are left out, 0 … 100; the model's own
    /// if not given.
    public let clipSkip: Int?
    /// What steers the pictures besides the prompt, for Stable Diffusion; nothing if not given.
    public let controls: [Control]?
    /// What changes the model's weights; for Stable Diffusion.
    public let loras: [Adapter]?
    /// The paths of words with vectors of their own (textual inversion); for Stable Diffusion.
    public let embeddings: [String]?
    /// How the signs of prompts are read, for Stable Diffusion; plainly if not given.
    public let syntax: PromptSyntax?

    /// Describes pictures.
    ///
    /// - Parameters:
    ///   - prompts: The prompts, at least one.
    ///   - model: The model's name, or the path of its folder.
    ///   - count: The number of pictures for each prompt, 1 … 10,000.
    ///   - seed: The seed of the first picture; drawn below 2³² if not given.
    ///   - options: How the pictures are made.
    /// - Throws: ``GenerateError``, or a `CatalogError` that names the samplers most alike.
    public init(
      prompts: [String], model: String = "inkwell-emoji", count: Int = 1, seed: UInt64? = nil,
      options: Options = Options()
    ) throws {
      version = Self.currentVersion
      self.model = model
      self.prompts = prompts
      self.count = count
      self.seed = seed ?? UInt64(UInt32.random(in: .min ... .max))
      steps = options.steps
      guidance = options.guidance
      negative = options.negative
      sampler = options.sampler
      size = options.size
      spacing = options.spacing
      guidanceRescale = options.guidanceRescale
      clipSkip = options.clipSkip
      controls = options.controls
      loras = options.loras
      embeddings = options.embeddings
      syntax = options.syntax
      try validate()
    }

    /// Reads a request; only the prompts must be there.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      let version = try keys.decodeIfPresent(Int.self, forKey: .version) ?? Self.currentVersion
      guard version == Self.currentVersion else {
        throw GenerateError.version(expected: Self.currentVersion, found: version)
      }
      var options = Options(
        steps: try keys.decodeIfPresent(Int.self, forKey: .steps),
        guidance: try keys.decodeIfPresent(Double.self, forKey: .guidance),
        negative: try keys.decodeIfPresent(String.self, forKey: .negative),
        sampler: try keys.decodeIfPresent(String.self, forKey: .sampler),
        size: try keys.decodeIfPresent(PictureSize.self, forKey: .size))
      options.spacing = try keys.decodeIfPresent(String.self, forKey: .spacing)
      options.guidanceRescale = try keys.decodeIfPresent(Double.self, forKey: .guidanceRescale)
      options.clipSkip = try keys.decodeIfPresent(Int.self, forKey: .clipSkip)
      options.controls = try keys.decodeIfPresent([Control].self, forKey: .controls)
      options.loras = try keys.decodeIfPresent([Adapter].self, forKey: .loras)
      options.embeddings = try keys.decodeIfPresent([String].self, forKey: .embeddings)
      options.syntax = try keys.decodeIfPresent(PromptSyntax.self, forKey: .syntax)
      try self.init(
        prompts: keys.decode([String].self, forKey: .prompts),
        model: keys.decodeIfPresent(String.self, forKey: .model) ?? "inkwell-emoji",
        count: keys.decodeIfPresent(Int.self, forKey: .count) ?? 1,
        seed: keys.decodeIfPresent(UInt64.self, forKey: .seed), options: options)
    }
  }

  /// How pictures are made; what is not given is the model's own.
  public struct Options: Sendable, Hashable {
    /// The number of steps, 1 … 1,000.
    public var steps: Int?
    /// The guidance scale, 0 … 100; 1 is off.
    public var guidance: Double?
    /// What the pictures are guided away from.
    public var negative: String?
    /// The sampler's name.
    public var sampler: String?
    /// The width and height in pixels, 16 … 4,096.
    public var size: PictureSize?
    /// The name of the spacing of a chain's timesteps.
    public var spacing: String?
    /// How much of the deviation that guidance adds is taken away again, 0 … 1.
    public var guidanceRescale: Double?
    /// How many of the last layers of CLIP's text encoders are left out, 0 … 100.
    public var clipSkip: Int?
    /// What steers the pictures besides the prompt.
    public var controls: [Control]?
    /// What changes the model's weights.
    public var loras: [Adapter]?
    /// The paths of words with vectors of their own.
    public var embeddings: [String]?
    /// How the signs of prompts are read.
    public var syntax: PromptSyntax?

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
  }
}

extension Generate.Request: PictureRequest {
  /// None: the first task's pictures do not name it.
  public static var task: String? { nil }

  /// What a picture is asked to show is its prompt.
  public static var subject: String { "prompt" }

  /// The number of pictures.
  public var total: Int { prompts.count * count }

  /// The prompt of a picture, counted from 0: all pictures of a prompt, then those of the next.
  public func prompt(of index: Int) -> String { prompts[index / count] }

  /// The prompt of a picture.
  public func subject(of index: Int) -> String { prompt(of: index) }

  /// The settings as AUTOMATIC1111's program writes them, which many others read.
  public func parameters(files: [String: String], program: String) -> String {
    let adapters = (loras ?? []).map { " <lora:\($0.name):\($0.weight)>" }.joined()
    var lines = prompts.map { $0 + adapters }
    if let negative, !negative.isEmpty { lines.append("Negative prompt: \(negative)") }
    let network = files.keys.filter { $0.hasPrefix("transformer/") || $0.hasPrefix("unet/") }
      .filter { !$0.hasSuffix(".json") }.min()
    let hash = network.flatMap { files[$0] } ?? ""
    lines.append(
      parameterLine([
        ("Steps", steps.map { "\($0)" }), ("Sampler", sampler),
        ("CFG scale", guidance.map { "\($0)" }), ("Seed", "\(seed)"),
        ("Clip skip", clipSkip.map { "\($0 + 1)" }), ("Schedule type", spacing),
        ("CFG Rescale", guidanceRescale.map { "\($0)" }),
        ("Size", size.map { "\($0.width)x\($0.height)" }), ("Model hash", String(hash.prefix(10))),
        ("Model", model), ("Version", program),
      ]))
    return lines.joined(separator: "\n")
  }

  /// The request for one of the pictures, with nothing left to the model.
  func request(
    of index: Int, model: String, settings: SamplingSettings, size: PictureSize
  ) throws -> Self {
    var options = Generate.Options(settings, size: size)
    options.controls = controls
    options.loras = loras
    options.embeddings = embeddings
    return try Self(
      prompts: [prompt(of: index)], model: model, seed: seed(of: index), options: options)
  }

  /// The model's settings, but for what the request asks for.
  func settings(over model: SamplingSettings) -> SamplingSettings {
    var settings = SamplingSettings(
      steps: steps ?? model.steps, guidance: guidance ?? model.guidance,
      negative: negative ?? model.negative, sampler: sampler ?? model.sampler)
    settings.spacing = spacing ?? model.spacing
    settings.guidanceRescale = guidanceRescale ?? model.guidanceRescale
    settings.clipSkip = clipSkip ?? model.clipSkip
    settings.syntax = syntax ?? model.syntax
    return settings
  }

  private func validate() throws {
    guard !prompts.isEmpty else { throw GenerateError.noPrompts }
    guard !model.isEmpty else { throw GenerateError.value("model", expected: "a name", found: "") }
    for (name, text) in prompts.map({ ("prompt", $0) }) + [("negative", negative ?? "")]
    where text.unicodeScalars.contains("\0") {
      throw GenerateError.value(
        name, expected: "a text without U+0000", found: text.debugDescription)
    }
    try check("count", count, in: 1...10_000)
    try check("steps", steps, in: 1...1000)
    try check("guidance", guidance, in: 0...100)
    try check("guidance rescale", guidanceRescale, in: 0...1)
    try check("clip skip", clipSkip, in: 0...100)
    for control in controls ?? [] { try check("control scale", control.scale, in: 0...10) }
    for lora in loras ?? [] { try check("weight of a LoRA", lora.weight, in: -10...10) }
    try size?.validate()
    if let sampler { _ = try Samplers.named(sampler) }
    if let spacing { _ = try Spacings.named(spacing) }
  }

  private func check<Number: Comparable>(
    _ name: String, _ value: Number?, in range: ClosedRange<Number>
  ) throws(GenerateError) {
    guard let value, !range.contains(value) else { return }
    throw .value(
      name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(value)")
  }
}

extension Generate.Options {
  /// All of a model's settings.
  init(_ settings: SamplingSettings, size: PictureSize? = nil) {
    self.init(
      steps: settings.steps, guidance: settings.guidance, negative: settings.negative,
      sampler: settings.sampler, size: size)
    spacing = settings.spacing
    guidanceRescale = settings.guidanceRescale
    clipSkip = settings.clipSkip
    syntax = settings.syntax
  }
}

extension SamplingSettings {
  /// Throws what a request with these settings would.
  func validate() throws {
    _ = try Generate.Request(prompts: [""], options: Generate.Options(self))
  }
}
