import TestSupport
import Testing
import Torch

/// Attention by our own kernels beside the formula in float64, of the same numbers.
@Suite struct AttentionTests {
  /// Tokens of some heads.
  struct Case: Sendable {
    var batch = 2
    var queries: Int
    var keys: Int
    var heads: Int
    var depth: Int

    /// Queries, keys and values.
    func tokens(_ dtype: DType) -> (q: Tensor, k: Tensor, v: Tensor) {
      func drawn(_ count: Int, seed: UInt64) -> Tensor {
        Generator(seed: seed).normal([batch, count, heads * depth]).converted(to: dtype)
      }
      return (drawn(queries, seed: 1), drawn(keys, seed: 2), drawn(keys, seed: 3))
    }

    /// The formula, in float64.
    func exact(_ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?) -> Tensor {
      func split(_ x: Tensor) -> Tensor {
        x.converted(to: .float64).reshaped(batch, x.shape[1], heads, depth).transposed(1, 2)
      }
      let scores = split(q).matmul(split(k).transposed(-2, -1)) / Double(depth).squareRoot()
      let shares = (mask.map { scores + $0.converted(to: .float64) } ?? scores).softmax(dim: -1)
      return shares.matmul(split(v)).transposed(1, 2).reshaped(batch, queries, -1)
    }
  }

  /// A part of a panel, of a group of keys and of a column; more than are worked on at a time.
  static let cases = [
    Case(queries: 64, keys: 64, heads: 2, depth: 64),
    Case(queries: 33, keys: 77, heads: 3, depth: 40),
    Case(queries: 1, keys: 1, heads: 1, depth: 2),
    Case(queries: 100, keys: 300, heads: 2, depth: 80),
    Case(queries: 50, keys: 129, heads: 1, depth: 160),
    Case(batch: 1, queries: 9, keys: 5000, heads: 1, depth: 24),
    // More keys and values than are turned at a time.
    Case(batch: 1, queries: 3, keys: 5000, heads: 20, depth: 24),
  ]

  private func check(_ found: Tensor?, _ exact: Tensor, within bound: Double) throws {
    let found = try #require(found)
    #expect(found.shape.sizes == exact.shape.sizes)
    let largest = exact.absolute().maximum().item()
    #expect(distance(found.converted(to: .float64), exact) < bound * largest)
  }

  /// Pads the end of some, as prompts of different lengths are.
  private func padding(_ test: Case) -> Tensor {
    let allowed = Generator(seed: 4).uniform([test.batch, 1, 1, test.keys])
    return (allowed - 0.5).clamped(min: -1, max: 0) * 1000
  }

  @Test(
    "float32 is the exact one to its rounding",
    arguments: cases + [
      Case(queries: 13, keys: 40, heads: 2, depth: 5),
      Case(batch: 1, queries: 100, keys: 140, heads: 1, depth: 512),
    ])
  func floats(test: Case) throws {
    let (q, k, v) = test.tokens(.float32)
    let full = Generator(seed: 5).normal([test.batch, test.heads, test.queries, test.keys])
    let shared = Generator(seed: 6).normal([1, 1, test.queries, test.keys])
    for mask in [nil, padding(test), full, shared] {
      let found = try checked { q.fusedAttention(k, v, heads: test.heads, mask: mask) }
      try check(found, test.exact(q, k, v, mask: mask), within: 4e-6)
    }
  }

  @Test("bfloat16 is the exact one, rounded, where there is a matrix unit", arguments: cases)
  func rounded(test: Case) throws {
    let (q, k, v) = test.tokens(.bfloat16)
    for mask in [nil, padding(test)] {
      let found = try checked { q.fusedAttention(k, v, heads: test.heads, mask: mask) }
      guard TileWeight.isHere else {
        #expect(found == nil)
        continue
      }
      // Shares are rounded to bfloat16 as well, whose errors are in both directions.
      try check(found, test.exact(q, k, v, mask: mask), within: 0.012)
    }
  }

  @Test("scores of any size leave numbers")
  func extremes() throws {
    let test = Case(queries: 7, keys: 200, heads: 1, depth: 16)
    let (q, k, v) = test.tokens(.float32)
    // The greatest score comes late, and all before it fades.
    let rising = Tensor((0..<200).map { Double($0) * 50 - 9000 }).converted(to: .float32)
    // More keys than are seen at a time are out of sight before the first one that counts.
    let hidden = Tensor((0..<200).map { $0 < 150 ? -Double.infinity : 0 }).converted(to: .float32)
    for mask in [rising, hidden].map({ $0.reshaped(1, 1, 1, 200) }) {
      let found = q.fusedAttention(k * 30, v, heads: 1, mask: mask)
      try check(found, test.exact(q, k * 30, v, mask: mask), within: 1e-4)
    }
  }

