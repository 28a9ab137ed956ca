import Foundation
import TestSupport
import Testing
import Torch

/// Streams of random numbers equal PyTorch's to the bit; see `generators.py`.
@Suite("generators")
struct GeneratorTests {
  static let seeds: [UInt64] = [0, 1, 42, 1 << 32 + 5, 1 << 63 - 1]

  @Test(
    "a seed's draws of every kind, one after the other, and the state after them", arguments: seeds)
  func streams(_ seed: UInt64) throws {
    let golden = try Golden("generators.safetensors").tensors("\(seed)")
    let generator = Generator(seed: seed)
    try replay(golden, generator)
    #expect(try identical(generator.state, #require(golden["state"])))
  }

  @Test("a generator that is seeded anew begins the stream again")
  func reseeding() throws {
    let golden = try Golden("generators.safetensors").tensors("42")
    let generator = Generator(seed: 7)
    _ = generator.normal([5])
    generator.seed(42)
    try replay(golden, generator)
  }

  @Test("a state that is set goes on where it was taken", arguments: [1, 15, 16, 17])
  func states(count: Int) throws {
    let generator = Generator(seed: 3)
    // An odd number of draws one by one leaves half of a pair for the next.
    _ = generator.normal([3], dtype: .float64)
    let state = generator.state
    #expect(state.dtype == .uint8 && state.rank == 1)
    let draws = generator.normal([count])
    let copy = Generator(seed: 99)
    copy.state = state
    #expect(identical(copy.normal([count]), draws))
    #expect(identical(copy.state, generator.state))
  }

  @Test("what is no state is an error")
  func badState() {
    let generator = Generator(seed: 3)
    #expect(throws: TorchError.self) {
      try checked { generator.state = .zeros([3], dtype: .uint8) }
    }
  }

  @Test("what cannot be drawn is an error")
  func impossible() {
    let generator = Generator(seed: 3)
    #expect(throws: TorchError.self) { try checked { generator.normal([-1]) } }
    #expect(throws: TorchError.self) { try checked { generator.uniform([2], dtype: .int64) } }
    #expect(throws: TorchError.self) { try checked { generator.integers(in: 3..<3, [2]) } }
    #expect(throws: TorchError.self) { try checked { generator.permutation(-1) } }
  }

  @Test("a generator belongs to nobody else: others' draws do not move its stream")
  func independence() {
    let (first, second) = (Generator(seed: 8), Generator(seed: 8))
    let draws = first.normal([20])
    _ = first.uniform([5])
    #expect(identical(second.normal([20]), draws))
  }

  /// Draws what the reference drew, in its order.
  private func replay(_ golden: [String: Tensor], _ generator: Generator) throws {
    let draws = golden.filter { $0.key != "state" }.sorted { $0.key < $1.key }
    #expect(draws.count == 18)
    for (name, expected) in draws {
      let shape = expected.shape.sizes
      let kind = try #require(name.split(separator: ".").last)
      let found =
        switch kind {
        case "normal": generator.normal(shape, dtype: expected.dtype)
        case "uniform": generator.uniform(shape, dtype: expected.dtype)
        case "integers": generator.integers(in: -3..<100, shape)
        case "wide": generator.integers(in: -(1 << 40)..<1 << 62, shape)
        default: generator.permutation(shape[0])
        }
      #expect(identical(found, expected), "\(name)")
    }
  }

  /// Whether dtype, shape and every bit are the same.
  private func identical(_ a: Tensor, _ b: Tensor) -> Bool {
    a.dtype == b.dtype && a.shape == b.shape
      && a.withUnsafeBytes { a in b.withUnsafeBytes { b in a.elementsEqual(b) } }
  }
}
