internal import Torch

/// Averages tokens of a picture that are alike before they attend to one another.
///
/// Bolya and Hoffman 2023 (ToMe for Stable Diffusion), https://arxiv.org/abs/2303.17604; equal to
/// tomesd 0.1.3. Of every square of two by two places one stays, drawn at random. Of the others
/// those that are most like one that stays, by their cosine, are averaged with it, and get what
/// it finds. It is made for one evaluation of a network, and draws anew for every block.
public final class TokenMerging {
  /// The largest share of the tokens that can be merged: three of every four.
  public static let largestShare = 0.75

  private let share: Double
  private let generator: Generator

  /// Merging for one evaluation.
  ///
  /// - Parameters:
  ///   - share: The share of the tokens that are merged into others, above 0 and at most
  ///     ``largestShare``.
  ///   - seed: What the places that stay are drawn from.
  public init(share: Double, seed: UInt64) {
    precondition(share > 0 && share <= Self.largestShare, "a share of \(share)")
    self.share = share
    generator = Generator(seed: seed)
  }

  /// Which tokens of the next block are merged.
  ///
  /// - Parameters:
  ///   - x: The tokens as they are before the block, `[batch, rows · columns, channels]`.
  ///   - rows: The rows that they stand in.
  ///   - columns: The columns.
  /// - Returns: The tokens that go together; nothing where no token would be merged.
  func matching(_ x: Tensor, rows: Int, columns: Int) -> TokenMatching? {
    guard x.rank == 3, x.shape[1] == rows * columns, rows > 1, columns > 1 else { return nil }
    let squares = [rows / 2, columns / 2]
    let drawn = generator.integers(in: 0..<4, squares).values(as: Int.self)
    guard drawn.count == squares[0] * squares[1] else { return nil }
    var stays = Array(repeating: false, count: rows * columns)
    for (square, place) in drawn.enumerated() {
      let row = 2 * (square / squares[1]) + place / 2
      stays[row * columns + 2 * (square % squares[1]) + place % 2] = true
    }
    let count = min(Int(Double(stays.count) * share), stays.count - drawn.count)
    return count > 0 ? TokenMatching(x, stays: stays, merging: count) : nil
  }
}

/// Which tokens are averaged, and with which.
struct TokenMatching {
  /// The tokens that nothing is done to, counted through the batch, `[batch · kept]`.
  private let kept: Tensor
  /// Those that are averaged with another one, `[batch · merged]`.
  private let merged: Tensor
  /// Those that others are averaged with, `[batch · targets]`.
  private let targets: Tensor
  /// Which of `targets` each of `merged` goes with, `[batch, merged]`.
  private let chosen: Tensor
  /// Where each token is in what is left, counted through the batch, `[batch · tokens]`.
  private let slots: Tensor

  /// As many scores are in memory at once as so many tokens have.
  private static let part = 1024

