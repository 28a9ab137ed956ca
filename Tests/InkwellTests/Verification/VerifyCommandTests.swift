import Foundation
import TestSupport
import Testing
import Verification

@testable import Inkwell

/// `inkwell verify` itself, as a shell runs it, and its task.
@Suite struct VerifyCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String]) throws -> CommandRun.Output {
    try CommandRun(["verify"] + arguments, in: folder).finish()
  }

  @Test("lines are printed as text and as JSON, and written with a page")
  func writes() throws {
    let shown = try run(["--only", "euler,cfg", "--output", "page", "--quiet"])
    #expect(shown.status == 0 && shown.errors.isEmpty, "\(shown.errors)")
    let lines = shown.output.split(separator: "\n")
    #expect(lines.first == "Samplers" && lines.contains("Guidance"))
    #expect(lines.last?.hasPrefix("All ") == true)
    let page = folder.file("page")
    let html = try Data(contentsOf: page.appending(path: "index.html"))
    #expect(String(decoding: html, as: UTF8.self).contains("<td>euler</td>"))
    let written = try JSONDecoder().decode(
      Proof.self, from: Data(contentsOf: page.appending(path: "verification.json")))

    let json = try run(["--only", "cfg,euler", "--json"])
    #expect(json.status == 0)
    #expect(try JSONDecoder().decode(Proof.self, from: Data(json.output.utf8)) == written)
    #expect(written.holds && written.mixture == .example)
  }

  @Test("a mixture of one's own is run on")
  func mixture() throws {
    let text = #"{"weights": [0.4, 0.6], "means": [-1, 2], "deviations": [0.5, 1]}"#
    try folder.write(text.utf8, to: "m.json")
    let result = try run(["--mixture", "m.json", "--only", "heun", "--json", "--quiet"])
    #expect(result.status == 0, "\(result.errors)\(result.output)")
    let proof = try JSONDecoder().decode(Proof.self, from: Data(result.output.utf8))
    #expect(proof.mixture.means == [-1, 2] && !proof.lines.isEmpty)
  }

  @Test("what cannot be run has its exit code, and says why")
  func refusals() throws {
    try folder.write(#"{"weights": [1], "means": [0]}"#.utf8, to: "short.json")
    try folder.write([], to: "file")
    let cases: [([String], Int32, String)] = [
      (["--mixture", "short.json"], 3, "short.json: deviations: expected a list of numbers"),
      (["--mixture", "none.json"], 3, "none.json: "),
      (["--mixture", "file"], 3, "file: expected a JSON object"),
      (
        ["--only", "eulre"], 64,
        "there is nothing called \"eulre\" to verify. Did you mean euler"
      ),
      (["--only", ","], 64, "there is nothing called"),
      (["--threads", "0"], 64, "--threads must be at least 1."),
      (["--only", "cfg", "--output", "file"], 1, "file"),
    ]
    for (arguments, status, message) in cases {
      let result = try run(arguments)
      #expect(result.status == status && result.output.isEmpty, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(message), "\(arguments): \(result.errors)")
    }
  }

  @Test("requests round-trip, and a stop ends the run")
  func task() throws {
    let verify = Verify(mixture: "m.json", output: "page", only: ["ddim"])
    let again = try JSONDecoder().decode(Verify.self, from: JSONEncoder().encode(verify))
    #expect(again == verify)
    #expect(try JSONDecoder().decode(Verify.self, from: Data("{}".utf8)) == Verify())
    let stop = StopSignal()
    stop.request()
    #expect(throws: CancellationError.self) { try Verify()(until: stop) }
  }
}