  @Test("a query that sees nothing sees all alike", arguments: [-Double.infinity, -3.4e38])
  func nothing(hidden: Double) throws {
    let test = Case(queries: 3, keys: 40, heads: 2, depth: 8)
    let (q, k, v) = test.tokens(.float32)
    let rows = Tensor([0, hidden, 0], shape: [1, 1, 3, 1]).converted(to: .float32)
    let mask = rows.expanded([1, 1, 3, 40])
    let found = try #require(q.fusedAttention(k, v, heads: 2, mask: mask))
    let blind = found.narrowed(dim: 1, start: 1, length: 1)
    #expect(distance(blind, v.mean(dims: [1], keepingDims: true)) < 1e-6)
    let seeing = try #require(q.fusedAttention(k, v, heads: 2, mask: nil))
    #expect(
      distance(
        found.narrowed(dim: 1, start: 2, length: 1), seeing.narrowed(dim: 1, start: 2, length: 1))
        == 0)
  }

  @Test("what is no number stays none")
  func noNumbers() throws {
    let test = Case(queries: 3, keys: 40, heads: 1, depth: 8)
    let (q, k, v) = test.tokens(.float32)
    for value in [Double.nan, .infinity] {
      let query = Tensor([1, value, 1], shape: [1, 3, 1]).converted(to: .float32)
      let found = try #require((q * query).fusedAttention(k, v, heads: 1, mask: nil))
      let rows = found.values(as: Double.self)
      #expect(rows[8..<16].allSatisfy { $0.isNaN } && rows[0..<8].allSatisfy { $0.isFinite })
    }
    // A key that is none is seen by all.
    let keys = Tensor((0..<40).map { $0 == 33 ? Double.nan : 1 }, shape: [1, 40, 1])
    let found = try #require(
      q.fusedAttention(k * keys.converted(to: .float32), v, heads: 1, mask: nil))
    let isNone = found.values(as: Double.self).allSatisfy { $0.isNaN }
    #expect(isNone)
  }

  @Test("masks in half precision are those in float32")
  func masks() throws {
    let test = Case(queries: 110, keys: 150, heads: 2, depth: 24)
    let (q, k, v) = test.tokens(.float32)
    let mask = Generator(seed: 5).normal([2, 1, 110, 150]).converted(to: .bfloat16)
    let found = q.fusedAttention(k, v, heads: 2, mask: mask)
    let wide = q.fusedAttention(k, v, heads: 2, mask: mask.converted(to: .float32))
    #expect(distance(try #require(found), try #require(wide)) == 0)
  }

  @Test("a query's result does not depend on the others, on heads or on the batch")
  func parts() throws {
    let test = Case(queries: 110, keys: 150, heads: 2, depth: 24)
    let (q, k, v) = test.tokens(.float32)
    let all = try #require(q.fusedAttention(k, v, heads: 2, mask: nil))
    let some = try #require(
      q.narrowed(dim: 1, start: 37, length: 50).fusedAttention(k, v, heads: 2, mask: nil))
    #expect(distance(some, all.narrowed(dim: 1, start: 37, length: 50)) == 0)
    func head(_ x: Tensor) -> Tensor {
      x.narrowed(dim: 0, start: 1, length: 1).narrowed(dim: 2, start: 24, length: 24)
    }
    let one = try #require(head(q).fusedAttention(head(k), head(v), heads: 1, mask: nil))
    #expect(distance(one, head(all)) == 0)
  }

  @Test("joined projections are read where they lie", arguments: [DType.float32, .bfloat16])
  func views(dtype: DType) throws {
    let joined = Generator(seed: 1).normal([2, 40, 3 * 64]).converted(to: dtype)
    let parts = joined.chunked(3, dim: -1)
    let found = parts[0].fusedAttention(parts[1], parts[2], heads: 2, mask: nil)
    let apart = parts[0].contiguous().fusedAttention(
      parts[1].contiguous(), parts[2].contiguous(), heads: 2, mask: nil)
    guard dtype == .float32 || TileWeight.isHere else {
      #expect(found == nil && apart == nil)
      return
    }
    #expect(distance(try #require(found), try #require(apart)) == 0)
  }

  @Test("other types and sizes are left to LibTorch")
  func others() {
    let x = Generator(seed: 1).normal([1, 4, 64])
    func isOurs(_ q: Tensor, _ k: Tensor, heads: Int = 2, mask: Tensor? = nil) -> Bool {
      q.fusedAttention(k, k, heads: heads, mask: mask) != nil
    }
    #expect(isOurs(x, x))
    let wide = x.converted(to: .float64)
    #expect(!isOurs(wide, wide))
    #expect(!isOurs(x, wide) && !isOurs(.zeros([]), x) && !isOurs(x, .zeros([])))
    #expect(!isOurs(x, x, heads: 3) && !isOurs(x, x, heads: 0))
    #expect(!isOurs(x, .zeros([1, 4, 32])) && !isOurs(x, .zeros([2, 4, 64])))
    #expect(!isOurs(x, x, mask: .zeros([4, 4])) && !isOurs(x, x, mask: .zeros([1, 1, 4, 5])))
    #expect(!isOurs(x, x, mask: .zeros([1, 3, 4, 4])))
    #expect(!isOurs(x, x, mask: Tensor.zeros([1, 1, 4, 4]).converted(to: .bool)))
    let isOursUnderAutocast = withAutocast(.bfloat16) { isOurs(x, x) }
    #expect(!isOursUnderAutocast)
    #expect(
      !isOurs(x.withGradient(), x) && !isOurs(x, x, mask: .zeros([1, 1, 4, 4]).withGradient()))
    #expect(!withoutOwnKernels { isOurs(x, x) })
    let half = x.converted(to: .bfloat16)
    #expect(isOurs(half, half) == TileWeight.isHere)
    #expect(!isOurs(half, half, mask: .zeros([1, 1, 4, 4])))
  }
}
