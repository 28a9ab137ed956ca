import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Checkpoints
@testable import Models

/// Which models a LoRA is for, at the published sizes.
@Suite("LoRA: families")
struct LoRAFamilyTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A file of factors of every matrix and kernel of networks, whose numbers are a hole.
  private func lora(_ networks: [(prefix: String, shapes: [String: [Int]])]) throws -> LoRA {
    var fields: [String] = []
    var offset = 0
    func add(_ name: String, _ shape: [Int]) {
      let end = offset + 2 * shape.reduce(1, *)
      fields.append(
        #""\#(name)":{"dtype":"F16","shape":\#(shape),"data_offsets":[\#(offset),\#(end)]}"#)
      offset = end
    }
    for (prefix, shapes) in networks {
      for (name, shape) in shapes.sorted(by: { $0.key < $1.key })
      where name.hasSuffix(".weight") && shape.count > 1 && !name.contains("embeddings") {
        let place = prefix + name.dropLast(7).replacing(".", with: "_")
        add("\(place).lora_down.weight", [4] + shape[1...])
        add("\(place).lora_up.weight", [shape[0], 4] + shape[2...].map { _ in 1 })
      }
    }
    let header = Array("{\(fields.joined(separator: ","))}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    let url = try folder.write(length + header, to: "a.safetensors")
    try #require(truncate(url.path(percentEncoded: false), off_t(8 + header.count + offset)) == 0)
    return try LoRA(contentsOf: url)
  }

  /// The names of a UNet in the original's layout, as `keys.txt` has them of the original.
  private func original(_ table: String) throws -> [String: [Int]] {
    let start = "model.diffusion_model."
    return Dictionary(
      uniqueKeysWithValues: try #require(KeyTable.all()[table]).sources.map {
        (String($0.key.dropFirst(start.count)), $0.value)
      })
  }

  private func diffusers(_ table: String) throws -> [String: [Int]] {
    try #require(KeyTable.all()[table]).targets
  }

  /// The weights of a family's network, which take no memory.
  private func source(_ weights: [String: [Int]]) -> WeightSource {
    WeightSource(names: weights.keys.sorted()) { name in
      Tensor.zeros([]).expanded(weights[name, default: []])
    }
  }

  @Test("kohya's names of every layer of SDXL, which are the original's, fit SDXL alone")
  func xl() throws {
    let lora = try lora([
      ("lora_unet_", original("unet xl")), ("lora_te1_", diffusers("text l")),
      ("lora_te2_", diffusers("text bigg")),
    ])
    #expect(lora.families.map(\.name) == ["sdxl"])
    #expect(lora.ranks == [4])
    #expect(lora.layers == [.unet: 794, .textEncoder: 72, .textEncoder2: 193])
    let sd1 = StableDiffusionFamily.sd1
    let error = #expect(throws: LoRAError.self) {
      try source(sd1.denoiser.weights).adapted(by: [WeightedLoRA(lora)], as: .unet)
    }
    let found = try #require(error)
    #expect(found.fits == ["Stable Diffusion XL"])
    #expect(found.problems.count > 700)
    #expect(found.description.contains("it fits Stable Diffusion XL"))
    #expect(found.description.hasSuffix("and \(found.problems.count - 20) more"))
    let both = #expect(throws: LoRAError.self) {
      try WeightSource.adapted(
        [
          .unet: source(sd1.denoiser.weights), .textEncoder: source(sd1.encoders[0].weights),
        ], by: [WeightedLoRA(lora)])
    }
    #expect(try #require(both).problems.contains(.noNetwork(.textEncoder2, modules: 193)))
  }

  @Test("diffusers' names of every layer tell Stable Diffusion 1 from 2")
  func others() throws {
    for (unet, text, family) in [("unet sd1", "text l", "sd1"), ("unet sd2", "text h", "sd2")] {
      let lora = try lora([
        ("lora_unet_", diffusers(unet)), ("lora_te_", diffusers(text)),
      ])
      #expect(lora.families.map(\.name) == [family])
    }
  }

  @Test("layers that are the same in two families fit both")
  func shared() throws {
    let lora = try lora([
      ("lora_unet_", ["down_blocks.0.attentions.0.proj_in.weight": [320, 320]])
    ])
    #expect(lora.families.map(\.name) == ["sd1", "sd2"])
  }
}
