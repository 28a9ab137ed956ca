/// Which items of a data set make up the batch of a step: a pure function of seed and step.
///
/// Each epoch of as many draws as there are items is a systematic sample (Madow 1949,
/// https://doi.org/10.1214/aoms/1177729988) in random order: an item of weight `w` is drawn
/// `count · w / Σw` times, rounded up or down. With equal weights every item is drawn exactly once
/// an epoch.
public struct WeightedSampler: Sendable {
  /// The number of items.
  public let count: Int
  /// The number of items of a step.
  public let batchSize: Int
  /// What the order depends on.
  public let seed: UInt64

  private let cumulative: [Double]

  /// A sampler of items of equal weight.
  ///
  /// - Throws: `TrainingError.invalid` if there is no item or no place in a batch.
  public init(count: Int, batchSize: Int, seed: UInt64) throws {
    try self.init(
      weights: [Double](repeating: 1, count: max(count, 0)), batchSize: batchSize, seed: seed)
  }

  /// A sampler of items of the given weights.
  ///
  /// - Parameters:
  ///   - weights: How often to draw each item, relative to the others; finite, not negative, one
  ///     of them positive.
  ///   - batchSize: The number of items of a step.
  ///   - seed: What the order depends on.
  /// - Throws: `TrainingError.invalid` that names the weight.
  public init(weights: [Double], batchSize: Int, seed: UInt64) throws {
    try require(!weights.isEmpty, "weights", "at least one item", "none")
    try require(batchSize > 0, "batchSize", "a whole number from 1", "\(batchSize)")
    for (index, weight) in weights.enumerated() where !(weight >= 0 && weight.isFinite) {
      throw TrainingError.invalid(
        what: "weights[\(index)]", expected: "a number from 0", found: "\(weight)")
    }
    let largest = weights.max() ?? 0
    try require(largest > 0, "weights", "a weight above 0", "only zeros")
    count = weights.count
    self.batchSize = batchSize
    self.seed = seed
    // Divided by the largest, equal weights are 1 and their sums exact.
    var total = 0.0
    cumulative = weights.map { weight in
      total += weight / largest
      return total
    }
  }

  /// The items of a whole step.
  ///
  /// - Parameter step: The step's number, from 1.
  /// - Returns: Indices of items, `batchSize` of them.
  public func indices(step: Int) -> [Int] {
    precondition(step > 0, "steps are counted from 1")
    return indices(draws: (step - 1) * batchSize..<step * batchSize)
  }

  /// The items of one part of a step: a step's parts together are ``indices(step:)``.
  ///
  /// - Parameter step: The step; its batch size must be the sampler's, over its number of parts.
  /// - Returns: Indices of items, `step.batchSize` of them.
  public func indices(for step: TrainingStep) -> [Int] {
    precondition(step.batchSize * step.parts == batchSize, "the sampler has another batch size")
    let first = (step.number - 1) * batchSize + step.part * step.batchSize
    return indices(draws: first..<first + step.batchSize)
  }

  private func indices(draws: Range<Int>) -> [Int] {
    var epoch = -1
    var order = IndexPermutation(count: count, key: 0)
    var offset = 0.0
    return draws.map { draw in
      if draw / count != epoch {
        epoch = draw / count
        let key = mixed(seed ^ mixed(UInt64(epoch)))
        order = IndexPermutation(count: count, key: key)
        // 20 bits, so that adding a place loses none of them.
        offset = Double(mixed(key) >> 44) / Double(1 << 20)
      }
      return item(at: Double(order[draw % count]) + offset)
    }
  }

  /// The item whose share of the interval from 0 to the count holds `place`.
  private func item(at place: Double) -> Int {
    let total = cumulative[count - 1]
    let point = total == Double(count) ? place : place * (total / Double(count))
    var low = 0
    var high = count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > point { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
