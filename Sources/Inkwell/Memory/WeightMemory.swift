internal import Checkpoints

/// The memory that the weights of a network take.
struct WeightMemory: Sendable, Hashable {
  /// A weight as its file has it.
  struct Weight: Sendable, Hashable {
    let name: String
    let shape: [Int]
    /// The type of its numbers, in the format's own word.
    let dtype: String
    /// Whether it can be used where it stands in the file.
    let isMapped: Bool
  }

  /// The bytes of copies, which stay.
  private(set) var held = 0
  /// The bytes of pages of files, which can be given back and are read again when they are used.
  private(set) var mapped = 0
  /// The bytes of the largest weight in float32.
  private(set) var largest = 0

  /// Nothing.
  init() {}

  /// - Parameters:
  ///   - weights: The weights.
  ///   - isHalf: Whether matrices are kept in half precision.
  ///   - isChanged: Whether LoRAs change them, so that none is used where it stands.
  init(_ weights: [Weight], isHalf: Bool, isChanged: Bool = false) {
    for weight in weights {
      let count = weight.shape.reduce(1, *)
      // A few rows of a table are read, where it stands.
      if weight.name.hasSuffix("token_embedding.weight"), weight.isMapped { continue }
      let isMatrix = weight.shape.count > 1
      if isMatrix { largest = max(largest, 4 * count) }
      let keepsHalf = isHalf && isMatrix
      let isStored =
        keepsHalf ? ["F16", "BF16"].contains(weight.dtype) : weight.dtype == "F32"
      let bytes = keepsHalf ? 2 * count : 4 * count
      if isStored, weight.isMapped, !isChanged { mapped += bytes } else { held += bytes }
    }
  }
}

extension WeightMemory.Weight {
  /// The weights of a file.
  static func all(of file: WeightsFile) -> [WeightMemory.Weight] {
    // What PyTorch wrote is not aligned, and copied.
    let isMapped = file.format != "torch"
    return file.entries.map {
      WeightMemory.Weight(name: $0.name, shape: $0.shape, dtype: $0.dtype, isMapped: isMapped)
    }
  }
}
