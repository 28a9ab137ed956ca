import Crypto
import Foundation
import Modalities
import TestSupport
import Testing

@testable import CLI
@testable import Inkwell

/// The program itself, as a shell runs it.
@Suite struct CommandTests {
  let folder: TemporaryFolder
  let model: String

  init() throws {
    folder = try TinyModel.make()
    model = folder.file("models/tiny").path(percentEncoded: false)
  }

  private struct Row: Decodable {
    let file: String
    let prompt: String
    let seed: UInt64
    let seconds: Double
    let sha256: String
  }

  @Test("a line of JSON for each picture, whose file is as it says")
  func json() throws {
    let result = try run(
      ["generate", "cat", "--file", "-", "--count", "2", "--seed", "5", "--json"],
      input: "a red apple\n\n  a green apple \n")
    #expect(result.status == 0, "\(result.errors)")
    let rows = try rows(result)
    #expect(rows.map(\.seed) == [5, 6, 7, 8, 9, 10])
    #expect(rows.map(\.prompt).suffix(2) == ["a green apple", "a green apple"])
    #expect(rows.first?.file == "cat-5.png")
    for row in rows {
      let bytes = try Data(contentsOf: folder.file(row.file))
      let hash = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
      #expect(row.sha256 == hash && row.seconds > 0)
    }
  }

  @Test("the prompts of a file are drawn as the flags say, and quiet JSON is all that is said")
  func flags() throws {
    try folder.write("cat\n\n  a green apple \n".utf8, to: "prompts.txt")
    let result = try run([
      "generate", "--file", "prompts.txt", "--guidance", "2.5", "--negative", "red", "--seed", "3",
      "--quiet", "--json",
    ])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let rows = try rows(result)
    #expect(rows.map(\.prompt) == ["cat", "a green apple"])
    for row in rows {
      let request = try Provenance(contentsOf: folder.file(row.file)).request
      #expect(request.prompts == [row.prompt] && request.seed == row.seed)
      #expect(request.guidance == 2.5 && request.negative == "red")
    }
  }

  @Test("a prompt and a negative prompt that are too long are cut, and it is said where")
  func cut() throws {
    let result = try run([
      "generate", "a red apple a green apple a cat", "--negative", "a cat a cat a cat a cat",
    ])
    #expect(result.status == 0, "\(result.errors)")
    for sentence in [
      "the prompt is too long: cut after “…a red apple a green apple”, left out “a cat”\n",
      "the negative prompt is too long: cut after “…a cat a cat a cat”, left out “a cat”\n",
    ] {
      #expect(result.errors.contains(sentence), "\(result.errors)")
    }
  }

