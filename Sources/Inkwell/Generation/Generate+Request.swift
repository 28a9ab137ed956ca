internal import Diffusion
internal import Foundation

extension Generate {
  /// What pictures are wanted.
  ///
  /// What its ``options`` say can be read from the request itself, and stands beside the rest in
  /// JSON.
  @dynamicMemberLookup
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
    /// How the pictures are made.
    public let options: Options

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
      self.options = options
      try validate()
    }

    private enum CodingKeys: CodingKey {
      case version, model, prompts, count, seed
    }

    /// Reads a request; only the prompts must be there.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      let version = try keys.decodeIfPresent(Int.self, forKey: .version) ?? Self.currentVersion
      guard version == Self.currentVersion else {
        throw GenerateError.version(expected: Self.currentVersion, found: version)
      }
      try self.init(
        prompts: keys.decode([String].self, forKey: .prompts),
        model: keys.decodeIfPresent(String.self, forKey: .model) ?? "inkwell-emoji",
        count: keys.decodeIfPresent(Int.self, forKey: .count) ?? 1,
        seed: keys.decodeIfPresent(UInt64.self, forKey: .seed), options: Options(from: decoder))
    }

    /// Writes the request, with its options beside the rest.
    public func encode(to encoder: any Encoder) throws {
      try options.encode(to: encoder)
      var keys = encoder.container(keyedBy: CodingKeys.self)
      try keys.encode(version, forKey: .version)
      try keys.encode(model, forKey: .model)
      try keys.encode(prompts, forKey: .prompts)
      try keys.encode(count, forKey: .count)
      try keys.encode(seed, forKey: .seed)
    }

    /// What the options say.
    public subscript<Value>(dynamicMember option: KeyPath<Options, Value>) -> Value {
      options[keyPath: option]
    }

    private func validate() throws {
      guard !prompts.isEmpty else { throw GenerateError.noPrompts }
      guard !model.isEmpty else {
        throw GenerateError.value("model", expected: "a name", found: "")
      }
      try GenerateError.check("count", count, in: 1...10_000)
      for prompt in prompts { try GenerateError.check("prompt", prompt) }
      try options.validate()
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
    let adapters = (options.loras ?? []).map { " <lora:\($0.name):\($0.weight)>" }.joined()
    var lines = prompts.map { $0 + adapters }
    if let negative = options.negative, !negative.isEmpty {
      lines.append("Negative prompt: \(negative)")
    }
    let network = files.keys.filter { $0.hasPrefix("transformer/") || $0.hasPrefix("unet/") }
      .filter { !$0.hasSuffix(".json") }.min()
    let hash = network.flatMap { files[$0] } ?? ""
    lines.append(
      parameterLine([
        ("Steps", options.steps.map { "\($0)" }), ("Sampler", options.sampler),
        ("CFG scale", options.guidance.map { "\($0)" }), ("Seed", "\(seed)"),
        ("Clip skip", options.clipSkip.map { "\($0 + 1)" }), ("Schedule type", options.spacing),
        ("CFG Rescale", options.guidanceRescale.map { "\($0)" }),
        ("Denoising strength", options.hires.map { "\($0.strength)" }),
        (
          "Hires \(options.hires?.target.isFactor == true ? "upscale" : "resize")",
          options.hires.map { "\($0.target)" }
        ),
        ("Hires upscaler", options.hires.map { $0.enlarged == .latents ? "Latent" : "Lanczos" }),
        ("Refiner", options.refiner?.model),
        ("Refiner switch at", options.refiner.map { "\($0.from)" }),
        ("Latent upscaler", options.upscaler?.model),
        ("Tiling", options.tile == .both ? "True" : nil),
        ("Size", options.size.map { "\($0.width)x\($0.height)" }),
        ("Model hash", String(hash.prefix(10))), ("Model", model), ("Version", program),
      ]))
    return lines.joined(separator: "\n")
  }

  /// The request for one of the pictures, with nothing left to the model.
  func request(
    of index: Int, model: String, settings: SamplingSettings, size: PictureSize
  ) throws -> Self {
    var options = options
    options.take(settings)
    options.size = size
    return try Self(
      prompts: [prompt(of: index)], model: model, seed: seed(of: index), options: options)
  }
}
