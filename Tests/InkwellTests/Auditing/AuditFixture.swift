import Foundation
import Modalities
import TestSupport
import Torch

@testable import Inkwell

/// A tiny model with pictures of waves to train on and held out, and what is usual for it.
struct AuditFixture {
  let folder: TemporaryFolder

  init() throws {
    folder = try TinyModel.make()
    try writeData()
  }

  var model: URL { folder.file("models/tiny") }
  var library: ModelLibrary { TinyModel.library(folder) }

  func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

  /// Measures what is usual, and writes it to the model's folder.
  @discardableResult
  func calibrated() throws -> AuditCalibration {
    var calibrate = CalibrateAudit(model: "tiny", data: path("data"), captions: 8, others: 3)
    calibrate.cache = path("cache")
    let calibration = try calibrate.run(
      library.model("tiny"), network: EvaluateTests.network(), until: StopSignal(),
      report: { _ in })
    try calibration.write(to: calibrate.file(library: library))
    return calibration
  }

  /// Audits pictures of the folder.
  func audit(
    _ names: [String], data: Bool = true, _ change: (inout Audit) -> Void = { _ in }
  ) throws -> AuditResult {
    var audit = Audit(names.map(path), model: "tiny", data: data ? path("data") : nil)
    audit.cache = path("cache")
    change(&audit)
    return try audit.run(library, until: StopSignal(), report: { _ in }) {
      try EvaluateTests.network()
    }
  }

  /// The held-out picture that is the least suspicious one of all, by what is usual.
  func mostUsual(data: Bool = true) throws -> String {
    let names = (40..<56).map { "data/heldout-pair-\($0).png" }
    let pictures = try audit(names, data: data) { $0.prompt = "<script>apple" }.pictures
    let suspicions = pictures.map(\.suspicion)
    return names[suspicions.indices.min { suspicions[$0] < suspicions[$1] } ?? 0]
  }

  /// Makes a picture as `inkwell generate` does.
  func generate(_ prompt: String, seed: UInt64, to name: String) async throws {
    let request = try Generate.Request(prompts: [prompt], model: "tiny", seed: seed)
    for try await event in Generate(Workshop(library: library))(request) {
      if case .image(let picture) = event { try picture.save(to: folder.file(name)) }
    }
  }

  /// Waves of random directions and colours, 16 x 16.
  static func wave(_ number: Int) throws -> Image {
    let generator = Generator(seed: UInt64(number))
    let places = Tensor.linspace(from: 0, to: 1, count: 16)
    let turns = generator.uniform([2, 3, 1, 1]) * 4
    let x = places.reshaped(1, 1, 16) * turns.selected(dim: 0, index: 0)
    let y = places.reshaped(1, 16, 1) * turns.selected(dim: 0, index: 1)
    return try Image(tensor: (x + y).sine() * 0.6)
  }

  private func writeData() throws {
    try FileManager.default.createDirectory(
      at: folder.file("data"), withIntermediateDirectories: true)
    var lines: [String] = []
    for (split, count) in [("train", 40), ("heldout-pair", 16), ("heldout-base", 16)] {
      for _ in 0..<count {
        let number = lines.count
        let name = "\(split)-\(number).png"
        try Self.wave(number).save(to: folder.file("data/\(name)"))
        lines.append(
          """
          {"file_name": "\(name)", "text": "red apple \(number)", "base": "\(number)", \
          "split": "\(split)"}
          """)
      }
    }
    try folder.write(lines.joined(separator: "\n").utf8, to: "data/metadata.jsonl")
  }
}
