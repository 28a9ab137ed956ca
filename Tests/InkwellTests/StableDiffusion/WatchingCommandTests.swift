import Foundation
import Modalities
import TestSupport
import Testing

@testable import CLI
@testable import Inkwell

/// What is said and written beside the pictures of Stable Diffusion, as a shell sees it.
@Suite struct WatchingCommandTests {
  let folder: TemporaryFolder
  let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

  init() throws { folder = try TemporaryFolder() }

  private func generate(_ arguments: [String]) throws -> CommandRun.Output {
    try CommandRun(
      ["generate", "a red apple", "--model", model, "--steps", "2", "--output", "apple.png"]
        + arguments, in: folder
    ).finish()
  }

  @Test("the memory of a run is said before, and its words are explained in a folder")
  func explains() throws {
    let run = try generate(["--max-memory", "8G", "--explain", "why"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("needs about "))
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.file("why/apple").path(percentEncoded: false))
    #expect(
      names.sorted() == [
        "01-a.png", "02-red.png", "03-apple.png", "step-01.png", "step-02.png", "words.json",
      ])
    let word = try Image(contentsOf: folder.file("why/apple/02-red.png"))
    let picture = try Image(contentsOf: folder.file("apple.png"))
    #expect(word.width == picture.width && word.height == picture.height && word != picture)
  }

  @Test("too little memory is exit code 2 and says what is needed, and no number is wrong usage")
  func limits() throws {
    let little = try generate(["--max-memory", "1.5M"])
    #expect(little.status == 2)
    #expect(little.errors.contains("or more for this model at this size, found a limit of 2 MB"))
    for text in ["6X", "-1G", "0", "G"] {
      let wrong = try generate(["--max-memory=\(text)"])
      #expect(wrong.status == 64, "\(text)")
      #expect(wrong.errors.contains("expected bytes such as 6G or 4400M"), "\(wrong.errors)")
    }
    let preview = try generate(["--preview-decoder", "nowhere"])
    #expect(preview.status == 3, "\(preview.errors)")
  }

  @Test("a picture says in XMP what it is, and one that was made of another says that")
  func xmp() throws {
    #expect(try generate([]).status == 0)
    let vary = try CommandRun(
      [
        "vary", "apple.png", "a green apple", "--model", model, "--steps", "2", "--strength", "0.6",
        "--output", "green.png",
      ], in: folder
    ).finish()
    #expect(vary.status == 0, "\(vary.errors)")
    for (file, prompt, source) in [
      ("apple.png", "a red apple", "trainedAlgorithmicMedia"),
      ("green.png", "a green apple", "compositeWithTrainedAlgorithmicMedia"),
    ] {
      let texts = try PNGText.read(from: Data(contentsOf: folder.file(file)))
      let packet = try #require(texts.first { $0.keyword == XMP.keyword }).text
      #expect(packet.contains(">\(prompt)<") && packet.contains("/\(source)<"))
      #expect(packet.contains("<xmp:CreatorTool>inkwell \(Program.version)</xmp:CreatorTool>"))
    }
  }
}
