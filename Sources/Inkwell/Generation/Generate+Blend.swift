extension Generate {
  /// A second prompt that pictures are drawn of, and how much it counts.
  ///
  /// The states of all prompts are mixed before the denoiser sees them; the picture's own prompt
  /// counts what is left of 1.
  public struct Blend: Codable, Sendable, Hashable {
    /// The prompt.
    public var prompt: String
    /// How much it counts, above 0 up to 1; all of them together up to 1.
    public var weight: Double

    /// Names a prompt.
    public init(prompt: String, weight: Double = 0.5) {
      self.prompt = prompt
      self.weight = weight
    }
  }

  /// How states of prompts are mixed.
  public enum Blending: String, Codable, Sendable, Hashable, CaseIterable {
    /// Their weighted mean, as the library compel's `.blend()` takes it.
    case linear
    /// Each token's along the arc between two, by Shoemake 1985,
    /// https://doi.org/10.1145/325334.325242, so that their lengths stay; for two prompts.
    case slerp
  }
}

extension Generate.Blend {
  /// Throws ``GenerateError`` for what cannot be mixed.
  static func validate(_ blends: [Self], _ blending: Generate.Blending?) throws(GenerateError) {
    for blend in blends {
      try GenerateError.check("blend", blend.prompt)
      guard blend.weight > 0, blend.weight <= 1 else {
        throw .value("weight of a blend", expected: "above 0 up to 1", found: "\(blend.weight)")
      }
    }
    let sum = blends.reduce(0) { $0 + $1.weight }
    guard sum <= 1 else {
      throw .value("weights of blends", expected: "1 together or less", found: "\(sum)")
    }
    guard blending != nil, blends.count != 1 else { return }
    if blends.isEmpty {
      throw .value("blending", expected: "a prompt to mix with", found: "none")
    }
    guard blending == .slerp else { return }
    throw .value("blending", expected: "one prompt to mix with by slerp", found: "\(blends.count)")
  }
}
