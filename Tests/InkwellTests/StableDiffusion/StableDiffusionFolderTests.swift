import Checkpoints
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell
@testable import Models

/// Folders of Stable Diffusion in all their variants, and those that are refused.
@Suite struct StableDiffusionFolderTests {
  let folder: TemporaryFolder
  let model: URL

  init() throws {
    folder = try TemporaryFolder()
    model = folder.file("model")
    try FileManager.default.copyItem(at: StableDiffusionFixture.folder("sd1"), to: model)
  }

  private func path(_ name: String) -> String {
    model.appending(path: name).path(percentEncoded: false)
  }

  private func move(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: path(name), toPath: path(other))
  }

  private func replace(_ text: String, with other: String, in name: String) throws {
    let file = model.appending(path: name)
    let before = try String(contentsOf: file, encoding: .utf8)
    try #require(before.contains(text))
    try Data(before.replacing(text, with: other).utf8).write(to: file)
  }

  private func states(_ url: URL) throws -> Tensor {
    let model = try StableDiffusionFolder(url).model()
    let prompt = try model.encode("a red apple", as: .prompt, SamplingSettings()).prompt
    return try #require(prompt.constant).states
  }

  @Test("weights are found under the names of a precision, and in parts, as diffusers writes both")
  func variants() throws {
    let expected = try states(model)
    let unet = "unet/diffusion_pytorch_model"
    try move("\(unet).safetensors", to: "\(unet).fp16.safetensors")
    try FileManager.default.removeItem(atPath: path("vae/diffusion_pytorch_model.safetensors"))
    try FileManager.default.copyItem(
      at: StableDiffusionFixture.folder("sd1/vae/diffusion_pytorch_model.safetensors"),
      to: model.appending(path: "vae/diffusion_pytorch_model.bf16.safetensors"))
    let text = try Checkpoint(contentsOf: model.appending(path: "text_encoder/model.safetensors"))
    let parts = [text.names.prefix(5), text.names.dropFirst(5)]
    var places: [String: String] = [:]
    for (number, names) in parts.enumerated() {
      let file = "model-0000\(number + 1)-of-00002.safetensors"
      let drafts = try names.map { Safetensors.Draft($0, try text.tensor($0)) }
      try Safetensors.write(drafts, to: model.appending(path: "text_encoder/\(file)"))
      for name in names { places[name] = file }
    }
    try FileManager.default.removeItem(atPath: path("text_encoder/model.safetensors"))
    try JSONEncoder().encode(["weight_map": places])
      .write(to: model.appending(path: "text_encoder/model.safetensors.index.json"))
    #expect(distance(try states(model), expected) == 0)
    let files = try StableDiffusionFolder(model).files()
    for name in [
      "\(unet).fp16.safetensors", "vae/diffusion_pytorch_model.bf16.safetensors",
      "text_encoder/model.safetensors.index.json", "text_encoder/model-00002-of-00002.safetensors",
    ] {
      #expect(files.contains(name))
    }
  }

  @Test("a library describes it without reading its weights")
  func summary() throws {
    let library = ModelLibrary(folders: [folder.url])
    let found = try library.models()
    #expect(found.map(\.name) == ["model"])
    let summary = try library.summary(of: found[0])
    #expect(summary.size == 16 && summary.summary.contains("StableDiffusionPipeline"))
    let files = try StableDiffusionFolder(model).files()
    let bytes = try files.map { try Data(contentsOf: model.appending(path: $0)).count }
    #expect(summary.bytes == bytes.reduce(0, +))
  }

  @Test("all that a folder lacks is named")
  func missing() throws {
    try FileManager.default.removeItem(atPath: path("scheduler"))
    try FileManager.default.removeItem(atPath: path("vae/config.json"))
    let error = ModelError.incomplete(
      folder: model.path(percentEncoded: false),
      missing: ["scheduler/scheduler_config.json", "vae/config.json"])
    #expect(throws: error) { try StableDiffusionFolder(model) }
    #expect(throws: ModelError.missing(path: path("nowhere/"))) {
      try ModelLibrary(folders: []).promptedModel(path("nowhere"))
    }
  }

  @Test("a folder without weights, or whose weights do not fit, says which")
  func weights() throws {
    try FileManager.default.removeItem(atPath: path("unet/diffusion_pytorch_model.safetensors"))
    let absent = #expect(throws: CheckpointError.self) { try StableDiffusionFolder(model).model() }
    #expect(absent?.description.contains("unet/diffusion_pytorch_model.safetensors") == true)
    try FileManager.default.copyItem(
      atPath: path("vae/diffusion_pytorch_model.safetensors"),
      toPath: path("unet/diffusion_pytorch_model.safetensors"))
    let other = #expect(throws: ModelError.self) { try StableDiffusionFolder(model).model() }
    #expect(other?.description.contains("conv_in.weight") == true)
  }

  @Test("parts of different models are told apart")
  func mismatch() throws {
    try replace(#""in_channels": 4"#, with: #""in_channels": 9"#, in: "unet/config.json")
    #expect(throws: ModelError.self) { try StableDiffusionFolder(model).model() }
    try replace(#""in_channels": 9"#, with: #""in_channels": 4"#, in: "unet/config.json")
    try FileManager.default.removeItem(atPath: path("unet"))
    try FileManager.default.copyItem(
      at: StableDiffusionFixture.folder("sdxl/unet"), to: model.appending(path: "unet"))
    let error = #expect(throws: ModelError.self) { try StableDiffusionFolder(model).model() }
    #expect(
      error
        == .mismatch(
          folder: path("unet"), expected: "the U-Net to attend to states of 8 channels",
          found: "14 channels"))
  }

  @Test("another pipeline, and a scheduler that is not there, are refused with what is")
  func unsupported() throws {
    try replace("PNDMScheduler", with: "PNDScheduler", in: "scheduler/scheduler_config.json")
    let scheduler = #expect(throws: ModelError.self) { try StableDiffusionFolder(model).scheduler }
    #expect(
      scheduler?.description.contains("_class_name: expected PNDMScheduler") == true
        && scheduler?.description.hasSuffix("found PNDScheduler") == true)
    try replace(
      "StableDiffusionPipeline", with: "StableDiffusionGLIGENPipeline", in: "model_index.json")
    let pipeline = #expect(throws: ModelError.self) { try StableDiffusionFolder(model) }
    #expect(pipeline?.description.contains("found StableDiffusionGLIGENPipeline") == true)
  }
}
