import Diffusion
import Foundation
import Testing
import Torch

/// Masked diffusion on texts of three tokens out of two, whose probabilities are all known.
@Suite struct MaskedTests {
  /// The probability of each text 000, 001, …, 111; the mask is a third token.
  private static let joint = [0.3, 0.05, 0.1, 0.05, 0.02, 0.18, 0.2, 0.1]
  private static let mask = 2
  private let objective = MaskedObjective(mask: mask)

  private static func text(_ number: Int) -> [Int] { (0..<3).map { number >> (2 - $0) & 1 } }

  /// What a network that knows the probabilities says of a text, some of whose tokens are the mask.
  private static func truth(_ text: [Int]) -> [[Double]] {
    let fitting = (0..<8).filter { number in
      zip(Self.text(number), text).allSatisfy { $1 == mask || $0 == $1 }
    }
    let all = fitting.reduce(0) { $0 + joint[$1] }
    return (0..<3).map { place in
      (0..<2).map { token in
        fitting.filter { Self.text($0)[place] == token }.reduce(0) { $0 + joint[$1] } / all
      } + [5]  // Whatever is said of the mask does not matter.
    }
  }

  private static func logits(_ x: Tensor) -> Tensor {
    let tokens = x.values(as: Int.self)
    let rows = stride(from: 0, to: tokens.count, by: 3).flatMap { start in
      truth(Array(tokens[start..<start + 3])).flatMap { row in row.map { log($0) } }
    }
    return Tensor(rows, shape: [tokens.count / 3, 3, 3])
  }

  /// By the chain rule in every order, the exact beliefs' bound is what the data has.
  @Test("the loss of exact beliefs, over all that can be hidden, is the entropy of the data")
  func entropy() {
    var loss = 0.0
    for number in 0..<8 {
      let x0 = Tensor(Self.text(number), shape: [1, 3])
      for subset in 1..<8 {
        let hidden = Self.text(subset)
        let count = hidden.reduce(0, +)
        let ways = [1, 3, 3, 1][count]
        let isHidden = Tensor(hidden, shape: [1, 3]).equal(to: 1)
        let said = Self.logits(objective.masked(x0, hidden: isHidden))
        let term = objective(logits: said, x0: x0, hidden: isHidden).item()
        loss += Self.joint[number] * term / Double(3 * ways)
      }
    }
    let entropy = Self.joint.reduce(0) { $0 - $1 * log($1) }
    #expect(abs(loss - entropy) < 1e-14)
  }

  @Test("every number of tokens is hidden as often, and every token of a text")
  func hiding() {
    let count = 12_000
    let hidden = objective.hidden(count, length: 3, using: Generator(seed: 5))
      .converted(to: .int64)
    let counts = hidden.sum(dims: [1]).values(as: Int.self)
    for expected in 1...3 {
      let share = Double(counts.count { $0 == expected }) / Double(count)
      #expect(abs(share - 1.0 / 3) < 5 * (2.0 / 9 / Double(count)).squareRoot())
    }
    let places = hidden.sum(dims: [0]).values(as: Int.self)
    for place in places {
      // (1 + 2 + 3) / 3 of three.
      #expect(abs(Double(place) / Double(count) - 2.0 / 3) < 5 * (2.0 / 9 / 12_000).squareRoot())
    }
  }

  @Test("of texts with padding, each number of their own tokens is hidden as often, padding never")
  func padding() {
    let count = 12_000
    for length in 1...3 {
      let lengths = Tensor.full([count], .integer(length), dtype: .int64)
      let hidden = objective.hidden(lengths: lengths, of: 4, using: Generator(seed: 6))
        .converted(to: .int64)
      let counts = hidden.sum(dims: [1]).values(as: Int.self)
      for expected in 1...length {
        let (share, even) = (
          Double(counts.count { $0 == expected }) / Double(count), 1 / Double(length)
        )
        #expect(abs(share - even) <= 5 * (even * (1 - even) / Double(count)).squareRoot())
      }
      #expect(hidden.sum(dims: [0]).values(as: Int.self)[length...].allSatisfy { $0 == 0 })
    }
  }

