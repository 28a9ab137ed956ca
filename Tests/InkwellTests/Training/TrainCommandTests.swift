import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Training

@testable import Inkwell

/// `inkwell train` itself, as a shell runs it and as a machine kills it.
@Suite struct TrainCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TrainingFixture.make() }

  @Test("killed while it encodes, begins and trains, a run ends with the bits of one that was not")
  func killed() throws {
    let whole = try train("transformer.json", to: "whole").finish()
    #expect(whole.status == 0, "\(whole.errors)")
    checkWords(whole.errors)
    try checkFiles(of: RunFolder(folder.file("whole")))

    let cut = RunFolder(folder.file("cut"))
    let captions = folder.file("cut/cache/captions.safetensors").path(percentEncoded: false)
    try kill("encoding") { $0.errors.contains("encoding") }
    #expect(rows(of: cut) == 0)
    try kill("encoded") { _ in FileManager.default.fileExists(atPath: captions) }
    try kill("training") { _ in rows(of: cut) >= 4 }
    #expect(try cut.checkpoints().map(\.step).contains(3))
    try kill("training again") { _ in rows(of: cut) >= 8 }
    let last = try train("transformer.json", to: "cut").finish()
    #expect(last.status == 0, "\(last.errors)")

    let (found, expected) = try (runFiles(cut.url), runFiles(folder.file("whole")))
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (name, bytes) in expected { #expect(found[name] == bytes, "\(name)") }
  }

  /// What a run says: each broken picture, and a line with a rate and a time to go.
  private func checkWords(_ errors: String) {
    let lines = errors.split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("broken.png is skipped: ") }.count == 1)
    #expect(lines.contains("encoding 6 pictures"))
    let first = /step 1 of 12 · loss \d+\.\d{5} · \d+\.\d pictures\/s · [\d a-z]+ to go/
    #expect(lines.contains { $0.wholeMatch(of: first) != nil }, "\(errors)")
    let last = /step 12 of 12 · loss \d+\.\d{5} · \d+\.\d pictures\/s · 0 s to go/
    #expect(lines.contains { $0.wholeMatch(of: last) != nil }, "\(errors)")
  }

  /// What a run leaves: its curve, sheets of samples, and a transformer that loads.
  private func checkFiles(of run: RunFolder) throws {
    #expect(rows(of: run) == 12)
    for name in ["0000006.png", "0000012.png"] {
      #expect(try Image(contentsOf: run.samples.appending(path: name)).width == 8 * 20 + 4)
    }
    let transformer = run.url.appending(path: "transformer")
    #expect(try PixArtTransformer(folder: transformer).configuration.numLayers == 2)
    let fields = try JSONSerialization.jsonObject(
      with: Data(contentsOf: transformer.appending(path: "config.json")))
    #expect((fields as? [String: Any])?["_class_name"] as? String == "PixArtTransformer2DModel")
    #expect(try run.checkpoints().map(\.step) == [9, 12])
  }

  @Test("an autoencoder is trained, and a run whose pictures have changed since is refused")
  func autoencoder() throws {
    let result = try train("autoencoder.json", to: "run").finish()
    #expect(result.status == 0, "\(result.errors)")
    let run = RunFolder(folder.file("run"))
    #expect(rows(of: run) == 3)
    #expect(try Image(contentsOf: run.samples.appending(path: "0000003.png")).width == 8 * 20 + 4)
    let network = try AutoencoderKL(folder: run.url.appending(path: "autoencoder"))
    // The scale and shift of the latents are those that were measured.
    #expect(network.configuration.shiftFactor != nil)
    #expect(network.configuration.scalingFactor != 0.18215)

    try TrainingFixture.picture(7).save(to: folder.file("pictures/broken.png"))
    let again = try train("autoencoder.json", to: "run").finish()
    #expect(again.status == 1 && again.errors.contains("data: begun with pictures "))
  }

  @Test("an interrupted run ends after its step with its own exit code, and goes on from there")
  func interrupted() throws {
    let run = RunFolder(folder.file("run"))
    let first = try train("transformer.json", to: "run")
    while first.isRunning && rows(of: run) < 2 { usleep(500) }
    first.interrupt()
    let stopped = first.finish()
    #expect(stopped.status == 130 && stopped.errors.hasSuffix("inkwell: stopped\n"))
    let step = try #require(run.checkpoints().last).step
    #expect(step == rows(of: run) && (2..<12).contains(step))
    #expect(try train("transformer.json", to: "run").finish().status == 0)
    #expect(rows(of: run) == 12)
  }

  @Test("what cannot be trained has its exit code, and says where it is wrong")
  func refusals() throws {
    let line = #"{"file_name": "0.png", "text": "red apple"}"#
    try folder.write("\(line)\n{\"file_name\": 1}\n".utf8, to: "wrong/metadata.jsonl")
    let recipe = try String(contentsOf: folder.file("transformer.json"), encoding: .utf8)
    try folder.write(
      recipe.replacing("\"peak\": 0.01", with: "\"peak\": -1").utf8, to: "rate.json")
    try folder.write(recipe.replacing("text-to-image", with: "text-to-film").utf8, to: "film.json")
    try folder.write([], to: "file")
    let cases: [(String, [String], Int32, String)] = [
      ("transformer.json", ["--data", "wrong"], 3, "wrong/metadata.jsonl:2: file_name: expected"),
      ("transformer.json", ["--data", "nowhere"], 3, "nowhere/metadata.jsonl"),
      ("transformer.json", ["--threads", "0"], 64, "--threads must be at least 1."),
      ("transformer.json", ["--steps", "0"], 64, "steps: expected a whole number from 1, found 0"),
      ("nowhere.json", [], 3, "nowhere.json"),
      ("rate.json", [], 3, "rate.json: learningRate.peak: expected a number above 0, found -1.0"),
      ("film.json", [], 3, "film.json: train: "),
    ]
    for (recipe, options, status, message) in cases {
      let result = try CommandRun(["train", recipe, "--output", "run"] + options, in: folder)
        .finish()
      #expect(result.status == status, "\(recipe) \(options): \(result.errors)")
      #expect(result.errors.contains(message), "\(recipe) \(options): \(result.errors)")
    }
    #expect(try !folder.contents().contains("run"))
    let blocked = try train("autoencoder.json", to: "file", "--quiet").finish()
    #expect(blocked.status == 1 && blocked.errors.hasPrefix("inkwell: "), "\(blocked.errors)")
    #expect(blocked.errors.contains("file/samples/: cannot make the folder"))
  }
}

extension TrainCommandTests {
  private func train(
    _ recipe: String, to output: String, _ options: String...
  ) throws -> CommandRun {
    try CommandRun(
      ["train", recipe, "--output", output, "--threads", "2"] + options, in: folder)
  }

  /// Trains, and kills the program as soon as a moment has come.
  private func kill(_ name: String, when hasCome: (CommandRun) -> Bool) throws {
    let run = try train("transformer.json", to: "cut")
    while run.isRunning && !hasCome(run) { usleep(500) }
    #expect(run.kill(), "\(name): the run ended before it was killed: \(run.errors)")
  }

  /// The rows of the loss curve; 0 if there is none.
  private func rows(of run: RunFolder) -> Int {
    let bytes =
      FileManager.default.contents(atPath: run.lossCurve.path(percentEncoded: false)) ?? Data()
    return max(bytes.count { $0 == UInt8(ascii: "\n") } - 1, 0)
  }
}
