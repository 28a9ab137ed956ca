import Foundation
import Testing

@testable import Modalities

/// The web UI's syntax against its own modules; `Tests/Golden/a1111_prompts.py` makes the fixture.
@Suite("A1111's prompts")
struct PromptSyntaxTests {
  @Test("weighted parts are the web UI's, and what it cannot read is an error")
  func parts() throws {
    for row in try PromptFixtures().rows {
      guard let expected = row.parts else {
        #expect(throws: PromptError.self, "\(row.prompt)") { try EmphasizedPrompt(row.prompt) }
        continue
      }
      let parts = try EmphasizedPrompt(row.prompt).parts
      #expect(parts.count == expected.count, "\(row.prompt)")
      for (part, pair) in zip(parts, expected) {
        let (text, weight): (String, Double) =
          switch part {
          case .chunkEnd: ("BREAK", -1)
          case .text(let text, let weight): (text, weight)
          }
        #expect(text == pair.text, "\(row.prompt)")
        // JSON's numbers have 17 digits, and their reader a doubt about the last.
        #expect(abs(weight - pair.number) < 1e-14, "\(row.prompt)")
      }
    }
  }

  @Test("prompts between ANDs, and their weights, are the web UI's")
  func terms() throws {
    for row in try PromptFixtures().rows {
      let terms = ComposedPrompt(row.prompt).terms
      #expect(terms.map(\.text) == row.terms.map(\.text), "\(row.prompt)")
      #expect(terms.map(\.weight) == row.terms.map(\.number), "\(row.prompt)")
    }
  }

  @Test("texts by step are the web UI's, in a first run and in a second at a higher resolution")
  func schedules() throws {
    for row in try PromptFixtures().rows {
      let first = try PromptSchedule(row.prompt, steps: 10).spans
      #expect(first.map(\.text) == row.first.map(\.text), "\(row.prompt)")
      #expect(first.map(\.lastStep) == row.first.map { Int($0.number) }, "\(row.prompt)")
      let second = try PromptSchedule(row.prompt, steps: 5, after: 6).spans
      #expect(second.map(\.text) == row.second.map(\.text), "\(row.prompt)")
      #expect(second.map(\.lastStep) == row.second.map { Int($0.number) }, "\(row.prompt)")
    }
  }

