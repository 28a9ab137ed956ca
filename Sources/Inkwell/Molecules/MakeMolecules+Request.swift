public import Diffusion

extension MakeMolecules {
  /// What to make.
  public struct Request: Codable, Sendable, Hashable {
    /// The name of the model that comes with the program.
    public static let standardModel = "inkwell-molecules"

    /// The model's name, or the path of its folder.
    public let model: String
    /// How many texts are written.
    public let count: Int
    /// The seed of the first text; each next one has the next.
    public let seed: UInt64
    /// The properties that molecules are to have, by name; the others may be any.
    public let properties: [String: Double]
    /// How far the properties are to count; 1 is as the model learnt it.
    public let guidance: Double
    /// Whether texts that are no molecules are left out of the file.
    public let onlyValid: Bool
    /// How texts are made; as the model has it if not given.
    public let sampling: Unmasking?

    /// Asks for molecules.
    ///
    /// - Parameters:
    ///   - model: The model's name, or the path of its folder.
    ///   - count: How many texts are written, 1 … 1,000,000.
    ///   - seed: The seed of the first text.
    ///   - properties: The properties that molecules are to have; the model says in which range.
    ///   - guidance: How far the properties are to count, 0 … 100.
    ///   - onlyValid: Whether texts that are no molecules are left out of the file.
    ///   - sampling: How texts are made, at a temperature of 0 … 100.
    /// - Throws: ``GenerateError``.
    public init(
      model: String = standardModel, count: Int = 100, seed: UInt64 = 0,
      properties: [MoleculeProperty: Double] = [:], guidance: Double = 1, onlyValid: Bool = false,
      sampling: Unmasking? = nil
    ) throws {
      self.model = model
      self.count = count
      self.seed = seed
      self.properties = Dictionary(
        uniqueKeysWithValues: properties.map { ($0.key.rawValue, $0.value) })
      self.guidance = guidance
      self.onlyValid = onlyValid
      self.sampling = sampling
      try check()
    }

    /// Reads a request, which is checked.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      model = try keys.decode(String.self, forKey: .model)
      count = try keys.decode(Int.self, forKey: .count)
      seed = try keys.decode(UInt64.self, forKey: .seed)
      properties = try keys.decode([String: Double].self, forKey: .properties)
      guidance = try keys.decode(Double.self, forKey: .guidance)
      onlyValid = try keys.decode(Bool.self, forKey: .onlyValid)
      sampling = try keys.decodeIfPresent(Unmasking.self, forKey: .sampling)
      try check()
    }

    /// The properties that are asked for.
    var wanted: [MoleculeProperty: Double] {
      Dictionary(
        uniqueKeysWithValues: properties.compactMap { name, value in
          MoleculeProperty(rawValue: name).map { ($0, value) }
        })
    }

    private func check() throws(GenerateError) {
      let temperature = sampling?.temperature ?? 1
      for name in properties.keys.sorted() where MoleculeProperty(rawValue: name) == nil {
        throw .value(
          "properties",
          expected: MoleculeProperty.allCases.map(\.rawValue).joined(separator: ", "), found: name)
      }
      for (name, isRight, expected, found) in [
        ("count", (1...1_000_000).contains(count), "1 to 1,000,000", "\(count)"),
        ("guidance", (0...100).contains(guidance), "0 to 100", "\(guidance)"),
        ("temperature", (0...100).contains(temperature), "0 to 100", "\(temperature)"),
        ("steps", sampling.map { $0.steps >= 1 } ?? true, "1 or more", "\(sampling?.steps ?? 0)"),
      ] where !isRight {
        throw .value(name, expected: expected, found: found)
      }
    }
  }
}
