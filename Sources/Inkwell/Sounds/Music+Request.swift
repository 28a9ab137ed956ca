extension Music {
  /// What to make.
  public struct Request: SeededRequest {
    /// The name of the model that comes with the program.
    public static let standardModel = "inkwell-music"

    /// How long a sound can be, in seconds.
    static let longest = 600.0

    /// The model's name, or the path of its folder.
    public let model: String
    /// What is to be heard: one sound of each, times ``count``.
    public let prompts: [String]
    /// The sounds of each prompt: variations, by their seeds.
    public let count: Int
    /// The seed of the first sound; each next one has the next.
    public let seed: UInt64
    /// How long a sound is to be, in seconds; for one that is continued, how much longer.
    ///
    /// What the model makes at once if not given.
    public let seconds: Double?
    /// The sound that it begins with; nothing if not given.
    public let start: Start?
    /// How it is sampled.
    public let options: SamplingOptions

    /// The number of sounds.
    public var total: Int { prompts.count * count }

    /// What a sound is asked to be.
    public func subject(of index: Int) -> String { prompts[index / count] }

    /// Asks for sounds.
    ///
    /// - Parameters:
    ///   - model: The model's name, or the path of its folder.
    ///   - prompts: What is to be heard.
    ///   - count: The sounds of each prompt, 1 … 1000.
    ///   - seed: The seed of the first sound; one at random if not given.
    ///   - seconds: How long a sound is to be, above 0 … 600.
    ///   - start: The sound that it begins with.
    ///   - options: How it is sampled.
    /// - Throws: ``GenerateError``.
    public init(
      model: String = standardModel, prompts: [String], count: Int = 1, seed: UInt64? = nil,
      seconds: Double? = nil, start: Start? = nil, options: SamplingOptions = SamplingOptions()
    ) throws {
      self.model = model
      self.prompts = prompts
      self.count = count
      self.seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
      self.seconds = seconds
      self.start = start
      self.options = options
      try check()
    }

    /// Reads a request, which is checked.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      try self.init(
        model: keys.decode(String.self, forKey: .model),
        prompts: keys.decode([String].self, forKey: .prompts),
        count: keys.decode(Int.self, forKey: .count),
        seed: keys.decode(UInt64.self, forKey: .seed),
        seconds: keys.decodeIfPresent(Double.self, forKey: .seconds),
        start: keys.decodeIfPresent(Start.self, forKey: .start),
        options: keys.decode(SamplingOptions.self, forKey: .options))
    }

    private func check() throws {
      guard !prompts.isEmpty else { throw GenerateError.noPrompts }
      for (name, isRight, expected, found) in [
        ("count", (1...1000).contains(count), "1 to 1000", "\(count)"),
        (
          "seconds", seconds.map { $0 > 0 && $0 <= Self.longest } ?? true,
          "more than 0, at most 600",
          "\(seconds ?? 0)"
        ),
      ] where !isRight {
        throw GenerateError.value(name, expected: expected, found: found)
      }
      try options.check()
      try start?.check(seconds: seconds)
    }
  }

  /// The sound that a new one begins with, and what becomes of it.
  public enum Start: Codable, Sendable, Hashable {
    /// On which side of a sound more is made.
    public enum Side: String, Codable, Sendable, CaseIterable {
      case left, right
    }

    /// It becomes another one, of the same melody as far as the strength, in (0, 1], leaves it.
    case changing(file: String, strength: Double)
    /// Its melody is played, or what is sung in it.
    case following(file: String)
    /// It goes on, or is led up to.
    case continuing(file: String, side: Side)
    /// A part of it is made anew, in seconds.
    case inpainting(file: String, from: Double, to: Double)
    /// It stays as it is below a frequency, in Hz, and gets what may have been above it.
    case widening(file: String, above: Double)
    /// It loses its noise, of which it is so many decibels louder, -20 … 60.
    case cleaning(file: String, ratio: Double)

    /// The sound's file.
    public var file: String {
      switch self {
      case .changing(let file, _), .following(let file), .continuing(let file, _),
        .inpainting(let file, _, _), .widening(let file, _), .cleaning(let file, _):
        file
      }
    }

    func check(seconds: Double?) throws(GenerateError) {
      switch self {
      case .changing(_, let strength):
        guard strength > 0, strength <= 1 else {
          throw .value("strength", expected: "more than 0, at most 1", found: "\(strength)")
        }
      case .inpainting(_, let from, let to):
        guard from >= 0, to > from, to.isFinite else {
          throw .value("span", expected: "two times, the first earlier", found: "\(from)-\(to)")
        }
      case .widening(_, let cutoff):
        guard cutoff > 0, cutoff.isFinite else {
          throw .value("above", expected: "a frequency in Hz", found: "\(cutoff)")
        }
      case .cleaning(_, let ratio):
        guard (-20...60).contains(ratio) else {
          throw .value("snr", expected: "-20 to 60 decibels", found: "\(ratio)")
        }
      case .following: break
      case .continuing: return
      }
      guard seconds == nil else {
        throw .value(
          "seconds", expected: "none, for a sound that stays as long as it is", found: "one")
      }
    }
  }
}
