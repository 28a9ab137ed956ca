internal import Diffusion

extension Sample {
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
    /// The model's name, the path of its folder, or that of a terrain network's ONNX file.
    public let model: String
    /// What to show: classes by number or name, or numbers; none asks for any picture.
    public let labels: [String]
    /// The number of pictures for each label, 1 … 10,000.
    public let count: Int
    /// The seed of the first picture; each next one has the next seed.
    public let seed: UInt64
    /// How the pictures are made.
    public let options: Options

    /// Describes pictures.
    ///
    /// - Parameters:
    ///   - model: The model's name, or its path.
    ///   - labels: What to show.
    ///   - count: The number of pictures for each label, 1 … 10,000.
    ///   - seed: The seed of the first picture; drawn below 2³² if not given.
    ///   - options: How the pictures are made.
    /// - Throws: ``SampleError``, or a `CatalogError` that names what is most alike.
    public init(
      model: String, labels: [String] = [], count: Int = 1, seed: UInt64? = nil,
      options: Options = Options()
    ) throws {
      version = Self.currentVersion
      self.model = model
      self.labels = labels
      self.count = count
      self.seed = seed ?? UInt64(UInt32.random(in: .min ... .max))
      self.options = options
      try validate()
    }

    private enum CodingKeys: CodingKey {
      case version, model, labels, count, seed
    }

    /// Reads a request; only the model must be there.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      let version = try keys.decodeIfPresent(Int.self, forKey: .version) ?? Self.currentVersion
      guard version == Self.currentVersion else {
        throw SampleError.version(expected: Self.currentVersion, found: version)
      }
      try self.init(
        model: keys.decode(String.self, forKey: .model),
        labels: keys.decodeIfPresent([String].self, forKey: .labels) ?? [],
        count: keys.decodeIfPresent(Int.self, forKey: .count) ?? 1,
        seed: keys.decodeIfPresent(UInt64.self, forKey: .seed), options: Options(from: decoder))
    }

    /// Writes the request, with its options beside the rest.
    public func encode(to encoder: any Encoder) throws {
      try options.encode(to: encoder)
      var keys = encoder.container(keyedBy: CodingKeys.self)
      try keys.encode(version, forKey: .version)
      try keys.encode(model, forKey: .model)
      try keys.encode(labels, forKey: .labels)
      try keys.encode(count, forKey: .count)
      try keys.encode(seed, forKey: .seed)
    }

    /// What the options say.
    public subscript<Value>(dynamicMember option: KeyPath<Options, Value>) -> Value {
      options[keyPath: option]
    }
  }

  /// How pictures are made; what is not given is the model's own.
  public struct Options: Codable, Sendable, Hashable {
    /// The number of steps, 1 … 1,000.
    public var steps: Int?
    /// The sampler's name.
    public var sampler: String?
    /// Which timesteps of a chain are visited, by name.
    public var spacing: String?
    /// The guidance scale, 0 … 100; 1 is off.
    public var guidance: Double?
    /// How often the classifier's gradient counts, 0 … 100.
    public var classifierGuidance: Double?
    /// Whether grey pictures, as height maps, are shown as hills lit from the upper left.
    public var relief: Bool?

    /// Describes how pictures are made.
    public init(
      steps: Int? = nil, sampler: String? = nil, spacing: String? = nil, guidance: Double? = nil,
      classifierGuidance: Double? = nil, relief: Bool? = nil
    ) {
      self.steps = steps
      self.sampler = sampler
      self.spacing = spacing
      self.guidance = guidance
      self.classifierGuidance = classifierGuidance
      self.relief = relief
    }
  }
}

extension Sample.Request: PictureRequest {
  /// `sample`.
  public static var task: String? { "sample" }

  /// What a picture is asked to show is a label.
  public static var subject: String { "label" }

  /// The number of pictures.
  public var total: Int { max(labels.count, 1) * count }

  /// The label of a picture, counted from 0: all pictures of a label, then those of the next.
  public func label(of index: Int) -> String? { labels.isEmpty ? nil : labels[index / count] }

  /// The label of a picture, or `any`.
  public func subject(of index: Int) -> String { label(of: index) ?? "any" }

  /// The settings as AUTOMATIC1111's program writes them, which many others read.
  public func parameters(files: [String: String], program: String) -> String {
    // The file of the network's weights, which is in one of these folders, or all that there is.
    let weights =
      ["unet", "transformer"].map { "\($0)/diffusion_pytorch_model.safetensors" }
      .first { files[$0] != nil }
    let hash = (weights ?? files.keys.min()).flatMap { files[$0] } ?? ""
    let settings = parameterLine([
      ("Steps", options.steps.map { "\($0)" }), ("Sampler", options.sampler),
      ("Schedule type", options.spacing), ("CFG scale", options.guidance.map { "\($0)" }),
      ("Seed", "\(seed)"), ("Model hash", String(hash.prefix(10))), ("Model", model),
      ("Version", program),
    ])
    return (labels + [settings]).joined(separator: "\n")
  }

  /// The request for one of the pictures, with nothing left to the model.
  func request(of index: Int, model: String, settings: PixelSettings) throws -> Self {
    var options = Sample.Options(settings)
    options.relief = self.options.relief
    return try Self(
      model: model, labels: label(of: index).map { [$0] } ?? [], seed: seed(of: index),
      options: options)
  }

  private func validate() throws {
    guard !model.isEmpty else { throw SampleError.value("model", expected: "a name", found: "") }
    for label in labels where label.unicodeScalars.contains("\0") {
      throw SampleError.value(
        "label", expected: "a text without U+0000", found: label.debugDescription)
    }
    try SampleError.check("count", count, in: 1...10_000)
    try options.validate()
  }
}

extension Sample.Options {
  /// All of a model's settings.
  init(_ settings: PixelSettings) {
    self.init(
      steps: settings.steps, sampler: settings.sampler, spacing: settings.spacing,
      guidance: settings.guidance, classifierGuidance: settings.classifierGuidance)
  }

  /// The model's settings, but for what is given.
  func settings(over model: PixelSettings) -> PixelSettings {
    PixelSettings(
      steps: steps ?? model.steps, sampler: sampler ?? model.sampler,
      guidance: guidance ?? model.guidance,
      classifierGuidance: classifierGuidance ?? model.classifierGuidance,
      spacing: spacing ?? model.spacing)
  }

  /// Throws ``SampleError`` for a value outside its range, or a `CatalogError` that names what is
  /// most alike.
  func validate() throws {
    try SampleError.check("steps", steps, in: 1...1000)
    try SampleError.check("guidance", guidance, in: 0...100)
    try SampleError.check("classifier-guidance", classifierGuidance, in: 0...100)
    if let sampler { _ = try Samplers.named(sampler) }
    if let spacing { _ = try Spacings.named(spacing) }
  }
}

extension PixelSettings {
  /// Throws what options with these settings would.
  func validate() throws { try Sample.Options(self).validate() }
}

extension SampleError {
  /// Throws for a number outside its range.
  fileprivate static func check<Number: Comparable>(
    _ name: String, _ value: Number?, in range: ClosedRange<Number>
  ) throws(SampleError) {
    guard let value, !range.contains(value) else { return }
    throw .value(name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(value)")
  }
}