  @Test("padding does not change the loss of a text")
  func paddedLoss() {
    let (x0, hidden) = (Tensor([0, 1, 1], shape: [1, 3]), Tensor([1, 0, 1], shape: [1, 3]))
    let logits = Self.logits(objective.masked(x0, hidden: hidden.equal(to: 1)))
    let alone = objective(logits: logits, x0: x0, hidden: hidden.equal(to: 1)).item()
    let mask = Tensor([Self.mask], shape: [1, 1])
    let padded = objective(
      logits: [logits, Tensor([9, -9, 0.0], shape: [1, 1, 3])].concatenated(dim: 1),
      x0: [x0, mask].concatenated(dim: 1),
      hidden: [hidden, mask * 0].concatenated(dim: 1)
        .equal(to: 1), lengths: Tensor([3])
    ).item()
    #expect(padded == alone && alone > 0)
  }

  @Test("with exact beliefs, one token at a time, texts are drawn as often as the data has them")
  func sampling() {
    let count = 4000
    let drawn = Unmasking(steps: 3)(
      length: 3, objective: objective, generators: (0..<count).map { Generator(seed: UInt64($0)) },
      logits: Self.logits
    ).values(as: Int.self)
    let numbers = stride(from: 0, to: drawn.count, by: 3).map { start in
      drawn[start..<start + 3].reduce(0) { 2 * $0 + $1 }
    }
    for (number, expected) in Self.joint.enumerated() {
      let share = Double(numbers.count { $0 == number }) / Double(count)
      #expect(abs(share - expected) < 5 * (expected * (1 - expected) / Double(count)).squareRoot())
    }
  }

  @Test("in one step, tokens are drawn each for itself")
  func oneStep() {
    let count = 4000
    var calls = 0
    let drawn = Unmasking(steps: 1)(
      length: 3, objective: objective, generators: (0..<count).map { Generator(seed: UInt64($0)) }
    ) { x in
      calls += 1
      return Self.logits(x)
    }.values(as: Int.self)
    #expect(calls == 1)
    let all = Double(
      stride(from: 0, to: drawn.count, by: 3).count { drawn[$0..<$0 + 3] == [1, 0, 0] })
    let marginals = Self.truth([2, 2, 2])
    let expected = marginals[0][1] * marginals[1][0] * marginals[2][0]
    #expect(abs(all / Double(count) - expected) < 5 * (expected / Double(count)).squareRoot())
    // The data has that text far less often.
    #expect(expected > 3 * Self.joint[4])
  }

  @Test("the surest tokens are said first, and are the likeliest where nothing is left to chance")
  func surest() {
    var seen: [[Int]] = []
    let text = Unmasking(order: .surest, steps: 3, temperature: 0)(
      length: 3, objective: objective, generators: [Generator(seed: 1)]
    ) { x in
      seen.append(x.values(as: Int.self))
      let rows = [[0.6, 0.4, 0], [0.1, 0.9, 0], [0.8, 0.2, 0]]
      return Tensor(rows.flatMap { $0.map { log($0) } }, shape: [1, 3, 3])
    }
    #expect(seen == [[2, 2, 2], [2, 1, 2], [2, 1, 0]])
    #expect(text.values(as: Int.self) == [0, 1, 0])
  }

  @Test("a text depends on its own seed alone")
  func seeds() {
    func texts(_ seeds: [UInt64]) -> [[Int]] {
      let drawn = Unmasking(steps: 2)(
        length: 3, objective: objective, generators: seeds.map { Generator(seed: $0) },
        logits: Self.logits
      ).values(as: Int.self)
      return seeds.indices.map { Array(drawn[3 * $0..<3 * $0 + 3]) }
    }
    let together = texts([7, 8, 9, 10])
    #expect(texts([10]) == [together[3]])
    #expect(Set(texts(Array(0..<64))).count > 4)
  }
}
