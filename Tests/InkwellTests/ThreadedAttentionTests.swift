import TestSupport
import Testing
import Torch

extension ThreadedTests {
  @Suite struct ThreadedAttentionTests {
    @Test("attention of our own has the same bits with any number of threads")
    func threads() throws {
      defer { Machine.threads = Machine.standardThreads }
      let x = Generator(seed: 1).normal([2, 150, 48])
      func attended(_ threads: Int) throws -> Tensor {
        Machine.threads = threads
        return try #require(x.fusedAttention(x, x, heads: 2, mask: nil))
      }
      let expected = try attended(1)
      for threads in 2...3 { #expect(distance(try attended(threads), expected) == 0) }
    }
  }
}
