internal import Checkpoints
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
    /// Two clips with a passage between them.
    case blend(first: String, second: String)
    /// A clip of which a region is made anew: where the picture of the mask is light.
    case region(clip: String, mask: String)
    /// Prompts that follow the first one, each from a time on.
    case timeline([Beat])

    /// The files that are read.
    var files: [String] {
      switch self {
      case .words, .timeline: []
      case .blend(let first, let second): [first, second]
      case .region(let clip, let mask): [clip, mask]
      case .ends(let first, let last): [first, last].compactMap { $0 }
      case .extend(let clip, _), .remix(let clip, _), .between(let clip): [clip]
      }
    }
  }

  /// What happens from a time on.
  public struct Beat: Codable, Sendable, Hashable {
    /// The latest time of a beat, in seconds.
    public static let latest = 60.0

    /// When it begins: above 0 up to ``latest`` seconds.
    public let seconds: Double
    /// What happens.
    public let prompt: String

    /// Describes what happens from a time on.
    public init(seconds: Double, prompt: String) {
      self.seconds = seconds
      self.prompt = prompt
    }
  }

  /// Which clip is wanted.
  public struct Request: ClipRequest {
    /// The task, as a clip's file names it.
    public static let task = "video"
    /// The name of the model that comes with the program.
    public static let standardModel = "inkwell-sprites"
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
    public let options: SamplingOptions

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
      prompt: String, model: String = standardModel, seed: UInt64? = nil,
      source: Source = .words, options: SamplingOptions = SamplingOptions()
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
        model: keys.decodeIfPresent(String.self, forKey: .model) ?? Self.standardModel,
        seed: keys.decodeIfPresent(UInt64.self, forKey: .seed),
        source: keys.decodeIfPresent(Source.self, forKey: .source) ?? .words,
        options: keys.decodeIfPresent(SamplingOptions.self, forKey: .options)
          ?? SamplingOptions())
    }
  }
}

extension GenerateVideo.Request {
  private func validate() throws {
    guard !model.isEmpty else {
      throw GenerateError.value("model", expected: "a name", found: "")
    }
    try GenerateError.check("prompt", prompt)
    try options.check()
    switch source {
    case .ends(nil, nil):
      throw GenerateError.value(
        "source", expected: "a first or a last picture", found: "none")
    case .remix(_, let strength) where !(strength > 0 && strength <= 1):
      throw GenerateError.value(
        "strength", expected: "above 0 up to 1", found: "\(strength)")
    case .timeline(let beats): try Self.check(beats)
    case .words, .ends, .extend, .remix, .between, .blend, .region: break
    }
    for file in source.files where file.isEmpty {
      throw GenerateError.value("source", expected: "the path of a file", found: "")
    }
  }

  private static func check(_ beats: [GenerateVideo.Beat]) throws(GenerateError) {
    guard !beats.isEmpty else {
      throw .value("timeline", expected: "a prompt that follows, or more", found: "none")
    }
    var earliest = 0.0
    for beat in beats {
      guard beat.seconds > earliest, beat.seconds <= GenerateVideo.Beat.latest else {
        throw .value(
          "timeline",
          expected: "times after \(earliest) up to \(GenerateVideo.Beat.latest) seconds",
          found: "\(beat.seconds)")
      }
      try GenerateError.check("timeline", beat.prompt)
      earliest = beat.seconds
    }
  }

  /// The same request of another model.
  public func with(model: String) throws -> Self {
    try Self(prompt: prompt, model: model, seed: seed, source: source, options: options)
  }

  /// The request with nothing left to the model.
  func settled(by folder: VideoModelFolder) throws -> Self {
    try Self(
      prompt: prompt, model: model, seed: seed, source: source,
      options: SamplingOptions(options.over(folder.index.about.settings)))
  }

  /// The SHA-256 of every file that the clip is made of, by its path.
  func inputHashes() throws -> [String: String] {
    try Dictionary(
      source.files.map { ($0, try FileHash.sha256(of: URL(filePath: $0))) },
      uniquingKeysWith: { first, _ in first })
  }
}
