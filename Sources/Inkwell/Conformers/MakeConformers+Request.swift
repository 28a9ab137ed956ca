internal import Foundation
internal import Modalities

extension MakeConformers {
  /// A molecule to make conformers of.
  public struct Subject: Codable, Sendable, Hashable {
    /// What its records are called; one line.
    public let name: String
    /// The molecule.
    public let smiles: String

    /// Names a molecule.
    public init(name: String, smiles: String) {
      self.name = name
      self.smiles = smiles
    }
  }

  /// What to make.
  public struct Request: Codable, Sendable, Hashable {
    /// The name of the model that comes with the program.
    public static let standardModel = "inkwell-conformers"
    /// The most atoms of a molecule, without its hydrogens.
    public static let mostAtoms = 150

    /// The model's name, or the path of its folder.
    public let model: String
    /// The molecules.
    public let molecules: [Subject]
    /// How many conformers are made of each.
    public let count: Int
    /// The seed of the first conformer of each molecule; each next one has the next.
    public let seed: UInt64
    /// How they are made; as the model has it if not given.
    public let sampling: ConformerSampling?

    /// Asks for conformers.
    ///
    /// - Parameters:
    ///   - model: The model's name, or the path of its folder.
    ///   - molecules: The molecules.
    ///   - count: How many conformers are made of each, 1 … 1000.
    ///   - seed: The seed of the first conformer of each molecule.
    ///   - sampling: How they are made, in 1 … 1000 steps.
    /// - Throws: ``GenerateError``.
    public init(
      model: String = standardModel, molecules: [Subject], count: Int = 10, seed: UInt64 = 0,
      sampling: ConformerSampling? = nil
    ) throws {
      self.model = model
      self.molecules = molecules
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
        molecules: keys.decode([Subject].self, forKey: .molecules),
        count: keys.decode(Int.self, forKey: .count),
        seed: keys.decode(UInt64.self, forKey: .seed),
        sampling: keys.decodeIfPresent(ConformerSampling.self, forKey: .sampling))
    }

    private func check() throws(GenerateError) {
      let steps = sampling?.steps ?? 1
      let names = molecules.map(\.name)
      for (name, isRight, expected, found) in [
        (
          "molecules", (1...10_000).contains(molecules.count), "1 to 10,000",
          "\(molecules.count)"
        ),
        ("count", (1...1000).contains(count), "1 to 1000", "\(count)"),
        ("steps", (1...1000).contains(steps), "1 to 1000", "\(steps)"),
        (
          "name", names.allSatisfy { !$0.contains(where: \.isNewline) && !$0.hasPrefix("$$$$") },
          "one line without the mark $$$$", "another name"
        ),
      ] where !isRight {
        throw .value(name, expected: expected, found: found)
      }
    }
  }
}

extension MakeConformers.Subject {
  /// The molecules that an argument names: one in SMILES, or those of a file.
  ///
  /// - Parameter argument: SMILES, or the path of an SD file (`.sdf`) or of a file of SMILES
  ///   (`.smi`), a line each with a name behind it.
  /// - Returns: The molecules.
  /// - Throws: `MoleculeError`, or ``GenerateError`` for a file without molecules.
  public static func named(by argument: String) throws -> [MakeConformers.Subject] {
    let file = URL(filePath: argument)
    switch file.pathExtension.lowercased() {
    case "sdf", "sd":
      // What is right and left is told by the places or the drawing in the file.
      return try SDFile(contentsOf: file, keepingHydrogens: false).records.map { record in
        let smiles = try record.molecule.smiles
        return MakeConformers.Subject(
          name: record.name.isEmpty ? smiles : record.name, smiles: smiles)
      }
    case "smi", "smiles": return try lines(of: file)
    default: return [MakeConformers.Subject(name: argument, smiles: argument)]
    }
  }

  private static func lines(of file: URL) throws -> [MakeConformers.Subject] {
    let path = file.path(percentEncoded: false)
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw GenerateError.value(
        "molecules", expected: "a file of SMILES", found: "\(path): \(error.localizedDescription)")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw GenerateError.value(
        "molecules", expected: "a text in UTF-8", found: "other bytes in \(path)")
    }
    // Files of `inkwell molecules` begin with how they were made, behind a #.
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
    let subjects = lines.compactMap { line in
      let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
      return parts.first.map {
        MakeConformers.Subject(name: parts.count > 1 ? parts[1] : $0, smiles: $0)
      }
    }
    guard !subjects.isEmpty else {
      throw GenerateError.value("molecules", expected: "a line of SMILES", found: "none in \(path)")
    }
    return subjects
  }
}
