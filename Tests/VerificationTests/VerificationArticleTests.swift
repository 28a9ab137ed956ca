import Diffusion
import Testing
import Verification

/// The worked example of `Verification.docc/Verification.md`, line for line.
@Suite struct VerificationArticleTests {
  @Test("the article's example proves what it says")
  func example() throws {
    let mixture = try NormalMixture(
      weights: [0.25, 0.75], means: [-1, 1], deviations: [0.3, 0.5])
    let (lines, curve) = try SamplerProof("heun", Heun(), on: mixture)()
    for line in lines { print(line.property, line.claimed ?? 0, line.measured ?? 0, line.holds) }

    #expect(lines.allSatisfy { $0.holds })
    #expect(lines[0].property == "order on the mixture's flow")
    #expect(lines[0].claimed == 2 && lines[0].tolerance == 0.35)
    #expect(curve?.points.map(\.evaluations) == [10, 20, 50, 100])
  }
}
