import Evaluation
import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

/// The whole evaluation of a tiny model of random weights, on squares that move.
@Suite struct EvaluateVideoTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TinyVideoModel.make()
    try Self.writeData(to: folder)
  }

  @Test("an evaluation sees the real colours, and writes its page")
  func whole() throws {
    let figures = try run(request())
    let page = folder.file("page")
    let data = try Data(contentsOf: page.appending(path: "figures.json"))
    #expect(try JSONDecoder().decode(VideoFigures.self, from: data) == figures)
    #expect((figures.clips, figures.trainingClips) == (10, 24))
    #expect(figures.real.team?.value == 1)
    #expect(figures.real.motion > 1 && figures.still.motion == 0)
    #expect(figures.still.differences.value > figures.real.differences.value)
    #expect(figures.generated.frames.value > figures.real.frames.value)
    #expect(figures.generated.frames == figures.chance.frames)
    // The squares move by a pixel, a random model's do not go on.
    #expect(figures.realSeam > 1 && figures.seam > 3 * figures.realSeam)
    let sheet = try Image(contentsOf: page.appending(path: "clips.png"))
    #expect(sheet.height > 3 * 8 * TinyVideoModel.side)
    let text = String(
      decoding: try Data(contentsOf: page.appending(path: "README.md")), as: UTF8.self)
    #expect(text.contains("| the caption's action is seen | "))
    #expect(text.contains("](clips.png)") && !text.contains(folder.url.path(percentEncoded: false)))
    // No action is shown eight times in the ten held-out clips.
    #expect(figures.usefulness.generatedClips == 24 && figures.usefulness.rare == nil)
    #expect(try run(request()) == figures)
  }

  @Test("judges that learn from the model's clips look at the real ones")
  func usefulness() throws {
    // A third of the squares move; those alone are grey.
    try Self.writeData(to: folder, heldOut: 24, movingShade: 120)
    var request = request()
    request.clips = 24
    let useful = try run(request).usefulness
    #expect(useful.generatedClips == 24)
    // A model of random weights teaches nothing.
    #expect(useful.real.value == 1 && useful.generated.value < 1)
    let rare = try #require(useful.rare)
    #expect((rare.action, rare.real, rare.generated) == ("move", 3, 8))
    #expect(rare.all.seen.value == 1 && rare.all.falselySeen.value == 0)
    let page = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
    #expect(page.contains("| 24 of the model's | ") && page.contains("| few real clips of it | "))
    #expect(page.contains(#"all but 3 of the real clips of "move" are taken away"#))
  }

  @Test("what no clip says is not judged")
  func unsaid() throws {
    try Self.writeData(to: folder, team: false)
    let figures = try run(request())
    #expect(figures.real.team == nil && figures.real.action != nil)
    let page = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
    #expect(page.contains("| the caption's colour is seen | – |"))
  }

  @Test("numbers out of range, too few clips, none, and lines of other data are errors")
  func refusals() throws {
    var few = request()
    few.trainingClips = 2
    #expect(throws: EvaluationError.value("trainingClips", expected: "8 or more", found: "2")) {
      try run(few)
    }
    try Self.writeData(to: folder, heldOut: 3)
    #expect(throws: EvaluationError.tooFew(split: "heldout", expected: 8, found: 3)) {
      try run(request())
    }
    try Self.writeData(to: folder, heldOut: 0)
    #expect(
      throws: EvaluationError.nothingHeldOut(folder: request().data, splits: ["heldout"])
    ) { try run(request()) }
    try Self.writeData(to: folder, training: 2)
    #expect(throws: EvaluationError.tooFew(split: "train", expected: 8, found: 2)) {
      try run(request())
    }
    try folder.write(#"{"file_name": "a.apng", "text": "a"}"#.utf8, to: "clips/metadata.jsonl")
    let error = #expect(throws: EvaluationError.self) { try run(request()) }
    #expect(error?.description.contains("metadata.jsonl:1: expected a line") == true)
  }

  @Test("a stop ends the run")
  func stops() throws {
    let stop = StopSignal()
    stop.request()
    #expect(throws: CancellationError.self) { try run(request(), until: stop) }
  }

  @Test("models are known by what they make")
  func kinds() throws {
    let library = TinyVideoModel.library(folder)
    #expect(try library.kind(of: "clips") == .clips)
    #expect(
      try library.kind(of: folder.file("models/clips").path(percentEncoded: false)) == .clips)
    #expect(throws: ModelError.self) { try library.kind(of: "klips") }
    #expect(throws: ModelError.self) { try library.kind(in: folder.file("text")) }
    let (pictures, sounds) = (try TinyModel.make(), try MusicFixture.make())
    #expect(try TinyModel.library(pictures).kind(of: "tiny") == .pictures)
    #expect(try MusicFixture.library(sounds).kind(of: "tiny") == .sounds)
  }

  private func request() -> EvaluateVideo {
    var request = EvaluateVideo(
      model: "clips", data: folder.file("clips").path(percentEncoded: false),
      output: folder.file("page").path(percentEncoded: false), seed: 3)
    request.resamples = 5
    return request
  }

  private func run(
    _ request: EvaluateVideo, until stop: StopSignal = StopSignal()
  ) throws -> VideoFigures {
    try request.run(
      TinyVideoModel.library(folder), network: EvaluateTests.network(),
      cache: folder.file("cache"), until: stop
    ) { _ in }
  }

  /// Dark squares of the red side and light ones of the blue: 24 to train on, and some held out.
  private static func writeData(
    to folder: TemporaryFolder, training: Int = 24, heldOut: Int = 10, team: Bool = true,
    movingShade: UInt8? = nil
  ) throws {
    var lines: [String] = []
    try FileManager.default.createDirectory(
      at: folder.file("clips"), withIntermediateDirectories: true)
    for (split, count) in [("train", training), ("heldout", heldOut)] {
      for index in 0..<count {
        let name = "\(split)-\(index).apng"
        let own = UInt8((index % 2 == 0 ? 10 : 240) + index % 5)
        let shade = index % 3 == 1 ? movingShade ?? own : own
        try TinyVideoModel.clip(5, shade: shade).save(to: folder.file("clips/\(name)"))
        lines.append(
          """
          {"file_name": "\(name)", "text": "a red cat", "captions": ["a red cat"], \
          "name": "cat", "group": "\(index % 3 == 0 ? "cat" : "dog")", \
          "action": "\(index % 3 == 1 ? "move" : "idle")", \
          "facing": "right", \(team ? "\"team\": \"\(index % 2 == 0 ? "red" : "blue")\", " : "")"base": "\(index)", \
          "weight": 1, "split": "\(split)", "license": "CC0-1.0", "source": "here"}
          """)
      }
    }
    try folder.write(lines.joined(separator: "\n").utf8, to: "clips/metadata.jsonl")
  }
}
