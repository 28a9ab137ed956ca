internal import Foundation
public import Modalities

extension MakeShapes {
  /// What to make.
  public struct Request: SeededRequest {
    /// The name of the model that comes with the program.
    public static let standardModel = "inkwell-furniture"
    /// The points that a shape may have.
    static let pointRange = 64...8192

    /// The model's name, or the path of its folder.
    public let model: String
    /// What the shapes are to be: one shape of each, times ``count``; none is needed where there is
    /// a picture.
    public let prompts: [String]
    /// The file of a picture of what the shapes are to be.
    public let picture: String?
    /// The shapes of each prompt: variations, by their seeds.
    public let count: Int
    /// The seed of the first shape; each next one has the next.
    public let seed: UInt64
    /// How many points a shape has, 64 … 8,192; as many as the model was trained with if not given.
    public let points: Int?
    /// How the points are given a surface; they stay points if not given.
    public let meshing: Meshing?
    /// How it is sampled.
    public let options: SamplingOptions

    /// The number of shapes.
    public var total: Int { max(prompts.count, 1) * count }

    /// What a shape is asked to be: its prompt, or else the name of the picture's file.
    public func subject(of index: Int) -> String {
      prompt(of: index)
        ?? URL(filePath: picture ?? "").deletingPathExtension().lastPathComponent
    }

    /// The prompt of a shape, if there is one.
    func prompt(of index: Int) -> String? { prompts.isEmpty ? nil : prompts[index / count] }

    /// Asks for shapes.
    ///
    /// - Parameters:
    ///   - model: The model's name, or the path of its folder.
    ///   - prompts: What the shapes are to be.
    ///   - picture: The file of a picture of what they are to be.
    ///   - count: The shapes of each prompt, 1 … 1000.
    ///   - seed: The seed of the first shape; one at random if not given.
    ///   - points: How many points a shape has, 64 … 8,192.
    ///   - meshing: How the points are given a surface.
    ///   - options: How it is sampled.
    /// - Throws: ``GenerateError``, or a `CatalogError` for an unknown sampler.
    public init(
      model: String = standardModel, prompts: [String], picture: String? = nil, count: Int = 1,
      seed: UInt64? = nil, points: Int? = nil, meshing: Meshing? = nil,
      options: SamplingOptions = SamplingOptions()
    ) throws {
      self.model = model
      self.prompts = prompts
      self.picture = picture
      self.count = count
      self.seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
      self.points = points
      self.meshing = meshing
      self.options = options
      try check()
    }

    /// Reads a request, which is checked.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      try self.init(
        model: keys.decode(String.self, forKey: .model),
        prompts: keys.decode([String].self, forKey: .prompts),
        picture: keys.decodeIfPresent(String.self, forKey: .picture),
        count: keys.decode(Int.self, forKey: .count),
        seed: keys.decode(UInt64.self, forKey: .seed),
        points: keys.decodeIfPresent(Int.self, forKey: .points),
        meshing: keys.decodeIfPresent(Meshing.self, forKey: .meshing),
        options: keys.decode(SamplingOptions.self, forKey: .options))
    }

    private func check() throws {
      guard !prompts.isEmpty || picture != nil else { throw GenerateError.noPrompts }
      for prompt in prompts { try GenerateError.check("prompt", prompt) }
      try GenerateError.check("count", count, in: 1...1000)
      if let points { try GenerateError.check("points", points, in: Self.pointRange) }
      if let meshing {
        try GenerateError.check("resolution", meshing.resolution, in: 8...256)
        guard meshing.reach.map({ $0 > 0 && $0 <= 2 }) ?? true else {
          throw GenerateError.value(
            "reach", expected: "more than 0, at most 2", found: "\(meshing.reach ?? 0)")
        }
      }
      try options.check()
    }
  }
}
