import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

/// Prompts that are drawn from templates and files.
@Suite struct WildcardTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("# words\nred\n\n  green \nred\n".utf8, to: "words/colour.txt")
    try folder.write("an __colour__ elephant\n{bear|yak}\n".utf8, to: "words/animal/big.txt")
    try folder.write("mouse\n".utf8, to: "words/animal/small.txt")
    try folder.write("# none\n".utf8, to: "words/empty.txt")
    try folder.write("no words".utf8, to: "words/readme.md")
  }

  private var words: Wildcards { get throws { try Wildcards(folder.file("words")) } }

  private func request(
    _ prompts: [String], count: Int = 1, seed: UInt64 = 1
  ) throws -> Generate.Request {
    try Generate.Request(
      prompts: prompts, model: "m", count: count, seed: seed,
      options: Generate.Options(steps: 3))
  }

  @Test("lines are without blanks, comments and repetitions, also those of several files")
  func lines() throws {
    #expect(try words.lines(of: "colour") == ["red", "green"])
    #expect(try words.lines(of: "animal/*") == ["an __colour__ elephant", "{bear|yak}", "mouse"])
    #expect(try words.lines(of: "*al/s*") == ["mouse"])
    #expect(try words.lines(of: "**") == words.lines(of: "*"))
  }

  @Test("every picture draws by its own seed, and the same again")
  func drawn() throws {
    let all = try request(["a {__colour__|blue} __animal/*__"], count: 40).drawn(from: words)
    #expect(all.prompts.count == 40 && all.count == 1 && all.seed == 1 && all.steps == 3)
    #expect(Set(all.prompts).count > 8)
    #expect(all.prompts.allSatisfy { !$0.contains("_") && !$0.contains("{") })
    let one = try request(["a {__colour__|blue} __animal/*__"], seed: 20).drawn(from: words)
    #expect(one.prompts == [all.prompts[19]] && one.seed(of: 0) == all.seed(of: 19))
    #expect(try request(["plain"], count: 2).drawn(from: words).prompts == ["plain", "plain"])
  }

  @Test("all combinations are prompts of one request")
  func combined() throws {
    let all = try request(["a {red|blue} __animal/*__"], count: 2).combined(from: words)
    #expect(all.prompts.count == 2 * 5 && all.count == 2)
    #expect(all.prompts.first == "a red an red elephant")
    #expect(try request(["{a|b}"]).combined(from: Wildcards()).prompts == ["a", "b"])
  }

  @Test("what is not there is named with what is near")
  func refusals() throws {
    let error = #expect(throws: WildcardError.self) {
      try request(["__color__"]).drawn(from: words)
    }
    #expect(error?.description.contains("Did you mean colour?") == true)
    #expect(error?.description.contains("Known: animal/big, animal/small") == true)
    #expect(throws: WildcardError.needsFolder("colour")) {
      try request(["__colour__"]).drawn(from: Wildcards())
    }
    #expect(throws: WildcardError.self) { try Wildcards(folder.file("nowhere")) }
    #expect(throws: TemplateError.empty("empty")) {
      try request(["__empty__"]).drawn(from: words)
    }
    for error: any Error in [
      WildcardError.noFolder("x"), WildcardError.needsFolder("x"), TemplateError.empty("x"),
    ] { #expect(Failure(error) == .request) }
    #expect(
      WildcardError.noFolder("x").description == "x: expected a folder of wildcards, found none")
    #expect(WildcardError.needsFolder("x").description.contains("__x__"))
  }

  @Test("the command line draws them, names files by them, and they are made again without files")
  func command() throws {
    let folder = try TinyModel.make()
    try folder.write("red\ngreen\n".utf8, to: "words/colour.txt")
    let model = folder.file("models/tiny").path(percentEncoded: false)
    let arguments = ["--model", model, "--seed", "3", "--steps", "2"]
    let drawn = try CommandRun(
      ["generate", "a __colour__ {apple|cat}", "--wildcards", "words", "--count", "3"] + arguments,
      in: folder
    ).finish()
    #expect(drawn.status == 0, "\(drawn.errors)")
    let file = try #require(drawn.output.split(separator: "\n").map(String.init).first)
    #expect(file.wholeMatch(of: /a-(red|green)-(apple|cat)-3.png/) != nil)
    let request = try Provenance(contentsOf: folder.file(file)).request
    #expect(request.prompts[0].wholeMatch(of: /a (red|green) (apple|cat)/) != nil)
    try FileManager.default.removeItem(at: folder.file("words"))
    let again = try CommandRun(["regenerate", file, "--model", model], in: folder).finish()
    #expect(again.errors.contains("the same bytes as \(file)"), "\(again.errors)")
    let all = try CommandRun(
      ["generate", "{a|b} cat", "--combinations", "--output", "{prompt}.png"] + arguments,
      in: folder
    ).finish()
    #expect(all.status == 0 && all.output.split(separator: "\n").count == 2, "\(all.errors)")
    let wrong = try CommandRun(
      ["generate", "__colour__", "--variants"] + arguments, in: folder
    ).finish()
    #expect(wrong.status == 64 && wrong.errors.contains("__colour__"), "\(wrong.errors)")
  }
}
