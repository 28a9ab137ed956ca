import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints
@testable import Inkwell
@testable import Models

/// What files of weights are, by their headers.
@Suite struct InspectModelTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Writes a file of published size that takes no room: its numbers are a hole.
  private func write(_ shapes: [String: [Int]], to name: String) throws -> URL {
    var (fields, offset): ([String], Int) = ([], 0)
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      let end = offset + 2 * shape.reduce(1, *)
      let sizes = shape.map(String.init).joined(separator: ",")
      fields.append(
        #""\#(name)":{"dtype":"F16","shape":[\#(sizes)],"data_offsets":[\#(offset),\#(end)]}"#)
      offset = end
    }
    let header = Array("{\(fields.joined(separator: ","))}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    let url = try folder.write(length + header, to: name)
    try #require(truncate(url.path(percentEncoded: false), off_t(8 + header.count + offset)) == 0)
    return url
  }

  private func stableDiffusion1() throws -> [String: [Int]] {
    var map: KeyMap = [:]
    var weights: [String: [Int]] = [:]
    for part in StableDiffusionFamily.sd1.parts {
      map = map + part.layouts[0].map.placed(part.layouts[0].place, part.folder)
      for (name, shape) in part.weights { weights["\(part.folder).\(name)"] = shape }
    }
    let tensors = try map.inverse.convert(weights)
    return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
  }

  @Test("the published size of Stable Diffusion 1 is whole, and its figures are known")
  func whole() throws {
    var shapes = try stableDiffusion1()
    shapes["alphas_cumprod"] = [1000]
    let url = try write(shapes, to: "v1-5.safetensors")
    let run = try CommandRun(
      ["model", "inspect", url.path(percentEncoded: false), "--json"], in: folder
    ).finish()
    #expect(run.status == 0 && run.errors.isEmpty)
    let report = try JSONDecoder().decode(ModelReport.self, from: Data(run.output.utf8))
    #expect(try report == InspectModel(path: url.path(percentEncoded: false))())
    let file = try #require(report.files.first)
    #expect(file.kind == "sd1" && file.format == "safetensors" && file.variant == nil)
    #expect(file.parts == ["unet", "vae", "text_encoder"] && file.absent.isEmpty)
    #expect(file.isWhole)
    // diffusers' UNet2DConditionModel, AutoencoderKL and CLIPTextModel count these.
    #expect(file.parameters == 859_520_964 + 83_653_863 + 123_060_480 + 1000)
    #expect(file.bytes == 2 * file.parameters)
    #expect(report.bytesInFloat32 == 4 * file.parameters)
  }

  @Test("what is missing, unknown or misshapen is named, with what it may have been meant for")
  func misfits() throws {
    var shapes = try stableDiffusion1()
    let place = "model.diffusion_model.middle_block.1.transformer_blocks.0.attn1"
    shapes["\(place).to_q.weigth"] = shapes.removeValue(forKey: "\(place).to_q.weight")
    shapes["\(place).to_k.weight"] = [1280, 640]
    shapes["model.diffusion_model.input_blocks.0.0.weight"] = [320, 9, 3, 3]
    let url = try write(shapes, to: "a.safetensors")
    let file = try #require(try InspectModel(path: url.path(percentEncoded: false))().files.first)
    #expect(file.variant == "inpainting")
    #expect(
      file.missing == [
        .init(name: "\(place).to_q.weight", hint: "the file has \(place).to_q.weigth")
      ])
    #expect(
      file.unknown == [
        .init(name: "\(place).to_q.weigth", hint: "did you mean \(place).to_q.weight?")
      ])
    #expect(
      file.misshapen == [
        .init(
          name: "\(place).to_k.weight", hint: "expected [1280, 1280], found [1280, 640]")
      ])
    let run = try CommandRun(["model", "inspect", url.path(percentEncoded: false)], in: folder)
      .finish()
    #expect(run.output.contains("Stable Diffusion 1 for inpainting"))
    #expect(run.output.contains("did you mean \(place).to_q.weight?"))
  }

  @Test(
    "other kinds of weights are known by their names",
    arguments: [
      ("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", "lora-kohya"),
      ("unet.down_blocks.1.attentions.0.to_q.lora_A.weight", "lora-peft"),
      ("lora_unet_mid_block_attentions_0_proj_in.hada_w1_a", "lora-loha"),
      ("lora_unet_mid_block_attentions_0_proj_in.lokr_w1", "lora-lokr"),
      ("control_model.input_hint_block.0.weight", "controlnet"),
      ("controlnet_cond_embedding.conv_in.weight", "controlnet"),
      ("ip_adapter.1.to_k_ip.weight", "ip-adapter"),
      ("adapter.body.0.resnets.0.block1.weight", "t2i-adapter"),
      ("model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale", "flux"),
      ("lora_down.weights", "unknown"),
    ])
  func kinds(name: String, kind: String) throws {
    let url = try write([name: [4]], to: "a.safetensors")
    #expect(try InspectModel(path: url.path(percentEncoded: false))().files.map(\.kind) == [kind])
  }

  @Test("a LoRA says what it changes, its rank, the models that it fits and what its trainer noted")
  func adapter() throws {
    let shapes = [
      "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k": [320, 768],
      "lora_unet_mid_block_resnets_0_time_emb_proj": [1280, 1280],
      "lora_te_text_model_encoder_layers_11_mlp_fc1": [3072, 768],
    ]
    var tensors: [String: Tensor] = [:]
    for (place, shape) in shapes {
      tensors["\(place).lora_up.weight"] = Tensor.ones([shape[0], 4])
      tensors["\(place).lora_down.weight"] = Tensor.ones([4, shape[1]])
    }
    let drafts = tensors.map { Safetensors.Draft($0.key, $0.value) }
    let url = folder.file("style.safetensors")
    let noted = ["ss_base_model_version": "sd_v1", "ss_training_comment": "\u{1B}[31mred"]
    try Safetensors.write(drafts, metadata: noted, to: url)
    let report = try InspectModel(path: url.path(percentEncoded: false))()
    let file = try #require(report.files.first)
    #expect(file.kind == "lora-kohya" && file.isWhole && file.metadata == noted)
    #expect(
      file.adapter
        == .init(layers: ["unet": 2, "text_encoder": 1], ranks: [4], families: ["sd1"]))
    #expect(report.description.contains("changes     1 of text_encoder, 2 of unet (layers)"))
    #expect(report.description.contains(#"noted       ss_base_model_version "sd_v1""#))
    #expect(!report.description.contains("\u{1B}"))

    let more = [
      Safetensors.Draft("lora_unet_conv_in.lora_up.weight", Tensor.ones([320, 4])),
      Safetensors.Draft("lora_unet_conv_in.lora_donw.weight", Tensor.ones([4, 4])),
    ]
    try Safetensors.write(drafts + more, to: url)
    let broken = try #require(
      try InspectModel(path: url.path(percentEncoded: false))().files.first)
    #expect(
      broken.unknown == [
        .init(
          name: "lora_unet_conv_in.lora_donw.weight", hint: "did you mean lora_down.weight?")
      ])
    #expect(broken.missing.map(\.name) == ["lora_unet_conv_in.lora_down.weight"])
    #expect(broken.adapter?.families == [])
  }

  @Test("a LoRA with magnitudes is told from one without")
  func magnitudes() throws {
    let url = try write(["a.lora_down.weight": [4], "a.dora_scale": [4]], to: "a.safetensors")
    #expect(
      try InspectModel(path: url.path(percentEncoded: false))().files.map(\.kind) == ["lora-dora"])
  }

  @Test("our own model is a folder of known networks")
  func ownModel() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Models/inkwell-emoji").standardizedFileURL.path(
        percentEncoded: false)
    let report = try InspectModel(path: path)()
    #expect(report.pipeline == "PixArtAlphaPipeline")
    #expect(
      report.files.map(\.path) == [
        "text_encoder/model.safetensors", "transformer/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
      ])
    #expect(report.files.map(\.kind).prefix(2) == ["bert", "pixart"])
  }

  @Test("nothing there, and nothing in it, are errors")
  func refusals() throws {
    let nowhere = folder.file("nowhere").path(percentEncoded: false)
    #expect(throws: ModelFileError.missing(path: nowhere)) { try InspectModel(path: nowhere)() }
    let run = try CommandRun(["model", "inspect", nowhere], in: folder).finish()
    #expect(run.status == 3 && run.errors.contains("expected a file or folder of weights"))
    let empty = folder.url.appending(path: "empty")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    #expect(throws: ModelFileError.noWeights(folder: empty.path(percentEncoded: false))) {
      try InspectModel(path: empty.path(percentEncoded: false))()
    }
    let broken = try folder.write(Array("GGUF".utf8), to: "a.gguf")
    #expect(throws: CheckpointError.self) {
      try InspectModel(path: broken.path(percentEncoded: false))()
    }
  }

  @Test("shards with an index are one file, and the other formats are told by their bytes")
  func formats() throws {
    try FileManager.default.createDirectory(
      at: folder.file("b"), withIntermediateDirectories: true)
    try Safetensors.write(
      [.init("lora_down.weight", Tensor.ones([1]))], to: folder.file("b/1-of-1.safetensors"))
    _ = try folder.write(
      Array(#"{"weight_map": {"lora_down.weight": "1-of-1.safetensors"}}"#.utf8),
      to: "b/model.safetensors.index.json")
    let report = try InspectModel(path: folder.file("b").path(percentEncoded: false))()
    #expect(report.files.map(\.path) == ["model.safetensors.index.json"])
    try GGUF.write(
      [GGUF.Draft("lora_down.weight", type: .q8_0, shape: [1, 32]) { Tensor.ones([1, 32]) }],
      to: folder.file("c.safetensors"))
    let gguf = try #require(
      try InspectModel(path: folder.file("c.safetensors").path(percentEncoded: false))().files.first
    )
    #expect(gguf.format == "gguf" && gguf.precisions == ["Q8_0": 32] && gguf.bytes == 34)
  }
}
