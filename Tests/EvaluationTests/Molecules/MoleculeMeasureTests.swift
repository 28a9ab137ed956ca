import Evaluation
import Testing
import Torch

@Suite struct MoleculeMeasureTests {
  @Test("the likeness of fingerprints is the share of bits that both have")
  func likeness() {
    let some = Fingerprints(Tensor([1, 1, 0, 0, 0, 1, 1, 1], shape: [2, 4]))
    let others = Fingerprints(Tensor([1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], shape: [3, 4]))
    // {0, 1} and {1, 2, 3} beside {0}, {1, 2} and {}.
    let (a, b) = ([1.0 / 2, 1.0 / 3, 0], [0, 2.0 / 3, 0])
    for (found, expected) in zip(
      some.meanLikeness(to: others) + some.nearestLikeness(to: others),
      [a.reduce(0, +) / 3, b.reduce(0, +) / 3, 1.0 / 2, 2.0 / 3])
    { #expect(abs(found - expected) < 1e-6) }
    #expect(some.nearestLikeness(to: some).allSatisfy { abs($0 - 1) < 1e-6 })
  }

  @Test("a chain that learnt one text writes it, whatever is drawn")
  func oneText() {
    let chain = SymbolChain([["C", "O", "C", "N"]], order: 2)
    for seed in 0..<8 {
      let generator = Generator(seed: UInt64(seed))
      #expect(chain.text(using: generator, longest: 10) == "COCN")
      #expect(chain.text(using: generator, longest: 3) == "COC")
    }
    // With one symbol before it only, C goes on in two ways.
    let loose = SymbolChain([["C", "O", "C", "N"]], order: 1)
    let texts = (0..<64).map { loose.text(using: Generator(seed: $0), longest: 10) }
    #expect(Set(texts).isSuperset(of: ["CN", "COCN"]))
  }

  @Test("symbols follow each other as often as they did")
  func shares() {
    let chain = SymbolChain([["A"], ["A"], ["A"], ["B"]], order: 3)
    let count = 2000
    let texts = (0..<count).map { chain.text(using: Generator(seed: UInt64($0)), longest: 4) }
    let share = Double(texts.count { $0 == "A" }) / Double(count)
    #expect(Set(texts) == ["A", "B"])
    #expect(abs(share - 0.75) < 5 * (0.75 * 0.25 / Double(count)).squareRoot())
  }
}
