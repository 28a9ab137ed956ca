extension World {
  /// Where a rollout begins: a street of the simulator, whose car has driven for a few frames.
  public struct Start: Codable, Sendable, Hashable {
    /// The street's seed.
    public var street: UInt64
    /// The weather or the light.
    public var weather: StreetWeather

    /// Names a street.
    public init(street: UInt64 = 0, weather: StreetWeather = .day) {
      self.street = street
      self.weather = weather
    }
  }

  /// How a rollout is made and shown.
  public struct Options: Codable, Sendable, Hashable {
    /// The frames to make, 1 to 10,000; as many as the script has actions if not given.
    public var frames: Int?
    /// The steps from noise to a frame, 1 to 1,000; the model's own if not given.
    public var steps: Int?
    /// How many pixels a pixel becomes in each direction, 1 to 16.
    public var scale: Int
    /// Whether the simulator's own frames stand to the left, driven by the same actions.
    public var isCompared: Bool

    /// Describes a rollout.
    public init(
      frames: Int? = nil, steps: Int? = nil, scale: Int = 4, isCompared: Bool = false
    ) {
      self.frames = frames
      self.steps = steps
      self.scale = scale
      self.isCompared = isCompared
    }
  }

  /// Which rollout is wanted.
  public struct Request: ClipRequest {
    /// The task, as a clip's file names it.
    public static let task = "world"
    /// The version of this layout.
    public static let currentVersion = 1

    /// The version of the layout that the request is written in.
    public let version: Int
    /// The model's name, or the path of its folder.
    public let model: String
    /// What is done, such as "faster 10, left 4, stay"; after its end from its beginning.
    public let actions: String
    /// What the noise depends on.
    public let seed: UInt64
    /// Where it begins.
    public let start: Start
    /// How it is made and shown.
    public let options: Options

    /// Describes a rollout.
    ///
    /// - Parameters:
    ///   - actions: What is done: names of `StreetAction` between commas, each with the number of
    ///     frames that it is held for.
    ///   - model: The model's name, or the path of its folder.
    ///   - seed: What the noise depends on; drawn below 2³² if not given.
    ///   - start: Where it begins.
    ///   - options: How it is made and shown.
    /// - Throws: ``GenerateError`` that names what does not read or is out of its range.
    public init(
      actions: String, model: String = "inkwell-street", seed: UInt64? = nil,
      start: Start = Start(), options: Options = Options()
    ) throws {
      version = Self.currentVersion
      self.model = model
      self.actions = actions
      self.seed = seed ?? UInt64(UInt32.random(in: .min ... .max))
      self.start = start
      self.options = options
      guard !model.isEmpty else {
        throw GenerateError.value("model", expected: "a name", found: "")
      }
      let count = try WorldScript(actions).actions.count
      try GenerateError.check("frames", options.frames ?? count, in: 1...10_000)
      if let steps = options.steps { try GenerateError.check("steps", steps, in: 1...1000) }
      try GenerateError.check("scale", options.scale, in: 1...16)
    }

    /// Reads a request, which is checked as a new one is.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      let version = try keys.decode(Int.self, forKey: .version)
      guard version == Self.currentVersion else {
        throw GenerateError.version(expected: Self.currentVersion, found: version)
      }
      try self.init(
        actions: keys.decode(String.self, forKey: .actions),
        model: keys.decode(String.self, forKey: .model),
        seed: keys.decode(UInt64.self, forKey: .seed),
        start: keys.decode(Start.self, forKey: .start),
        options: keys.decode(Options.self, forKey: .options))
    }
  }
}

extension World.Request {
  /// The action of each frame that is made.
  func script() throws -> [StreetAction] {
    let script = try WorldScript(actions)
    return script.actions(options.frames ?? script.actions.count)
  }

  /// The same request of another model.
  public func with(model: String) throws -> Self {
    try Self(actions: actions, model: model, seed: seed, start: start, options: options)
  }

  /// The request with nothing left to the model.
  func settled(by about: WorldModelDetails) throws -> Self {
    var settled = options
    settled.frames = try script().count
    settled.steps = options.steps ?? about.steps
    return try Self(actions: actions, model: model, seed: seed, start: start, options: settled)
  }
}
