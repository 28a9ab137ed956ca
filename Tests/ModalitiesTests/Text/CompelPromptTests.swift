import Foundation
import Testing

@testable import Modalities

/// compel's syntax against compel itself; `Tests/Golden/compel_prompts.py` makes the fixture.
@Suite("compel's prompts")
struct CompelPromptTests {
  @Test("prompts are taken apart as by compel, and what it refuses is an error")
  func matchesTheReference() throws {
    for row in try CompelFixtures.rows() {
      guard let expected = row.terms else {
        #expect(throws: PromptError.self, "\(row.prompt)") { try CompelPrompt(row.prompt) }
        continue
      }
      let prompt = try CompelPrompt(row.prompt)
      #expect(prompt.terms.count == expected.count, "\(row.prompt)")
      for (term, (content, weight)) in zip(prompt.terms, expected) {
        #expect(term.weight == weight, "\(row.prompt)")
        #expect(CompelFixtures.isAlike(term.content, content), "\(row.prompt): \(term.content)")
      }
      #expect(prompt.adapters == row.adapters, "\(row.prompt)")
    }
  }

  @Test(
    "errors say where they are",
    arguments: [
      (
        #"("a", "b").blend(1)"#,
        PromptError.Fault.weightCount(operator: ".blend", expected: 2, found: 1), 10
      ),
      (#"("a", "b").and(1, 2, 3)"#, .weightCount(operator: ".and", expected: 2, found: 3), 10),
      (#"("a","b").blend(1, x)"#, .weight("x"), 9),
      (#"("a", "b").blend(1, 2) more"#, .unexpected("m"), 23),
      (#"("a", "b").and(1, 2) more"#, .unexpected("m"), 21),
      ("a,b cat.swap(dog)", .unsupported(operator: ".swap"), 7),
      (String(repeating: "(", count: 102), .tooDeep(limit: 100), 101),
    ])
  func errors(_ text: String, _ fault: PromptError.Fault, _ position: Int) {
    #expect(throws: PromptError(fault: fault, position: position)) { try CompelPrompt(text) }
  }
}

/// What `Tests/Golden/compel_prompts.py` writes.
private struct CompelFixtures: Decodable {
  struct Number: Decodable {
    let text: String
    let number: Double

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      text = try values.decode(String.self)
      number = try values.decode(Double.self)
    }
  }

  let prompt: String
  let terms: [(CompelPrompt.Content, Double)]?
  let adapters: [CompelPrompt.Adapter]

  static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "compel_prompts.json")

  static func rows() throws -> [CompelFixtures] {
    try JSONDecoder().decode([CompelFixtures].self, from: Data(contentsOf: file))
  }

  init(from decoder: any Decoder) throws {
    var row = try decoder.unkeyedContainer()
    prompt = try row.decode(String.self)
    guard try !row.decodeNil() else {
      (terms, adapters) = (nil, [])
      return
    }
    var parts = try row.nestedUnkeyedContainer()
    var list = try parts.nestedUnkeyedContainer()
    var terms: [(CompelPrompt.Content, Double)] = []
    while !list.isAtEnd {
      var term = try list.nestedUnkeyedContainer()
      let fragments = try term.decode([[Number]].self).map { fragments in
        fragments.map { CompelPrompt.Fragment(text: $0.text, weight: $0.number) }
      }
      let weights = try term.decodeIfPresent([Double].self)
      let isNormalized = try term.decode(Bool.self)
      let content: CompelPrompt.Content =
        weights.map { .blend(fragments, weights: $0, isNormalized: isNormalized) }
        ?? .fragments(fragments.first ?? [])
      terms.append((content, try term.decode(Double.self)))
    }
    self.terms = terms
    adapters = try parts.decode([Number].self).map { .init(name: $0.text, weight: $0.number) }
  }

  /// Whether two parts differ in no more than the last digits of weights.
  static func isAlike(_ a: CompelPrompt.Content, _ b: CompelPrompt.Content) -> Bool {
    func isAlike(_ a: [CompelPrompt.Fragment], _ b: [CompelPrompt.Fragment]) -> Bool {
      a.map(\.text) == b.map(\.text)
        && zip(a, b).allSatisfy { abs($0.weight - $1.weight) < 1e-13 }
    }
    switch (a, b) {
    case (.fragments(let a), .fragments(let b)): return isAlike(a, b)
    case (.blend(let a, let weights, let normal), .blend(let b, let others, let other)):
      return weights == others && normal == other && a.count == b.count
        && zip(a, b).allSatisfy { isAlike($0, $1) }
    default: return false
    }
  }
}
