import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Training

@testable import Inkwell

/// What a run does not go on with, and what it does.
@Suite struct TrainingIdentityTests {
  let folder: TemporaryFolder
  /// A run of one step.
  let training: TextToImageTraining

  init() throws {
    folder = try TrainingFixture.make()
    let recipe = try TrainingRecipe(contentsOf: folder.file("transformer.json"))
    guard var training = recipe.training as? TextToImageTraining else {
      throw CocoaError(.coderInvalidValue)
    }
    training.plan = try training.plan.with(steps: 1)
    training.samplePrompts = []
    self.training = training
    try training(folder: folder.file("run"))
  }

  /// Why the run is not gone on with; it must be said before anything is encoded.
  private func refusal(
    of changed: TextToImageTraining, _ location: SourceLocation = #_sourceLocation
  ) throws -> String {
    var notes: [String] = []
    let error = #expect(throws: TrainingError.self, sourceLocation: location) {
      try changed(
        folder: folder.file("run"),
        report: { report in
          if case .note(let note) = report { notes.append(note) }
        })
    }
    #expect(!notes.contains { $0.hasPrefix("encoding") }, sourceLocation: location)
    guard case .otherPlan(_, let differences) = error, differences.count == 1 else {
      Issue.record("found \(String(describing: error))", sourceLocation: location)
      return ""
    }
    return differences[0]
  }

  @Test("another setting is refused, and named with both values")
  func settings() throws {
    func refused(_ change: (inout TextToImageTraining) -> Void) throws -> String {
      var changed = training
      change(&changed)
      return try refusal(of: changed)
    }
    #expect(
      try refused { $0.captionDropout = 0.5 }
        == "data: begun with captionDropout 0.25, found captionDropout 0.5")
    #expect(try refused { $0.shift = 2 } == "data: begun with shift 1, found shift 2")
    #expect(
      try refused { $0.maximumTokens = 4 }
        == "data: begun with maximumTokens 8, found maximumTokens 4")
    #expect(
      try refused { $0.transformer.numLayers = 1 }
        == "data: begun with transformer.num_layers 2, found transformer.num_layers 1")
    #expect(try refused { $0.side = 32 }.contains(", side 16, found pictures "))
    // All pictures of the style "flat" but one: both the style and the pictures are others.
    let styled = try refused { $0.styles = ["flat"] }
    #expect(styled.hasSuffix(#", styles ["flat"]"#), "\(styled)")
    #expect(styled.hasPrefix("data: begun with pictures "), "\(styled)")
  }

  @Test("files with other contents are refused, and the same ones elsewhere are not")
  func files() throws {
    let pixels = try TrainingFixture.picture(7).encoded(as: .png)
    let captions = try changed("pictures/metadata.jsonl", "green", "red")
    let changes: [(file: String, bytes: Data, part: String)] = [
      ("pictures/broken.png", pixels, "pictures"),
      ("pictures/0.png", pixels, "pictures"),
      ("pictures/0.png", Data("no picture".utf8), "pictures"),
      ("pictures/metadata.jsonl", captions, "pictures"),
      ("vae/config.json", try changed("vae/config.json", "0.18215", "0.2"), "autoencoder"),
      ("text/tokenizer.json", try changed("text/tokenizer.json", "apple", "pear"), "textEncoder"),
    ]
    for (file, bytes, part) in changes {
      let original = try Data(contentsOf: folder.file(file))
      try bytes.write(to: folder.file(file))
      let refusal = try refusal(of: training)
      #expect(refusal.hasPrefix("data: begun with \(part) "), "\(file): \(refusal)")
      try original.write(to: folder.file(file))
    }

    var moved = training
    moved.data = folder.file("moved/pictures").path(percentEncoded: false)
    moved.autoencoder = folder.file("moved/vae").path(percentEncoded: false)
    moved.textEncoder = folder.file("moved/text").path(percentEncoded: false)
    moved.samplePrompts = ["a cat"]
    try FileManager.default.createDirectory(
      at: folder.file("moved"), withIntermediateDirectories: false)
    for name in ["pictures", "vae", "text"] {
      try FileManager.default.moveItem(at: folder.file(name), to: folder.file("moved/\(name)"))
    }
    let caches = try ["latents", "captions"].map { try inode("run/cache/\($0).safetensors") }
    try moved(folder: folder.file("run"))
    #expect(
      try ["latents", "captions"].map { try inode("run/cache/\($0).safetensors") } == caches,
      "what was encoded is used again")
  }

  @Test("what an autoencoder is trained with is named too")
  func autoencoder() throws {
    let recipe = try TrainingRecipe(contentsOf: folder.file("autoencoder.json"))
    guard var training = recipe.training as? AutoencoderTraining else {
      Issue.record("found \(recipe)")
      return
    }
    let identity = try "\(TrainingIdentity(training, hashes: ["pictures": "ab"]))"
    let lines = identity.split(separator: "\n")
    #expect(lines.contains("autoencoder.block_out_channels [8,16]"))
    #expect(lines.contains("divergenceWeight 0.001") && lines.contains("pictures ab"))
    #expect(
      !identity.contains(folder.url.path(percentEncoded: false)) && !identity.contains("plan"))
    training.plan = try training.plan.with(steps: 5)
    training.data = "elsewhere"
    #expect(try "\(TrainingIdentity(training, hashes: ["pictures": "ab"]))" == identity)
    training.divergenceWeight = 0.002
    #expect(try "\(TrainingIdentity(training, hashes: ["pictures": "ab"]))" != identity)
  }

  /// A file's bytes with other words in it.
  private func changed(_ file: String, _ old: String, _ new: String) throws -> Data {
    let text = try String(contentsOf: folder.file(file), encoding: .utf8)
    #expect(text.contains(old), "\(file)")
    return Data(text.replacing(old, with: new).utf8)
  }

  private func inode(_ file: String) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(
      atPath: folder.file(file).path(percentEncoded: false))
    return attributes[.systemFileNumber] as? Int
  }
}
