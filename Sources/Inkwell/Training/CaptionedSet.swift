internal import Modalities
internal import Torch

/// Things to train on, with what is said about each.
protocol CaptionedSet {
  /// What is said about each.
  var records: [ImageFolder.Record] { get }
}

extension CaptionedSet {
  /// How often each picture is drawn, relative to the others.
  ///
  /// - Parameter factors: What the weights of some groups are multiplied by.
  /// - Returns: A weight for each picture.
  /// - Throws: ``TrainingDataError`` if a factor is below 0 or is of a group that no picture has.
  func weights(byGroup factors: [String: Double]) throws -> [Double] {
    let groups = Set(records.compactMap(\.group))
    for (group, factor) in factors.sorted(by: { $0.key < $1.key }) {
      guard groups.contains(group) else {
        throw TrainingDataError.unknownGroup(group, known: groups.sorted())
      }
      guard factor >= 0, factor.isFinite else {
        throw TrainingDataError.groupWeight(group, factor)
      }
    }
    return records.map { ($0.weight ?? 1) * ($0.group.flatMap { factors[$0] } ?? 1) }
  }

  /// The captions to choose from for a picture.
  func captions(_ index: Int) -> [String] {
    let record = records[index]
    guard let captions = record.captions, !captions.isEmpty else { return [record.text] }
    return captions
  }

  /// A caption for each, at random among its own, or the empty one.
  ///
  /// - Parameters:
  ///   - indices: Which ones.
  ///   - dropout: The share that goes without a caption, in [0, 1].
  ///   - generator: Draws.
  /// - Returns: A caption for each of the indices.
  func drawnCaptions(_ indices: [Int], dropout: Double, _ generator: Generator) -> [String] {
    let draws = generator.uniform([2, indices.count]).values(as: Double.self)
    return indices.enumerated().map { position, index in
      guard draws[position] >= dropout else { return "" }
      let choices = captions(index)
      let choice = Int(draws[indices.count + position] * Double(choices.count))
      return choices[min(choice, choices.count - 1)]
    }
  }
}
