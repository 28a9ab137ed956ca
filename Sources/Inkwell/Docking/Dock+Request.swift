public import Foundation
internal import Modalities

extension Dock {
  /// What to dock where.
  public struct Request: Codable, Sendable, Hashable {
    /// The most atoms of a ligand, without its hydrogens.
    public static let mostAtoms = 150

    /// The model's name, or the path of its folder.
    public let model: String
    /// The file of the protein: PDB or mmCIF.
    public let protein: String
    /// The ligand's name; one line.
    public let name: String
    /// The ligand.
    public let smiles: String
    /// The middle of the pocket, in Å.
    public let center: SIMD3<Double>
    /// How many poses are made.
    public let count: Int
    /// The seed of the first pose; each next one has the next.
    public let seed: UInt64
    /// How they are made; as the model has it if not given.
    public let sampling: DockingSampling?

    /// Asks for poses.
    ///
    /// - Parameters:
    ///   - model: The model's name, or the path of its folder.
    ///   - protein: The file of the protein.
    ///   - ligand: The ligand, named.
    ///   - center: The middle of the pocket, in Å.
    ///   - count: How many poses are made, 1 … 1000.
    ///   - seed: The seed of the first pose.
    ///   - sampling: How they are made, in 1 … 1000 steps.
    /// - Throws: ``GenerateError``.
    public init(
      model: String, protein: String, ligand: MakeConformers.Subject,
      center: SIMD3<Double>, count: Int = 10, seed: UInt64 = 0, sampling: DockingSampling? = nil
    ) throws {
      self.model = model
      self.protein = protein
      name = ligand.name
      smiles = ligand.smiles
      self.center = center
      self.count = count
      self.seed = seed
      self.sampling = sampling
      try check()
    }

    /// Reads a request, which is checked.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      try self.init(
        model: keys.decode(String.self, forKey: .model),
        protein: keys.decode(String.self, forKey: .protein),
        ligand: MakeConformers.Subject(
          name: keys.decode(String.self, forKey: .name),
          smiles: keys.decode(String.self, forKey: .smiles)),
        center: keys.decode(SIMD3<Double>.self, forKey: .center),
        count: keys.decode(Int.self, forKey: .count),
        seed: keys.decode(UInt64.self, forKey: .seed),
        sampling: keys.decodeIfPresent(DockingSampling.self, forKey: .sampling))
    }

    private func check() throws(GenerateError) {
      let steps = sampling?.steps ?? 1
      let isPlace = [center.x, center.y, center.z].allSatisfy { abs($0) < 1e5 }
      for (key, isRight, expected, found) in [
        ("poses", (1...1000).contains(count), "1 to 1000", "\(count)"),
        ("steps", (1...1000).contains(steps), "1 to 1000", "\(steps)"),
        ("pocket", isPlace, "a place within 100,000 Å", "\(center)"),
        (
          "name", !name.contains(where: \.isNewline) && !name.hasPrefix("$$$$"),
          "one line without the mark $$$$", "another name"
        ),
      ] where !isRight {
        throw .value(key, expected: expected, found: found)
      }
    }
  }

  /// The middle of a ligand that is in a pocket, from the first record of an SD file.
  ///
  /// - Parameter file: The SD file.
  /// - Returns: The mean of the places of its heavy atoms, in Å.
  /// - Throws: `MoleculeError`, or what is wrong with the file.
  public static func middle(ofLigandIn file: URL) throws -> SIMD3<Double> {
    let molecule = try SDFile(contentsOf: file, keepingHydrogens: false).records.first?.molecule
    guard let places = try molecule?.places, !places.isEmpty else {
      throw MoleculeError.noCoordinates(needed: "the middle of a pocket")
    }
    return places.reduce(.zero, +) / Double(places.count)
  }
}
