import Foundation
import Testing

@testable import Modalities

/// Templates against dynamicprompts 0.31.0; `Tests/Golden/prompt_templates.py` makes the fixture.
@Suite("templates for prompts")
struct PromptTemplateTests {
  private struct Fixture: Decodable {
    struct Case: Decodable {
      let template: String
      let prompts: [String]
    }

    let files: [String: [String]]
    let cases: [Case]

    init() throws {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "prompt_templates.json")
      self = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
    }

    /// The lines of the files that a name with stars means.
    func lines(_ name: String) -> [String] {
      let parts = name.split(separator: "*", omittingEmptySubsequences: false)
      let found = files.keys.sorted().filter { key in
        parts.count == 1
          ? key == name : key.hasPrefix(parts[0]) && key.hasSuffix(parts[parts.count - 1])
      }
      return found.flatMap { files[$0] ?? [] }
    }
  }

  @Test("all prompts of a template are dynamicprompts'")
  func combinations() throws {
    let fixture = try Fixture()
    for row in fixture.cases {
      let prompts = try PromptTemplate(row.template).prompts(from: fixture.lines)
      #expect(prompts.sorted() == row.prompts.sorted(), "\(row.template)")
    }
  }

  @Test("a prompt that is drawn is one of them, and all of them are drawn in time")
  func draws() throws {
    let fixture = try Fixture()
    var state: UInt64 = 1
    for row in fixture.cases {
      let template = try PromptTemplate(row.template)
      var found: Set<String> = []
      for _ in 0..<400 {
        found.insert(
          try template.prompt(from: fixture.lines) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / 0x1p31
          })
      }
      #expect(found == Set(row.prompts), "\(row.template)")
    }
  }

  @Test("weights are shares, also among what is left after a first choice")
  func weights() throws {
    let template = try PromptTemplate("{3::a|1::b|0::c}")
    let shares = (0..<100).map { (Double($0) + 0.5) / 100 }
    let drawn = try shares.map { share in try template.prompt(from: { _ in [] }) { share } }
    #expect(drawn.filter { $0 == "a" }.count == 75 && drawn.filter { $0 == "b" }.count == 25)
    // The first number is for how many, the next two for which.
    var numbers = [0.0, 0.9, 0.9]
    let pair = try PromptTemplate("{2$$3::a|1::b|1::c}").prompt(from: { _ in [] }) {
      numbers.removeFirst()
    }
    #expect(pair == "c,b")
  }

  @Test("what follows a # in a line is a comment")
  func comments() throws {
    let prompt = try PromptTemplate("a # {b}\nc {d# e\n}").prompt(from: { _ in [] }) { 0 }
    #expect(prompt == "a \nc d\n")
  }

  @Test("files are named in their order")
  func names() throws {
    #expect(try PromptTemplate("__a__ {__b/c*__|{x|__d__}} e__f").wildcards == ["a", "b/c*", "d"])
  }

  @Test("what cannot be read is refused with its place")
  func refusals() {
    for (text, fault, position) in [
      ("a {b|c", .unclosed("{"), 2), ("${x=a}", .unsupported(operator: "${"), 0),
      ("a %{b$$c}", .unsupported(operator: "%{"), 2),
      ("{!a|b}", .unsupported(operator: "{!"), 1), ("__~a__", .unsupported(operator: "__~__"), 2),
      (String(repeating: "{", count: 102), .tooDeep(limit: 100), 101),
    ] as [(String, PromptError.Fault, Int)] {
      #expect(throws: PromptError(fault: fault, position: position)) { try PromptTemplate(text) }
    }
    func all(_ text: String, limit: Int = 100, _ lines: @escaping PromptTemplate.Lines) throws {
      _ = try PromptTemplate(text).prompts(from: lines, limit: limit)
    }
    #expect(throws: TemplateError.circular(["a", "b", "a"])) {
      try all("__a__") { $0 == "a" ? ["__b__"] : ["__a__"] }
    }
    #expect(throws: TemplateError.empty("a")) { try all("__a__") { _ in [] } }
    #expect(throws: TemplateError.tooMany(limit: 8)) {
      try all("{a|b|c} {a|b|c}", limit: 8) { _ in [] }
    }
    #expect(throws: TemplateError.tooMany(limit: 5)) {
      try all("{2$$a|b|c}", limit: 5) { _ in [] }
    }
    for (error, text) in [
      (TemplateError.empty("a"), "expected a text in each line, found none"),
      (.circular(["a", "b", "a"]), "a → b → a"), (.tooMany(limit: 5), "5 prompts or fewer"),
    ] { #expect(error.description.contains(text)) }
  }
}
