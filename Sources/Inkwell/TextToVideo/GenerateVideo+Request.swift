internal import Checkpoints
internal import Diffusion
internal import Foundation

extension GenerateVideo {
  /// What a clip is made of beside its prompt.
  public enum Source: Codable, Sendable, Hashable {
    /// Nothing.
    case words
    /// Pictures that it begins and ends with, one of them or both.
    case ends(first: String?, last: String?)
    /// A clip that it goes on with, or that it leads up to.
    case extend(clip: String, backward: Bool)
    /// A clip whose motion it keeps, and how far it goes from it: above 0 up to 1.
    case remix(clip: String, strength: Double)
    /// A clip that it shows at twice the rate.
    case between(clip: String)

    /// The files that are read.
    var files: [String] {
      switch self {
      case .words: []
      case .ends(let first, let last): [first, last].compactMap { $0 }
      case .extend(let clip, _), .remix(let clip, _), .between(let clip): [clip]
      }
    }
  }

  /// How a clip is made; what is not given is the model's own.
  public struct Options: Codable, Sendable, Hashable {
    /// The number of steps, 1 … 1,000.
    public var steps: Int?
    /// The guidance scale, 0 … 100; 1 is off.
    public var guidance: Double?
    /// What the clip is guided away from.
    public var negative: String?
    /// The sampler's name.
    public var sampler: String?

    /// Describes how a clip is made.
    public init(
      steps: Int? = nil, guidance: Double? = nil, negative: String? = nil, sampler: String? = nil
    ) {
      self.steps = steps
      self.guidance = guidance
      self.negative = negative
      self.sampler = sampler
    }

    /// The model's settings, but for what is given.
    func settings(over model: SamplingSettings) -> SamplingSettings {
      SamplingSettings(
        steps: steps ?? model.steps, guidance: guidance ?? model.guidance,
        negative: negative ?? model.negative, sampler: sampler ?? model.sampler)
    }
  }

  /// Which clip is wanted.
  public struct Request: ClipRequest {
    /// The task, as a clip's file names it.
    public static let task = "video"
    /// The version of this layout.
    public static let currentVersion = 1

    /// The version of the layout that the request is written in.
    public let version: Int
    /// The model's name, or the path of its folder.
    public let model: String
    /// What is shown; the empty prompt asks for anything.
    public let prompt: String
    /// What the clip's noise depends on.
    public let seed: UInt64
    /// What the clip is made of beside the prompt.
    public let source: Source
    /// How the clip is made.
    public let options: Options

    /// Describes a clip.
    ///
    /// - Parameters:
    ///   - prompt: What is shown.
    ///   - model: The model's name, or the path of its folder.
    ///   - seed: What the noise depends on; drawn below 2³² if not given.
    ///   - source: What the clip is made of besides.
    ///   - options: How the clip is made.
    /// - Throws: ``GenerateError``, or a `CatalogError` that names the samplers most alike.
    public init(
      prompt: String, model: String = "inkwell-sprites", seed: UInt64? = nil,
      source: Source = .words, options: Options = Options()
    ) throws {
      version = Self.currentVersion
      self.model = model
      self.prompt = prompt
      self.seed = seed ?? UInt64(UInt32.random(in: .min ... .max))
      self.source = source
      self.options = options
      try validate()
    }

    /// Reads a request; only the prompt must be there.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      let version = try keys.decodeIfPresent(Int.self, forKey: .version) ?? Self.currentVersion
      guard version == Self.currentVersion else {
        throw GenerateError.version(expected: Self.currentVersion, found: version)
      }
      try self.init(
        prompt: keys.decode(String.self, forKey: .prompt),
        model: keys.decodeIfPresent(String.self, forKey: .model) ?? "inkwell-sprites",
        seed: keys.decodeIfPresent(UInt64.self, forKey: .seed),
        source: keys.decodeIfPresent(Source.self, forKey: .source) ?? .words,
        options: keys.decodeIfPresent(Options.self, forKey: .options) ?? Options())
    }
  }
}

extension GenerateVideo.Request {
  private func validate() throws {
    guard !model.isEmpty else {
      throw GenerateError.value("model", expected: "a name", found: "")
    }
    try GenerateError.check("prompt", prompt)
    if let negative = options.negative { try GenerateError.check("negative", negative) }
    if let steps = options.steps { try GenerateError.check("steps", steps, in: 1...1000) }
    if let guidance = options.guidance {
      try GenerateError.check("guidance", guidance, in: 0...100)
    }
    if let sampler = options.sampler { _ = try Samplers.named(sampler) }
    switch source {
    case .ends(nil, nil):
      throw GenerateError.value(
        "source", expected: "a first or a last picture", found: "none")
    case .remix(_, let strength) where !(strength > 0 && strength <= 1):
      throw GenerateError.value(
        "strength", expected: "above 0 up to 1", found: "\(strength)")
    case .words, .ends, .extend, .remix, .between: break
    }
    for file in source.files where file.isEmpty {
      throw GenerateError.value("source", expected: "the path of a file", found: "")
    }
  }

  /// The same request of another model.
  public func with(model: String) throws -> Self {
    try Self(prompt: prompt, model: model, seed: seed, source: source, options: options)
  }

  /// The request with nothing left to the model.
  func settled(by folder: VideoModelFolder) throws -> Self {
    let settings = options.settings(over: folder.index.about.settings)
    return try Self(
      prompt: prompt, model: model, seed: seed, source: source,
      options: GenerateVideo.Options(
        steps: settings.steps, guidance: settings.guidance, negative: settings.negative,
        sampler: settings.sampler))
  }

  /// The SHA-256 of every file that the clip is made of, by its path.
  func inputHashes() throws -> [String: String] {
    try Dictionary(
      source.files.map { ($0, try FileHash.sha256(of: URL(filePath: $0))) },
      uniquingKeysWith: { first, _ in first })
  }
}
