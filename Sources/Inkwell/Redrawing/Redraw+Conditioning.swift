extension Redraw {
  /// What a model that was trained for a task of its own is told of a picture.
  public enum Conditioning: Sendable, Hashable {
    /// The picture is edited as the prompt says; how much the picture counts, 0 … 100.
    ///
    /// The prompt counts as much as the guidance scale says; equation 3 of Brooks et al. 2023,
    /// https://arxiv.org/abs/2211.09800.
    case instruction(pictureGuidance: Double)
    /// The path of a picture that is light where things are near and dark where they are far.
    case depth(String)
    /// The picture becomes larger.
    case enlargement(Enlargement)
  }

  /// How a picture becomes larger.
  public struct Enlargement: Codable, Sendable, Hashable {
    /// How large; as large as the model makes it if not given.
    ///
    /// A model that was not trained to enlarge makes it twice as wide and high.
    public var target: PictureTarget?
    /// How noisy a model that was trained to enlarge sees the picture, a timestep of 0 … 999.
    ///
    /// 20 if not given; the more, the more it makes up.
    public var noiseLevel: Int?

    /// Describes an enlargement.
    public init(to target: PictureTarget? = nil, noiseLevel: Int? = nil) {
      self.target = target
      self.noiseLevel = noiseLevel
    }
  }
}

extension Redraw.Conditioning {
  /// Throws ``GenerateError`` for a value outside its range.
  func validate() throws(GenerateError) {
    switch self {
    case .instruction(let pictureGuidance):
      try GenerateError.check("picture guidance", pictureGuidance, in: 0...100)
    case .enlargement(let enlargement):
      try enlargement.target?.validate()
      try GenerateError.check("noise level", enlargement.noiseLevel, in: 0...999)
    case .depth: break
    }
  }
}
