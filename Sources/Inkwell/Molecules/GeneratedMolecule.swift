public import Modalities

/// A text that a model wrote, and the molecule that it is, if it is one.
public struct GeneratedMolecule: Sendable, Hashable, Codable {
  /// The text.
  public let text: String
  /// The seed that it was made from.
  public let seed: UInt64
  /// The molecule in RDKit's canonical SMILES; nothing if the text is no molecule.
  public let smiles: String?
  /// What RDKit computes of the molecule.
  public let properties: MoleculeProperties?
  /// Why the text is no molecule.
  public let reason: String?

  /// Reads a text.
  init(text: String, seed: UInt64) {
    self.text = text
    self.seed = seed
    switch Self.facts(of: text) {
    case .success(let facts): (smiles, properties, reason) = (facts.smiles, facts.properties, nil)
    case .failure(let error): (smiles, properties, reason) = (nil, nil, error.reason)
    }
  }

  private static func facts(
    of text: String
  ) -> Result<(smiles: String, properties: MoleculeProperties), MoleculeError> {
    Result { () throws(MoleculeError) in
      let molecule = try Molecule(smiles: text)
      return (try molecule.smiles, try molecule.properties)
    }
  }

  /// The molecule.
  var molecule: Molecule? {
    get throws(MoleculeError) {
      try smiles.map { smiles throws(MoleculeError) in try Molecule(smiles: smiles) }
    }
  }
}

extension MoleculeError {
  /// What was wrong, without where.
  fileprivate var reason: String {
    switch self {
    case .text(_, _, let reason), .tooLarge(_, let reason), .unchemical(_, let reason),
      .library(_, let reason):
      reason
    default: description
    }
  }
}
