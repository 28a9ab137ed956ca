internal import Checkpoints
internal import Files
internal import Foundation
internal import Modalities
internal import Torch

/// Molecules to learn from: the tokens of their texts, and their properties.
struct MoleculeSet {
  /// The pieces that the texts are spelled with.
  let vocabulary: SMILESVocabulary
  /// The number of pieces of each text.
  let lengths: [Int]
  /// How each property is spread.
  let scales: [PropertyScale]
  /// The SHA-256 of the file.
  let hash: String
  /// The tokens of each text, and zeros behind them, `[molecules, maximum]`, `int64`.
  private let tokens: Tensor
  /// The properties of each molecule, one molecule after the other.
  private let values: [Double]

  /// What is told of a molecule.
  static let properties = MoleculeProperty.allCases

  /// Reads molecules, and spells them unless that was done before.
  ///
  /// - Parameters:
  ///   - folder: A folder of `inkwell dataset molecules`.
  ///   - joins: How many pairs of pieces the vocabulary joins.
  ///   - maximum: The most pieces; molecules with more are left out.
  ///   - cache: Where the tokens are kept.
  ///   - report: Told what is going on.
  /// - Throws: ``MoleculeDataError``, `SMILESError`, or what is wrong with a file.
  init(
    folder: URL, joins: Int, maximum: Int, cache: URL, report: (TrainingReport) -> Void
  ) throws {
    let file = folder.appending(path: MoleculeEntry.file)
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw MoleculeDataError.missing(file: path)
    }
    let hash = try FileHash.sha256(of: file)
    let tensors = try TensorCache(file: cache.appending(path: "molecules.safetensors")).tensors(
      from: [hash, "\(joins) \(maximum)"]
    ) {
      report(.note("spelling the molecules of \(path)"))
      return try Self.spelled(MoleculeEntry.all(in: folder), joins: joins, maximum: maximum)
    }
    let vocabulary = cache.appending(path: "vocabulary.json")
    try AtomicFile.write(
      Data(tensors["vocabulary"]?.values(as: UInt8.self) ?? []), to: vocabulary)
    self.vocabulary = try SMILESVocabulary(contentsOf: vocabulary)
    self.hash = hash
    tokens = tensors["tokens"] ?? .zeros([0])
    lengths = tensors["lengths"]?.values(as: Int.self) ?? []
    let values = tensors["properties"]?.values(as: Double.self) ?? []
    self.values = values
    let count = Self.properties.count
    scales = (0..<count).map { number in
      PropertyScale(of: stride(from: number, to: values.count, by: count).map { values[$0] })
    }
    guard !lengths.isEmpty else { throw MoleculeDataError.pieces(file: path, most: maximum) }
    let left = tensors["left"]?.values(as: Int.self).first ?? 0
    if left > 0 {
      report(.note("\(left) molecules are left out, which have more than \(maximum) pieces"))
    }
  }

  private static func spelled(
    _ entries: [MoleculeEntry], joins: Int, maximum: Int
  ) throws -> [String: Tensor] {
    let vocabulary = try SMILESVocabulary(learnedFrom: entries.map(\.smiles), joins: joins)
    var (tokens, lengths, values): ([Int], [Int], [Double]) = ([], [], [])
    for entry in entries {
      let row = try vocabulary.numbers(of: entry.smiles)
      guard row.count <= maximum else { continue }
      tokens += row.map { $0 + 1 } + [Int](repeating: 0, count: maximum - row.count)
      lengths.append(row.count)
      values += properties.map { $0.value(in: entry.properties) }
    }
    let vocabularyFile = [UInt8](try vocabulary.file)
    return try checked {
      [
        "tokens": Tensor(tokens, shape: [lengths.count, maximum]), "lengths": Tensor(lengths),
        "properties": Tensor(values), "vocabulary": Tensor(vocabularyFile),
        "left": Tensor([entries.count - lengths.count]),
      ]
    }
  }

  /// Some of the texts with what is told of them, those of about as many pieces together.
  ///
  /// - Parameters:
  ///   - indices: Which molecules.
  ///   - dropout: The share of them of which nothing is told; of the others, each property is told
  ///     every second time.
  ///   - generator: Draws.
  /// - Returns: The groups.
  func groups(_ indices: [Int], dropout: Double, _ generator: Generator) -> [MoleculeGroup] {
    let count = Self.properties.count
    let draws = generator.uniform([indices.count, 1 + count]).values(as: Double.self)
    let told = indices.enumerated().map { row, index in
      (0..<count).map { property -> Double? in
        let isTold =
          draws[row * (1 + count)] >= dropout && draws[row * (1 + count) + 1 + property] < 0.5
        return isTold ? values[index * count + property] : nil
      }
    }
    let features = PropertyFeatures(scales: scales)
    let byLength = indices.indices.sorted {
      (lengths[indices[$0]], $0) < (lengths[indices[$1]], $1)
    }
    return stride(from: 0, to: byLength.count, by: MoleculeGroup.most).map { start in
      let rows = byLength[start..<min(start + MoleculeGroup.most, byLength.count)]
      let pieces = rows.map { lengths[indices[$0]] }
      return MoleculeGroup(
        x0: tokens.indexSelected(dim: 0, Tensor(rows.map { indices[$0] }))
          .narrowed(dim: 1, start: 0, length: pieces.last ?? 0),
        lengths: Tensor(pieces), features: features(rows.map { told[$0] }))
    }
  }
}

/// Texts of about as many pieces, which a network reads together.
struct MoleculeGroup {
  /// The most texts of a group: enough for large products, and few enough for little padding.
  static let most = 64
  /// The texts, and padding behind those that are shorter than the longest, `[batch, places]`,
  /// `int64`.
  let x0: Tensor
  /// The pieces of each, `[batch]`, `int64`.
  let lengths: Tensor
  /// What is told of each, `[batch, 1, channels]`.
  let features: Tensor
}
