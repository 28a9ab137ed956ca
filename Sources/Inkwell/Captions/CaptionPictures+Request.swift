public import Diffusion

extension CaptionPictures {
  /// What to describe.
  public struct Request: Codable, Sendable, Hashable {
    /// The name of the model that comes with the program.
    public static let standardModel = "inkwell-captions"

    /// The model's name, or the path of its folder.
    public let model: String
    /// Files of pictures, and folders whose pictures are all described.
    public let pictures: [String]
    /// How many captions are made of each picture, of which the most frequent one is said.
    public let samples: Int
    /// The share of them that must agree for the caption to be sure.
    public let agreement: Double
    /// The seed of the first caption of each picture; each next one has the next.
    public let seed: UInt64
    /// How far the picture is to count; 1 is as the model learnt it.
    public let guidance: Double
    /// How captions are made; as the model has it if not given.
    public let sampling: Unmasking?

    /// Asks for captions.
    ///
    /// - Parameters:
    ///   - model: The model's name, or the path of its folder.
    ///   - pictures: Files of pictures, and folders.
    ///   - samples: How many captions are made of each picture, 1 … 256.
    ///   - agreement: The share of them that must agree, 0 … 1.
    ///   - seed: The seed of the first caption of each picture.
    ///   - guidance: How far the picture is to count, 0 … 100.
    ///   - sampling: How captions are made, at a temperature of 0 … 100.
    /// - Throws: ``GenerateError``.
    public init(
      model: String = standardModel, pictures: [String], samples: Int = 8,
      agreement: Double = 0.5, seed: UInt64 = 0, guidance: Double = 1, sampling: Unmasking? = nil
    ) throws {
      self.model = model
      self.pictures = pictures
      self.samples = samples
      self.agreement = agreement
      self.seed = seed
      self.guidance = guidance
      self.sampling = sampling
      try check()
    }

    /// Reads a request, which is checked.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      try self.init(
        model: keys.decode(String.self, forKey: .model),
        pictures: keys.decode([String].self, forKey: .pictures),
        samples: keys.decode(Int.self, forKey: .samples),
        agreement: keys.decode(Double.self, forKey: .agreement),
        seed: keys.decode(UInt64.self, forKey: .seed),
        guidance: keys.decode(Double.self, forKey: .guidance),
        sampling: keys.decodeIfPresent(Unmasking.self, forKey: .sampling))
    }

    private func check() throws(GenerateError) {
      let temperature = sampling?.temperature ?? 1
      for (name, isRight, expected, found) in [
        ("pictures", !pictures.isEmpty, "a file or a folder", "none"),
        ("samples", (1...256).contains(samples), "1 to 256", "\(samples)"),
        ("agreement", (0...1).contains(agreement), "0 to 1", "\(agreement)"),
        ("guidance", (0...100).contains(guidance), "0 to 100", "\(guidance)"),
        ("temperature", (0...100).contains(temperature), "0 to 100", "\(temperature)"),
        ("steps", sampling.map { $0.steps >= 1 } ?? true, "1 or more", "\(sampling?.steps ?? 0)"),
      ] where !isRight {
        throw .value(name, expected: expected, found: found)
      }
    }
  }
}
