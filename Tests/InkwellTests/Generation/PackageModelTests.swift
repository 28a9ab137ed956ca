import Foundation
import Models
import TestSupport
import Testing

@testable import Inkwell

/// Putting parts together.
@Suite struct PackageModelTests {
  @Test("a model is whole in diffusers' layout, and what was beside the parts stays")
  func replaces() throws {
    let folder = try TinyModel.make()
    try folder.write("card".utf8, to: "models/tiny/README.md")
    var package = TinyModel.package(folder)
    package.shift = 3
    package.textEncoder = folder.file("models/tiny/text_encoder").path(percentEncoded: false)
    let model = try package()
    #expect(model.name == "tiny" && model.index.about == package.about)
    #expect(try model.side == 16)
    #expect(try folder.contents() == ["models", "text", "transformer", "vae"])
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: folder.file("models").path(percentEncoded: false)) == ["tiny"])
    let card = try String(contentsOf: folder.file("models/tiny/README.md"), encoding: .utf8)
    #expect(card == "card")
    let scheduler = try Data(
      contentsOf: folder.file("models/tiny/scheduler/scheduler_config.json"))
    #expect(try JSONDecoder().decode(FlowScheduler.self, from: scheduler).shift == 3)
  }

  @Test("parts that do not fit are refused, and the model that was there stays")
  func refusals() throws {
    let folder = try TinyModel.make()
    let before = try ModelFolder(folder.file("models/tiny")).hashes()
    var package = TinyModel.package(folder)
    package.about.maximumTokens = 13
    #expect(throws: ModelError.self) { try package() }
    package = TinyModel.package(folder)
    package.about.settings.sampler = "uler"
    #expect(throws: (any Error).self) { try package() }
    package = TinyModel.package(folder)
    package.transformer = package.autoencoder
    #expect(throws: ConfigurationError.self) { try package() }
    package.transformer = folder.file("nowhere").path(percentEncoded: false)
    #expect(throws: ConfigurationError.self) { try package() }
    #expect(try ModelFolder(folder.file("models/tiny")).hashes() == before)
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: folder.file("models").path(percentEncoded: false)) == ["tiny"])
  }

  @Test("the command keeps a cache of pictures' own, and refuses half of one and one of clips")
  func ownCache() throws {
    let folder = try TinyModel.make()
    func packaged(_ more: [String]) throws -> CommandRun.Output {
      try CommandRun(
        [
          "model", "package", "--autoencoder", "vae", "--transformer", "transformer",
          "--text-encoder", "text", "--output", "models/cached", "--maximum-tokens", "8",
        ] + more, in: folder
      ).finish()
    }
    let run = try packaged(["--cache-interval", "3", "--cache-order", "1"])
    #expect(run.status == 0, "\(run.errors)")
    let model = try ModelFolder(folder.file("models/cached"))
    #expect(
      model.index.about.settings.cache
        == Generate.StepCache(interval: 3, order: 1, kept: .whole))
    let half = try packaged(["--cache-order", "1"])
    #expect(half.status != 0 && half.errors.contains("Give --cache-interval too."))
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let recipe = root.appending(path: "Recipes/sprites/transformer.json")
    let clips = try packaged(
      ["--cache-interval", "3", "--recipe", recipe.path(percentEncoded: false)])
    #expect(
      clips.status != 0
        && clips.errors.contains("--cache-interval is for models of pictures."), "\(clips.errors)")
  }

  @Test("a folder of something else is left alone")
  func occupied() throws {
    let folder = try TinyModel.make()
    try folder.write([1], to: "models/photos/holiday.jpg")
    var package = TinyModel.package(folder)
    package.output = folder.file("models/photos").path(percentEncoded: false)
    #expect(throws: ModelError.self) { try package() }
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: folder.file("models/photos").path(percentEncoded: false))
        == ["holiday.jpg"])
  }

  @Test("weights of other sizes are told with the part that they are of")
  func misfits() throws {
    let folder = try TinyModel.make()
    let config = folder.file("models/tiny/transformer/config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    try text.replacing(#""num_layers" : 2"#, with: #""num_layers" : 3"#)
      .write(to: config, atomically: true, encoding: .utf8)
    let error = #expect(throws: ModelError.self) {
      try TextToImageModel(folder: folder.file("models/tiny"))
    }
    #expect(error?.description.contains("models/tiny/transformer") == true)
    #expect(error?.description.contains("transformer_blocks.2") == true)
  }
}