  @Test("the text at a step is that of the span that the step is in")
  func textAtStep() throws {
    let schedule = try PromptSchedule("a [b:c:0.5][ and d:8]", steps: 10)
    #expect(
      (1...10).map { schedule.text(at: $0) } == Array(repeating: "a b", count: 5)
        + Array(repeating: "a c", count: 3) + Array(repeating: "a c and d", count: 2))
  }

  @Test("long prompts are cut into the web UI's chunks, at commas where one is near")
  func chunks() throws {
    let tokenizer = CLIPTokenizer()
    for row in try PromptFixtures().chunks {
      let chunks = tokenizer.chunks(of: try EmphasizedPrompt(row.prompt))
      #expect(chunks.map(\.ids) == row.chunks.map(\.ids), "\(row.prompt)")
      for (chunk, expected) in zip(chunks, row.chunks) {
        #expect(zip(chunk.weights, expected.weights).allSatisfy { abs($0 - $1) < 1e-14 })
        #expect(chunk.weights.count == 77)
      }
    }
  }

  @Test("where padding is another token than the end, it fills what is behind the first end")
  func padding() throws {
    let prompt = try EmphasizedPrompt("a <|endoftext|> b")
    let chunk = CLIPTokenizer(padding: 0).chunks(of: prompt)[0]
    #expect(chunk.ids == [49406, 320, 49407] + Array(repeating: 0, count: 74))
    let plain = CLIPTokenizer(padding: 0).chunks(of: EmphasizedPrompt(literal: "(a)"), length: 4)
    #expect(
      plain == [
        PromptChunk(
          ids: [49406, 263, 320, 264, 49407, 0].map { $0 },
          weights: [1, 1, 1, 1, 1, 1])
      ])
  }

  @Test("the numbers of an added word stand in one chunk")
  func addedWords() throws {
    let tokenizer = try CLIPTokenizer().adding("ink-hat", ids: 50000..<50003)
    let prompt = try EmphasizedPrompt("a (b c INK-HAT:1.5) ink-hat_1")
    let chunks = tokenizer.chunks(of: prompt, length: 5)
    #expect(
      chunks == [
        PromptChunk(
          ids: [49406, 320, 321, 322, 49407, 49407, 49407], weights: [1, 1, 1.5, 1.5, 1, 1, 1]),
        PromptChunk(
          ids: [49406, 50000, 50001, 50002, 50001, 49407, 49407],
          weights: [1, 1.5, 1.5, 1.5, 1, 1, 1]),
      ])
    let whole = tokenizer.chunks(of: prompt, length: 6)
    #expect(whole[0].ids == [49406, 320, 321, 322, 50000, 50001, 50002, 49407])
  }

  @Test("brackets without a partner are told, with their places")
  func problems() throws {
    #expect(try EmphasizedPrompt("a (b) [c] \\(").problems == [])
    let problems = try EmphasizedPrompt("👩‍🚀 (a [b) c] d) :1.2) [e").problems
    #expect(
      problems == [
        PromptError(fault: .unopened(")"), position: 13),
        PromptError(fault: .unopened(")"), position: 19),
        PromptError(fault: .unclosed("["), position: 21),
      ])
  }

  @Test("errors say where they are")
  func errors() {
    #expect(throws: PromptError(fault: .weight("1.2.3"), position: 8)) {
      try EmphasizedPrompt("éa (b c:1.2.3)")
    }
    let deep = String(repeating: "[", count: 101)
    #expect(throws: PromptError(fault: .tooDeep(limit: 100), position: 100)) {
      try PromptSchedule(deep, steps: 2)
    }
    let descriptions: [(PromptError.Fault, String)] = [
      (.weight("x"), "expected a number, found x"),
      (.unclosed("("), "expected ( to be closed, found the end"),
      (.unopened(")"), "expected an opening bracket before ), found none"),
      (.tooDeep(limit: 100), "expected at most 100 brackets within another, found more"),
      (
        .weightCount(operator: ".blend", expected: 2, found: 1),
        "expected 2 weights in .blend, found 1"
      ),
      (
        .unsupported(operator: ".swap"), "expected no operator .swap, which Inkwell does not follow"
      ),
      (.unexpected("x"), "expected a prompt, found x"),
    ]
    for (fault, text) in descriptions {
      let error = PromptError(fault: fault, position: 3)
      #expect(error.description == "prompt, character 3: \(text)")
    }
  }
}

/// What `Tests/Golden/a1111_prompts.py` writes.
private struct PromptFixtures: Decodable {
  /// A text and a number, in either order.
  struct Pair: Decodable {
    let text: String
    let number: Double

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      var first: Double?
      do {
        first = try values.decode(Double.self)
      } catch DecodingError.typeMismatch {}
      text = try values.decode(String.self)
      number = try first ?? values.decode(Double.self)
    }
  }

  struct Row: Decodable {
    let prompt: String
    let parts: [Pair]?
    let terms: [Pair]
    let first: [Pair]
    let second: [Pair]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      prompt = try values.decode(String.self)
      parts = try values.decodeIfPresent([Pair].self)
      terms = try values.decode([Pair].self)
      first = try values.decode([Pair].self)
      second = try values.decode([Pair].self)
    }
  }

  struct Chunk: Decodable {
    let ids: [Int]
    let weights: [Double]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      ids = try values.decode([Int].self)
      weights = try values.decode([Double].self)
    }
  }

  struct ChunkRow: Decodable {
    let prompt: String
    let chunks: [Chunk]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      prompt = try values.decode(String.self)
      chunks = try values.decode([Chunk].self)
    }
  }

  let rows: [Row]
  let chunks: [ChunkRow]

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "a1111_prompts.json"))
    self = try JSONDecoder().decode(PromptFixtures.self, from: data)
  }
}
