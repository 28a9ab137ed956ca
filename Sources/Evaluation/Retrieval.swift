public import Torch

/// How often a caption's own picture is among the first of many.
public struct Retrieval: Codable, Sendable, Hashable {
  /// The share of captions whose own picture is among the first, with Wilson's interval.
  public let share: Estimate
  /// The pictures among which each caption's own is looked for, its own included.
  public let candidates: Int
  /// The place that counts as among the first.
  public let top: Int
  /// The number of captions.
  public let captions: Int

  /// The share that chance alone would find.
  public var chance: Double { Double(top) / Double(candidates) }

  /// Looks for each caption's picture among others drawn at random.
  ///
  /// - Parameters:
  ///   - scores: How well each caption fits each picture, `[count, count]`; a caption's own picture
  ///     has its number.
  ///   - kinds: What each picture shows. The candidates of a caption are all of different kinds, so
  ///     that there is one right answer.
  ///   - candidates: The pictures among which each is looked for; fewer if there are not so many
  ///     kinds.
  ///   - top: The place that counts as among the first.
  ///   - generator: Draws the other pictures.
  /// - Throws: A `TorchError`.
  public init(
    scores: Tensor, kinds: [String], candidates: Int = 200, top: Int = 5,
    using generator: Generator
  ) throws {
    let places = try retrievalPlaces(
      scores: scores, kinds: kinds, candidates: candidates, using: generator)
    self.candidates = min(candidates, Set(kinds).count)
    self.top = top
    captions = kinds.count
    share = Estimate(successes: places.count { $0 <= top }, of: kinds.count)
  }
}

/// The place of each caption's own picture among the candidates, from 1; a tie counts against it.
func retrievalPlaces(
  scores: Tensor, kinds: [String], candidates: Int, using generator: Generator
) throws -> [Int] {
  let count = kinds.count
  precondition(scores.shape == [count, count], "scores of \(count) captions and pictures")
  let rows = scores.converted(to: .float64).values(as: Double.self)
  return try (0..<count).map { caption in
    let order = try checked { generator.permutation(count).values(as: Int.self) }
    let own = rows[caption * count + caption]
    var seen: Set = [kinds[caption]]
    var place = 1
    for other in order {
      if seen.count == candidates { break }
      guard seen.insert(kinds[other]).inserted else { continue }
      // Also where one of them is not a number.
      if !(rows[caption * count + other] < own) { place += 1 }
    }
    return place
  }
}
