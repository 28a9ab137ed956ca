import Compiler
import TestSupport
import Testing
import Torch

/// The worked example of `Compiler.md`.
@Suite struct CompilerArticleTests {
  @Test("the example of the article compiles a layer")
  func example() throws {
    let weight = Generator(seed: 0).normal([4, 3])
    let layer = Compiled<Tensor, Tensor>(report: { print($0) }) { x in silu(x.linear(weight)) }

    let x = Generator(seed: 1).normal([2, 3])
    let y = layer(x)  // Recorded and compiled for [2, 3], then run.

    #expect(relativeDistance(y, silu(x.linear(weight))) < 1e-6)
  }
}
