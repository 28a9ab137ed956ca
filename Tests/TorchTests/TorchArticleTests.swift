import Testing
import Torch

/// The worked example of `Torch.docc/Torch.md`, line for line.
@Suite struct TorchArticleTests {
  @Test("the article's example finds the line")
  func example() throws {
    let generator = Generator(seed: 7)
    let x = Tensor.linspace(from: -1, to: 1, count: 100)
    let y = 3 * x - 1 + 0.1 * generator.normal([100])

    let slope = Tensor(Float(0)).withGradient()
    let offset = Tensor(Float(0)).withGradient()
    for _ in 1...200 {
      try checked {
        let error = slope * x + offset - y
        (error * error).mean().backward()
        for weight in [slope, offset] {
          guard let gradient = weight.gradient else { continue }
          withoutGradients { _ = weight.add(gradient * -0.3) }
          weight.clearGradient()
        }
      }
    }

    #expect(abs(slope.item() - 3) < 0.05)
    #expect(abs(offset.item() + 1) < 0.05)
  }
}