  @Test("a picture is made again with the same bytes, and one of others is refused")
  func regenerate() throws {
    #expect(try run(["generate", "cat", "--output", "cat.png"]).output == "cat.png\n")
    let again = try run(["regenerate", "cat.png"])
    #expect(again.status == 0 && again.errors.contains("the same bytes as cat.png"))
    #expect(
      try Data(contentsOf: folder.file("cat.png"))
        == Data(contentsOf: folder.file("cat-again.png")))
    try Image(width: 4, height: 4, color: .white).save(to: folder.file("plain.png"))
    #expect(try run(["regenerate", "plain.png"]).status == 3)
  }

  @Test("wrong usage, an unsound model and a place that cannot be written have their exit codes")
  func exitCodes() throws {
    try folder.write([1], to: "there.png")
    try folder.write([0xFF], to: "bytes.txt")
    let cases: [([String], Int32, String)] = [
      (["generate"], 64, "Give a prompt"),
      (["generate", "cat", "--sampler", "uler"], 64, "Did you mean euler"),
      (["generate", "cat", "--size", "8"], 64, "size: expected 16 to 8192, found 8"),
      (["generate", "cat", "--output", "cat.jpg"], 64, "ends in .png"),
      (["generate", "cat", "--batch", "0"], 64, "--batch"),
      (["generate", "--file", "bytes.txt"], 3, "bytes.txt:1: expected text in UTF-8"),
      (["generate", "--file", "nowhere.txt"], 3, "nowhere.txt"),
      (["generate", "cat", "--output", "there.png"], 1, "--force"),
      (
        ["generate", "cat", "--output", "there.png/a.png"], 1,
        "there.png/ cannot be written: Not a directory"
      ),
      (["generate", "cat", "--output", "/proc/a.png"], 1, "/proc/ cannot be written"),
    ]
    for (arguments, status, message) in cases {
      let result = try run(arguments)
      #expect(result.status == status && result.output.isEmpty, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(message), "\(arguments): \(result.errors)")
      #expect(!result.errors.contains("loading"), "\(arguments) is refused before the work")
    }
    let unknown = try run(["generate", "cat", "--model", "inkwell-emoij"], ownModel: false)
    #expect(unknown.status == 3 && unknown.errors.contains("there is no model"))
    #expect(try run(["generate", "cat", "--output", "there.png", "--force"]).status == 0)
    let quiet = try run(["generate", "cat", "--quiet"])
    #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
  }

  @Test("an interrupted run stops after its step and leaves no partial file")
  func interrupt() throws {
    let process = try start(
      ["generate", "cat", "--count", "10000", "--steps", "100", "--output", "cats-{seed}.png"])
    let deadline = Date() + 60
    while try !folder.contents().contains(where: { $0.hasPrefix("cats-") }), Date() < deadline {
      usleep(20_000)
    }
    process.interrupt()
    let result = process.finish()
    #expect(result.status == 130 && result.errors.hasSuffix("inkwell: stopped\n"))
    let files = try folder.contents()
    #expect(!files.contains { $0.hasSuffix(".partial") || $0.hasSuffix(".part") })
    for name in files where name.hasPrefix("cats-") {
      #expect(try Image(contentsOf: folder.file(name)).width == 16)
    }
  }

  @Test("a terminal sees the time to go and the unfinished picture, and a clean line at the end")
  func terminal() throws {
    let terminal = try PseudoTerminal()
    let process = try start(
      ["generate", "cat", "--steps", "300", "--output", "cat.png"], terminal: terminal)
    let shown = try terminal.readToEnd()
    let result = process.finish()
    #expect(result.status == 0 && result.output == "cat.png\n", "\(shown)")
    #expect(shown.contains("\r\u{1B}[Kloading tiny"))
    #expect(shown.contains(/\r\u{1B}\[Kstep \d+ of 300 · \d+ s to go/), "\(shown)")
    #expect(shown.hasSuffix("\r\u{1B}[K"))
    let previews = shown.split(separator: "\u{1B}_G").dropFirst()
    #expect(previews.count >= 2, "one of the first step and one of the last")
    for preview in previews {
      let parts = preview.prefix { $0 != "\u{1B}" }.split(separator: ";")
      #expect(parts.first?.hasPrefix("a=T,f=100") == true)
      let png = try #require(parts.last.flatMap { Data(base64Encoded: String($0)) })
      #expect(try Image(decoding: png).width == 16)
    }
  }

  @Test("a terminal gets pictures in the way that it can show them, or none")
  func previews() throws {
    #expect(TerminalPreview.method(of: ["TERM": "xterm-kitty"]) == .kitty)
    #expect(TerminalPreview.method(of: ["TERM_PROGRAM": "iTerm.app"]) == .iTerm2)
    #expect(TerminalPreview.method(of: ["COLORTERM": "truecolor"]) == .halfBlocks)
    #expect(TerminalPreview.method(of: ["TERM": "xterm-kitty", "TMUX": "1"]) == nil)
    #expect(TerminalPreview.method(of: ["TERM": "xterm-256color"]) == nil)
    let image = Image(width: 2, height: 2, color: Color(red: 255, green: 0, blue: 0))
    let blocks = try TerminalPreview.text(of: image, by: .halfBlocks, rows: 1)
    let cell = "\u{1B}[38;2;255;0;0;48;2;255;0;0m▀"
    #expect(blocks == cell + cell + "\u{1B}[0m")
    let kitty = try TerminalPreview.text(of: image, by: .kitty, rows: 1)
    #expect(kitty.hasPrefix("\u{1B}_Ga=T,f=100") && kitty.hasSuffix("\u{1B}\\"))
    let iTerm = try TerminalPreview.text(of: image, by: .iTerm2, rows: 1)
    #expect(iTerm.hasPrefix("\u{1B}]1337;File=inline=1") && iTerm.hasSuffix("\u{7}"))
  }
}

extension CommandTests {
  private func run(
    _ arguments: [String], input: String = "", ownModel: Bool = true
  ) throws -> CommandRun.Output {
    try start(arguments, input: input, ownModel: ownModel).finish()
  }

  private func rows(_ result: CommandRun.Output) throws -> [Row] {
    try result.output.split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
  }

  private func start(
    _ arguments: [String], input: String = "", ownModel: Bool = true,
    terminal: PseudoTerminal? = nil
  ) throws -> CommandRun {
    try CommandRun(
      arguments + (ownModel ? ["--model", model] : []), in: folder, input: input,
      terminal: terminal)
  }
}
