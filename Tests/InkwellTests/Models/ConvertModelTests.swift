import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints
@testable import Inkwell
@testable import Models

/// Models in other layouts and precisions.
@Suite struct ConvertModelTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try TinyFamily.write(to: folder.file("a.safetensors"))
  }

  private func convert(
    _ input: String, _ output: String, _ layout: ConvertModel.Layout,
    _ precision: ConvertModel.Precision = .float16
  ) throws {
    try ConvertModel(
      input: folder.file(input).path(percentEncoded: false),
      output: folder.file(output).path(percentEncoded: false), layout: layout,
      precision: precision
    ).run(among: [TinyFamily.family])
  }

  @Test("a single file becomes a folder for each network, and that the same file again")
  func thereAndBack() throws {
    try convert("a.safetensors", "b", .diffusers)
    for (file, part) in [
      ("unet/diffusion_pytorch_model.safetensors", "unet"),
      ("vae/diffusion_pytorch_model.safetensors", "vae"),
      ("text_encoder/model.safetensors", "text_encoder"),
      ("text_encoder_2/model.safetensors", "text_encoder_2"),
    ] {
      let found = try Checkpoint(contentsOf: folder.file("b/\(file)"))
      let wanted = TinyFamily.weights.filter { $0.key.hasPrefix("\(part).") }
      #expect(found.names == wanted.keys.map { String($0.dropFirst(part.count + 1)) }.sorted())
      for name in found.names {
        let expected = try #require(wanted["\(part).\(name)"])
        #expect(distance(try found.tensor(name), expected) == 0, "\(part).\(name)")
      }
      #expect(found.metadata == ["format": "pt", "modelspec.title": "a tiny model"])
    }
    try convert("b", "c.safetensors", .ldm)
    let back = try Checkpoint(contentsOf: folder.file("c.safetensors"))
    let original = try TinyFamily.original()
    #expect(back.names == original.keys.sorted())
    for (name, tensor) in original {
      #expect(distance(try back.tensor(name), tensor) == 0, "\(name)")
    }
    #expect(back.metadata["modelspec.title"] == "a tiny model")
    #expect(try folder.contents() == ["a.safetensors", "b", "c.safetensors"])
  }

  @Test("numbers are rounded once to the precision that is asked for")
  func precisions() throws {
    for (precision, dtype) in [
      (ConvertModel.Precision.float32, DType.float32), (.bfloat16, .bfloat16),
    ] {
      let name = "\(precision.rawValue).safetensors"
      try convert("a.safetensors", name, .ldm, precision)
      let found = try Checkpoint(contentsOf: folder.file(name))
      for (name, tensor) in try TinyFamily.original() {
        let rounded = try found.tensor(name)
        #expect(rounded.dtype == dtype)
        #expect(distance(rounded, tensor.converted(to: dtype)) == 0, "\(name)")
      }
    }
  }

  @Test("GGUF keeps matrices in blocks, and what has no blocks or is looked up as it is")
  func gguf() throws {
    try convert("a.safetensors", "a.gguf", .gguf, .q8_0)
    let file = try GGUF(contentsOf: folder.file("a.gguf"))
    let original = try TinyFamily.original()
    #expect(file.names.sorted() == original.keys.sorted())
    #expect(file.metadata["modelspec.title"] == .string("a tiny model"))
    #expect(file.metadata["general.file_type"] == .unsigned(7))
    let unet = "model.diffusion_model"
    let attention = "\(unet).input_blocks.3.1.transformer_blocks.0"
    for (name, type) in [
      ("\(attention).attn2.to_k.weight", GGMLType.q8_0), ("\(attention).attn2.to_out.0.bias", .f32),
      ("\(unet).input_blocks.0.0.weight", .f16), ("\(unet).time_embed.2.weight", .f16),
      ("\(unet).label_emb.0.2.weight", .f16),
      ("conditioner.embedders.1.model.token_embedding.weight", .f16),
      ("conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight", .q8_0),
    ] {
      #expect(file[name]?.type == type, "\(name)")
    }
    for (name, tensor) in original {
      // A block's largest number is 127 steps, each rounded by half of one.
      let limit = file[name]?.type == .q8_0 ? 0.55 / 127 : 0
      #expect(relativeDistance(try file.tensor(name), tensor) <= limit, "\(name)")
    }
    try convert("a.gguf", "d", .diffusers)
    let back = try Checkpoint(contentsOf: folder.file("d/text_encoder_2/model.safetensors"))
    let projection = try #require(TinyFamily.weights["text_encoder_2.text_projection.weight"])
    #expect(distance(try back.tensor("text_projection.weight"), projection) == 0)
  }

  @Test("what cannot be converted is refused, and nothing is left behind")
  func refusals() throws {
    func refuses(
      _ expected: ModelFileError?, _ input: String, _ output: String = "out",
      _ layout: ConvertModel.Layout = .diffusers, _ precision: ConvertModel.Precision = .float16
    ) throws -> String {
      let before = try folder.contents()
      let error = #expect(throws: ModelFileError.self) {
        try convert(input, output, layout, precision)
      }
      if let expected { #expect(error == expected) }
      #expect(try folder.contents() == before)
      return error?.description ?? ""
    }
    _ = try refuses(
      .precision(layout: "ldm", precision: "q8_0", allowed: ["fp32", "fp16", "bf16"]),
      "a.safetensors", "out", .ldm, .q8_0)
    _ = try refuses(
      .exists(path: folder.file("a.safetensors").path(percentEncoded: false)), "a.safetensors",
      "a.safetensors")
    _ = try refuses(.missing(path: folder.file("nowhere").path(percentEncoded: false)), "nowhere")
    try Safetensors.write([.init("x", Tensor.ones([1]))], to: folder.file("x.safetensors"))
    _ = try refuses(
      .unknown(path: folder.file("x.safetensors").path(percentEncoded: false)), "x.safetensors")
    try FileManager.default.createDirectory(
      at: folder.file("empty"), withIntermediateDirectories: true)
    _ = try refuses(.noWeights(folder: folder.file("empty").path(percentEncoded: false)), "empty")
    let bias = "model.diffusion_model.out.2.bias"
    try TinyFamily.write(to: folder.file("cut.safetensors")) { $0[bias] = nil }
    #expect(try refuses(nil, "cut.safetensors").contains("lacks unet.conv_out.bias"))
    try TinyFamily.write(to: folder.file("more.safetensors")) { $0["model.surplus"] = $0[bias] }
    #expect(try refuses(nil, "more.safetensors").contains("model.surplus: found, but"))
    try convert("a.safetensors", "b", .diffusers)
    let vae = folder.file("b/vae/diffusion_pytorch_model.safetensors")
    try FileManager.default.copyItem(at: vae, to: folder.file("b/vae/other.safetensors"))
    _ = try refuses(
      .ambiguous(folder: folder.file("b").path(percentEncoded: false), network: "vae"), "b")
  }

  @Test("a request survives being written and read")
  func coding() throws {
    let request = ConvertModel(input: "a", output: "b", layout: .gguf, precision: .q4_0)
    let data = try JSONEncoder().encode(request)
    #expect(try JSONDecoder().decode(ConvertModel.self, from: data) == request)
  }
}
