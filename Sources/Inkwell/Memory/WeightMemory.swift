internal import Checkpoints

/// The memory that the weights of a network take.
struct WeightMemory: Sendable, Hashable {
  /// A weight as its file has it.
  struct Weight: Sendable, Hashable {
    var name: String
    let shape: [Int]
    /// The type of its numbers, in the format's own word.
    let dtype: String
    /// Whether it can be used where it stands in the file.
    let isMapped: Bool
    /// Whether a LoRA changes it, so that it is not used where it stands.
    var isChanged = false

    /// Whether few of its rows are read, where it stands.
    fileprivate var isTable: Bool {
      ["token_embedding.weight", "word_embeddings.weight"].contains { name.hasSuffix($0) }
    }
  }

  /// The bytes of copies, which stay.
  private(set) var held = 0
  /// The bytes of pages of files, which can be given back and are read again when they are used.
  private(set) var mapped = 0
  /// The bytes of the largest weight in float32.
  private(set) var largest = 0

  /// - Parameters:
  ///   - weights: The weights.
  ///   - saving: How memory is saved.
  init(_ weights: [Weight], _ saving: MemorySaving = MemorySaving()) {
    for weight in weights {
      let count = weight.shape.reduce(1, *)
      if weight.isTable, weight.isMapped { continue }
      let isMatrix = weight.shape.count > 1
      if isMatrix { largest = max(largest, 4 * count) }
      let keepsHalf = saving.isHalf && isMatrix
      let isCopied = weight.isChanged && !(isMatrix && saving.changesInUse == true)
      let isStored =
        keepsHalf ? ["F16", "BF16"].contains(weight.dtype) : weight.dtype == "F32"
      let bytes = keepsHalf ? 2 * count : 4 * count
      if isStored, weight.isMapped, !isCopied { mapped += bytes } else { held += bytes }
    }
  }
}

extension WeightMemory.Weight {
  /// The weights of a file.
  static func all(of file: WeightsFile) -> [WeightMemory.Weight] {
    file.entries.map {
      WeightMemory.Weight(
        name: $0.name, shape: $0.shape, dtype: $0.dtype, isMapped: file.isAligned)
    }
  }

  /// The weights that are made of a file's tensors.
  static func all(_ tensors: [ConvertedTensor], of file: WeightsFile) -> [WeightMemory.Weight] {
    let types = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.dtype) })
    return tensors.map { tensor in
      WeightMemory.Weight(
        name: tensor.name, shape: tensor.shape,
        dtype: tensor.sources.first.flatMap { types[$0] } ?? "",
        isMapped: tensor.isView && file.isAligned)
    }
  }
}

extension WeightsFile {
  /// Whether its numbers can be used where they stand: what PyTorch wrote is copied.
  fileprivate var isAligned: Bool { format != "torch" }
}
