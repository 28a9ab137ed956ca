import Evaluation
import Foundation
import Layers
import Modalities
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// The whole evaluation with a tiny model, a tiny network and pictures of plain colours.
@Suite struct EvaluateTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TinyModel.make()
    try Self.writeData(to: folder)
  }

  @Test("an evaluation writes its page, and the same one again from what it kept")
  func whole() throws {
    let figures = try run(request())
    let page = folder.file("page")
    for name in ["README.md", "grid.png", "nearest.png", "plain.png", "figures.json"] {
      #expect(
        FileManager.default.fileExists(
          atPath: page.appending(path: name).path(percentEncoded: false)))
    }
    let data = try Data(contentsOf: page.appending(path: "figures.json"))
    #expect(try JSONDecoder().decode(EvaluationFigures.self, from: data) == figures)
    #expect(figures.subject.trainingPictures == 48)
    #expect(Set(figures.splits.keys) == ["heldout-pair", "heldout-base"])
    let pairs = try #require(figures.splits["heldout-pair"])
    #expect(pairs.pictures == 12)
    #expect(pairs.retrieval.real.captions == 12)
    // The real pictures are of the training pictures' kind, and the random model's are not.
    #expect(pairs.frechet.generated.value > pairs.frechet.real.value)
    let text = try Data(contentsOf: page.appending(path: "README.md"))
    #expect(String(decoding: text, as: UTF8.self).contains("](grid.png)"))
    #expect(!String(decoding: text, as: UTF8.self).contains(folder.url.path(percentEncoded: false)))

    let again = try run(request())
    #expect(again == figures)
    #expect(try Data(contentsOf: page.appending(path: "README.md")) == text)
  }

  @Test("the styles and the number of pictures are those that are asked for")
  func choice() throws {
    var request = request()
    request.styles = ["flat"]
    request.pictures = 8
    let figures = try run(request)
    #expect(figures.subject.trainingPictures == 24)
    #expect(figures.splits["heldout-pair"] == nil)
    #expect(figures.splits["heldout-base"]?.pictures == 8)
  }

  @Test("numbers out of range, too few pictures and none are errors")
  func refusals() throws {
    var few = request()
    few.pictures = 7
    #expect(throws: EvaluationError.value("pictures", expected: "8 or more", found: "7")) {
      try few(library: TinyModel.library(folder))
    }
    try Self.writeData(to: folder, heldOut: 3)
    #expect(throws: EvaluationError.tooFew(split: "heldout-pair", expected: 8, found: 3)) {
      try run(request())
    }
    try Self.writeData(to: folder, heldOut: 0)
    #expect(throws: EvaluationError.self) { try run(request()) }
  }

  @Test("a stop ends the run")
  func stops() throws {
    let stop = StopSignal()
    stop.request()
    #expect(throws: CancellationError.self) { try run(request(), until: stop) }
  }

  @Test("a folder that cannot be written is refused before the work")
  func unwritable() throws {
    var request = request()
    try folder.write([], to: "file")
    request.output = folder.file("file").path(percentEncoded: false)
    var reports = 0
    #expect(throws: OutputError.self) {
      try run(request) { _ in reports += 1 }
    }
    #expect(reports == 0)
  }

  private func request() -> Evaluate {
    var request = Evaluate(
      model: "tiny", data: folder.file("data").path(percentEncoded: false),
      output: folder.file("page").path(percentEncoded: false))
    request.resamples = 5
    request.retrievalSteps = 4
    request.cache = folder.file("cache").path(percentEncoded: false)
    return request
  }

  private func run(
    _ request: Evaluate, until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> EvaluationFigures {
    let model = try TinyModel.library(folder).model("tiny")
    return try request.run(
      EvaluatedModel(model, TextToImageModel(model)), network: Self.network(), until: stop,
      report: report)
  }

  /// A network with random weights that looks at 16 x 16 pixels.
  static func network() throws -> EvaluationNetwork {
    let sizes = EfficientNetLiteConfiguration(
      stem: 4, stages: [.init(blocks: 1, kernel: 3, stride: 2, expansion: 2, outputs: 4)],
      features: 12, classes: 2, side: 16)
    let network = try ParameterStore(initializing: Generator(seed: 4))
      .network { EfficientNetLite($0, sizes) }
    return EvaluationNetwork(network: network, identity: "tiny")
  }

  /// Plain pictures of 16 x 16 in two styles: 48 to train on, and some held out.
  private static func writeData(to folder: TemporaryFolder, heldOut: Int = 12) throws {
    var lines: [String] = []
    func add(_ index: Int, _ split: String, style: String) throws {
      let shade = UInt8(truncatingIfNeeded: 37 * index)
      let color = Color(red: shade, green: 255 - shade, blue: style == "flat" ? 0 : 200)
      let name = "\(split)-\(index).png"
      try FileManager.default.createDirectory(
        at: folder.file("data"), withIntermediateDirectories: true)
      try Image(width: 16, height: 16, color: color).save(to: folder.file("data/\(name)"))
      lines.append(
        """
        {"file_name": "\(name)", "text": "red apple \(index)", "base": "\(split) \(index)", \
        "style": "\(style)", "split": "\(split)"}
        """)
    }
    for index in 0..<48 { try add(index, "train", style: index % 2 == 0 ? "flat" : "round") }
    for index in 0..<heldOut { try add(index, "heldout-pair", style: "round") }
    for index in 0..<heldOut { try add(index, "heldout-base", style: "flat") }
    try folder.write(lines.joined(separator: "\n").utf8, to: "data/metadata.jsonl")
  }
}
