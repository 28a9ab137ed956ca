import TestSupport
import Testing
import Torch

@testable import Models

/// Which tokens are merged, where that is known.
@Suite struct TokenMergingTests {
  private let size = (rows: 6, columns: 8)

  /// Tokens of which those of a square of two by two are the same, and no others.
  private func squares(of batch: Int) -> Tensor {
    Generator(seed: 1).normal([batch, size.rows / 2, 1, size.columns / 2, 1, 5])
      .expanded(batch, size.rows / 2, 2, size.columns / 2, 2, 5).contiguous()
      .reshaped(batch, size.rows * size.columns, 5)
  }

  private func matching(_ x: Tensor, _ merging: TokenMerging) throws -> TokenMatching {
    try #require(merging.matching(x, rows: size.rows, columns: size.columns))
  }

  @Test("three of four equal tokens are merged with the fourth without a loss", arguments: 0..<4)
  func equal(seed: UInt64) throws {
    let x = squares(of: 2)
    let matching = try matching(x, TokenMerging(share: 0.75, seed: seed))
    let merged = matching.merged(x)
    #expect(merged.shape == [2, 12, 5])
    #expect(distance(matching.unmerged(merged), x) < 1e-6)
  }

  @Test("tokens that are less alike than others stay as they are")
  func least() throws {
    // The last column's are like no others, and 27 or more others are like one that stays.
    var x = squares(of: 1).reshaped(6, 8, 5)
    let odd = Generator(seed: 2).normal([6, 1, 5])
    x = concatenate(x.narrowed(dim: 1, start: 0, length: 7), odd, dim: 1).reshaped(1, 48, 5)
    let matching = try matching(x, TokenMerging(share: 0.5, seed: 3))
    let back = matching.unmerged(matching.merged(x))
    #expect(matching.merged(x).shape == [1, 24, 5])
    #expect(distance(back, x) < 1e-6)
  }

  @Test("what a token found is given to all that were averaged with it")
  func means() throws {
    let x = Generator(seed: 4).normal([1, 48, 5])
    let matching = try matching(x, TokenMerging(share: 0.75, seed: 5))
    let back = matching.unmerged(matching.merged(x))
    // Each group is replaced by its mean, so the sum of all stays, and the means stay means.
    #expect(distance(back.sum(dims: [1]), x.sum(dims: [1])) < 1e-4)
    #expect(distance(matching.unmerged(matching.merged(back)), back) < 1e-5)
    #expect(distance(back, x) > 0.1)
  }

  @Test("a seed draws the same places, and every block others")
  func draws() throws {
    let x = Generator(seed: 6).normal([1, 48, 5])
    func merged(_ merging: TokenMerging) throws -> Tensor { try matching(x, merging).merged(x) }
    let merging = TokenMerging(share: 0.5, seed: 7)
    let (first, second) = (try merged(merging), try merged(merging))
    #expect(distance(first, try merged(TokenMerging(share: 0.5, seed: 7))) == 0)
    #expect(distance(first, second) > 0.1)
  }

  @Test("nothing is merged in a row of tokens, or by a share of less than one")
  func nothing() {
    let merging = TokenMerging(share: 0.02, seed: 8)
    #expect(merging.matching(.ones([1, 48, 5]), rows: 6, columns: 8) == nil)
    #expect(
      TokenMerging(share: 0.75, seed: 8).matching(.ones([1, 8, 5]), rows: 1, columns: 8) == nil)
  }

  @Test("tokens merge at the finest resolution whose places attend to one another")
  func levels() {
    var sizes = UNetEncoderConfiguration()
    #expect(sizes.mergingLevel == 0)
    sizes.downBlockTypes = [.plain, .crossAttention, .crossAttention]
    sizes.onlyCrossAttention = [false, false, false]
    #expect(sizes.mergingLevel == 1)
    sizes.onlyCrossAttention = [true, true, false]
    #expect(sizes.mergingLevel == 2)
    sizes.downBlockTypes = [.adaptive, .adaptiveCrossAttention]
    #expect(sizes.mergingLevel == nil)
  }
}
