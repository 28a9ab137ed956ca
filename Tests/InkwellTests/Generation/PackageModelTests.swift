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