  /// Matches tokens.
  ///
  /// - Parameters:
  ///   - x: The tokens, `[batch, tokens, channels]`.
  ///   - stays: Whether each place of the picture is one that others are averaged with.
  ///   - count: How many are.
  fileprivate init(_ x: Tensor, stays: [Bool], merging count: Int) {
    let (batch, tokens) = (x.shape[0], stays.count)
    func numbers(_ list: [Int]) -> Tensor { Tensor(list.map(Int64.init)).moved(to: x.device) }
    let (goers, stayers) = (stays.indices.filter { !stays[$0] }, stays.indices.filter { stays[$0] })
    let left = goers.count - count
    let (nearest, likeness) = Self.nearest(
      x / x.vectorNorm(dims: [-1], keepingDims: true), numbers(goers), numbers(stayers))

    // The most alike first; the rank of each is the inverse of that order.
    let order = likeness.sorted(dim: -1, descending: true).1
    let rank = order.sorted(dim: -1).1
    let first = numbers((0..<batch).map { $0 * tokens }).unsqueezed(1)
    func among(_ range: Range<Int>) -> Tensor {
      order.narrowed(dim: 1, start: range.lowerBound, length: range.count)
    }
    func counted(_ order: Tensor) -> Tensor {
      let places = numbers(goers).indexSelected(dim: 0, order.flattened(from: 0, to: 1))
      return (places.reshaped(Array(order.shape)) + first).flattened(from: 0, to: 1)
    }
    kept = counted(among(count..<goers.count))
    merged = counted(among(0..<count))
    targets = (numbers(stayers).unsqueezed(0) + first).flattened(from: 0, to: 1)
    chosen = nearest.gathered(dim: 1, among(0..<count))

    let goersSlots = rank.greaterOrEqual(to: .integer(count))
      .choosing(rank - count, else: nearest + left)
    let stayersSlots = numbers(Array(left..<left + stayers.count)).unsqueezed(0)
      .expanded(batch, -1)
    var place = Array(repeating: 0, count: tokens)
    for (index, token) in (goers + stayers).enumerated() { place[token] = index }
    let own = concatenate(goersSlots, stayersSlots, dim: 1).indexSelected(dim: 1, numbers(place))
    slots = (own + numbers((0..<batch).map { $0 * (tokens - count) }).unsqueezed(1))
      .flattened(from: 0, to: 1)
  }

  /// Which of the tokens that stay each other one is most like, and how much, `[batch, goers]`.
  private static func nearest(
    _ unit: Tensor, _ goers: Tensor, _ stayers: Tensor
  ) -> (Tensor, Tensor) {
    let all = unit.indexSelected(dim: 1, stayers).transposed(1, 2)
    let from = unit.indexSelected(dim: 1, goers)
    let found = stride(from: 0, to: goers.count, by: part).map { start in
      let scores = from.narrowed(dim: 1, start: start, length: min(part, goers.count - start))
        .batchMatmul(all)
      let best = scores.argmax(dim: -1, keepingDims: true)
      return (best.squeezed(-1), scores.gathered(dim: -1, best).squeezed(-1))
    }
    return (
      found.map(\.0).concatenated(dim: 1), found.map(\.1).concatenated(dim: 1)
    )
  }

  /// - Parameter x: `[batch, tokens, channels]`.
  /// - Returns: Fewer tokens, of which some are means, `[batch, less, channels]`.
  func merged(_ x: Tensor) -> Tensor {
    let batch = x.shape[0]
    let all = x.flattened(from: 0, to: 1)
    func picked(_ index: Tensor) -> Tensor {
      all.indexSelected(dim: 0, index).reshaped(batch, -1, x.shape[2])
    }
    return concatenate(picked(kept), means(picked(targets), with: picked(merged)), dim: 1)
  }

  /// Each of the tokens averaged with those that go with it.
  private func means(_ targets: Tensor, with others: Tensor) -> Tensor {
    let part = Self.part / 4
    return stride(from: 0, to: targets.shape[1], by: part).map { start in
      let own = targets.narrowed(
        dim: 1, start: start, length: min(part, targets.shape[1] - start))
      let numbers = Tensor(
        (start..<start + own.shape[1]).map(Int64.init), shape: [1, own.shape[1], 1])
      // A product with ones and zeros: sums of what goes together.
      let goes = numbers.moved(to: targets.device).equal(to: chosen.unsqueezed(1))
        .converted(to: others.dtype)
      return (own + goes.batchMatmul(others)) / (1 + goes.sum(dims: [2], keepingDims: true))
    }.concatenated(dim: 1)
  }

  /// - Parameter x: What the tokens that were left found, `[batch, less, channels]`.
  /// - Returns: The same for every token, `[batch, tokens, channels]`.
  func unmerged(_ x: Tensor) -> Tensor {
    x.flattened(from: 0, to: 1).indexSelected(dim: 0, slots)
      .reshaped(x.shape[0], -1, x.shape[2])
  }
}
