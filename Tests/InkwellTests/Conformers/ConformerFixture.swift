import Foundation
import Modalities
import TestSupport
import Testing
import Training

@testable import Inkwell

/// A small Chemical Component Dictionary, and a recipe that learns from it.
enum ConformerFixture {
  /// Molecules by their codes, with a bond that turns.
  static let molecules = [
    ("AAA", "CC(=O)Oc1ccccc1C(=O)O"), ("AAB", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"),
    ("AAC", "OC(=O)CCc1ccncc1"), ("AAD", "NCCc1ccc(O)c(O)c1"), ("AAE", "CCOC(=O)C1CCCNC1"),
    ("AAF", "OCCN1CCN(CC1)c1ccccc1"), ("AAG", "CCCCCCCCC(=O)O"), ("AAH", "CC(N)Cc1ccccc1"),
    ("AAI", "O=C(NCc1ccco1)c1ccsc1"), ("AAJ", "C[N+](C)(C)CCOC(C)=O"),
  ]

  /// Atoms and bonds of a component in a conformer by RDKit.
  static func component(_ id: String, _ smiles: String) throws -> ChemicalComponents.Component {
    let whole = try Molecule(smiles: smiles).addingHydrogens().embedded(seed: 4)
    let molecule = try whole.removingHydrogens()
    let places = try molecule.places ?? []
    var component = ChemicalComponents.Component(id: id, date: "2001-02-03", entry: "1ABC")
    for (index, atom) in molecule.atoms.enumerated() {
      component.atoms.append(
        ChemicalComponents.Atom(
          name: "X\(index)", element: try atom.symbol, charge: atom.charge, place: places[index]))
      component.hydrogens += atom.hydrogens
    }
    // Alternating single and double bonds, as the dictionary has them, are not asked of RDKit:
    // aromatic ones are read from a block that it wrote.
    let lines = try SDFile([SDRecord(molecule)]).text.split(separator: "\n")
    for line in lines {
      let words = line.split(separator: " ").compactMap { Int($0) }
      guard words.count == 3 || words.count == 4, line.count <= 15, line.count >= 9 else {
        continue
      }
      component.bonds.append((words[0] - 1, words[1] - 1, words[2]))
    }
    return component
  }

  /// The dictionary as a file of BinaryCIF.
  static func dictionary(_ components: [ChemicalComponents.Component]) -> Data {
    let atoms = components.flatMap { component in component.atoms.map { (component.id, $0) } }
    let hydrogens = components.flatMap { [String](repeating: $0.id, count: $0.hydrogens) }
    let bonds = components.flatMap { component in
      component.bonds.map {
        (component.id, component.atoms[$0.begin].name, component.atoms[$0.end].name, $0.order)
      }
    }
    let orders = ["", "SING", "DOUB", "TRIP", "DELO"]
    let nowhere = hydrogens.map { _ in Double.nan }
    return Packed.file([
      (
        "_chem_comp", components.count,
        [
          .column("id", texts: components.map(\.id)),
          .column("pdbx_initial_date", texts: components.map(\.date)),
          .column("pdbx_model_coordinates_db_code", texts: components.map(\.entry)),
          .column("pdbx_release_status", texts: components.map { _ in "REL" }),
        ]
      ),
      (
        "_chem_comp_atom", atoms.count + hydrogens.count,
        [
          .column("comp_id", texts: atoms.map(\.0) + hydrogens),
          .column("atom_id", texts: atoms.map(\.1.name) + hydrogens.indices.map { "H\($0)" }),
          .column(
            "type_symbol",
            texts: atoms.map { $0.1.element.uppercased() } + hydrogens.map { _ in "H" }),
          .column("charge", atoms.map(\.1.charge) + hydrogens.map { _ in 0 }),
          .column("model_Cartn_x", thousandths: atoms.map(\.1.place.x) + nowhere),
          .column("model_Cartn_y", thousandths: atoms.map(\.1.place.y) + nowhere),
          .column("model_Cartn_z", thousandths: atoms.map(\.1.place.z) + nowhere),
        ]
      ),
      (
        "_chem_comp_bond", bonds.count,
        [
          .column("comp_id", texts: bonds.map(\.0)), .column("atom_id_1", texts: bonds.map(\.1)),
          .column("atom_id_2", texts: bonds.map(\.2)),
          .column("value_order", texts: bonds.map { orders[$0.3] }),
        ]
      ),
    ])
  }

  /// A folder with the unpacked package `sources`.
  static func make(
    _ components: [ChemicalComponents.Component]? = nil
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let components = try components ?? molecules.map { try component($0.0, $0.1) }
    try folder.write(
      dictionary(components),
      to: "sources/biotite/biotite/structure/info/components.bcif")
    return folder
  }

  /// The data set `data` with its files of all splits, and the recipe `conformers.json`.
  static func makeSet() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("data"), withIntermediateDirectories: true)
    var (records, lines): ([SDRecord], [String]) = ([], [])
    for (id, smiles) in molecules {
      let molecule = try Molecule(smiles: smiles).addingHydrogens().embedded(seed: 9)
        .removingHydrogens()
      records.append(SDRecord(molecule, name: id))
      let entry = ConformerEntry(
        fileName: "test.sdf", id: id, smiles: smiles, scaffold: "scaffold of \(id)",
        atoms: molecule.atoms.count, torsions: molecule.torsions.bonds.count,
        initialDate: "2001-02-03", entry: "1ABC", split: .test, license: "CC0-1.0", source: "test")
      lines.append(String(decoding: try JSONEncoder().encode(entry), as: UTF8.self))
    }
    for name in ["train-matched.sdf", "validation-matched.sdf", "test.sdf"] {
      try SDFile(records).save(to: folder.file("data/\(name)"))
    }
    try folder.write((lines.joined(separator: "\n") + "\n").utf8, to: "data/metadata.jsonl")
    try folder.write(recipe(folder).utf8, to: "conformers.json")
    return folder
  }

  static func training(_ folder: TemporaryFolder) throws -> ConformerTraining {
    try #require(
      TrainingRecipe(contentsOf: folder.file("conformers.json")).training as? ConformerTraining)
  }

  /// Trains; the model is in `run/model`.
  @discardableResult
  static func train(
    _ folder: TemporaryFolder, _ training: ConformerTraining? = nil, run: String = "run",
    onStart: (TrainingRun) -> Void = { _ in }
  ) throws -> [String] {
    var notes: [String] = []
    let training = try training ?? self.training(folder)
    try training(folder: folder.file(run), onStart: onStart) {
      if case .note(let note) = $0 { notes.append(note) }
    }
    return notes
  }

  private static func recipe(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "conformers",
      "data": "\(folder.file("data").path(percentEncoded: false))",
      "summary": "a few molecules",
      "network": {"ns": 4, "nv": 2, "num_conv_layers": 2, "sigma_embed_dim": 8,
                  "radius_embed_dim": 8},
      "plan": {
        "steps": 40, "batchSize": 4, "accumulation": 1,
        "learningRate": {"peak": 0.01, "warmupSteps": 0, "decay": {"constant": {}}},
        "optimizer": {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weightDecay": 0,
                      "decaysMatricesOnly": true},
        "clip": 1.0, "averageDecay": 0.9, "precision": "fp32", "seed": 3, "saveEvery": 20,
        "sampleEvery": 20
      }
    }

    """
  }
}
