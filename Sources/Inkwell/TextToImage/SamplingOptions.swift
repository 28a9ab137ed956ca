internal import Diffusion

/// How clips and sounds are sampled; what is not given is the model's own.
public struct SamplingOptions: Codable, Sendable, Hashable {
  /// The number of steps, 1 … 1,000.
  public var steps: Int?
  /// The guidance scale, 0 … 100; 1 is off.
  public var guidance: Double?
  /// What is guided away from.
  public var negative: String?
  /// The sampler's name.
  public var sampler: String?

  /// Says how to sample.
  public init(
    steps: Int? = nil, guidance: Double? = nil, negative: String? = nil, sampler: String? = nil
  ) {
    self.steps = steps
    self.guidance = guidance
    self.negative = negative
    self.sampler = sampler
  }

  /// Options that leave nothing to the model.
  init(_ settings: SamplingSettings) {
    self.init(
      steps: settings.steps, guidance: settings.guidance, negative: settings.negative,
      sampler: settings.sampler)
  }

  /// A model's settings, but for what is given.
  func over(_ settings: SamplingSettings) -> SamplingSettings {
    SamplingSettings(
      steps: steps ?? settings.steps, guidance: guidance ?? settings.guidance,
      negative: negative ?? settings.negative, sampler: sampler ?? settings.sampler)
  }

  /// - Throws: ``GenerateError``, or a `CatalogError` that names the samplers most alike.
  func check() throws {
    if let negative { try GenerateError.check("negative", negative) }
    if let steps { try GenerateError.check("steps", steps, in: 1...1000) }
    if let guidance { try GenerateError.check("guidance", guidance, in: 0...100) }
    if let sampler { _ = try Samplers.named(sampler) }
  }
}
