import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// What becomes of an IP-Adapter's file; ImagePromptTests have what pictures it leads to.
@Suite struct IPAdapterTests {
  let folder: TemporaryFolder
  let sizes: UNet2DConditionConfiguration

  init() throws {
    folder = try TemporaryFolder()
    sizes = try Self.sizes("sd1")
  }

  private static func sizes(_ name: String) throws -> UNet2DConditionConfiguration {
    try readConfiguration(
      from: Golden.file("../StableDiffusion/\(name)/config.json").standardizedFileURL)
  }

  /// The tensors of a plain adapter for a U-Net: two words of an embedding of five channels.
  private func weights(_ sizes: UNet2DConditionConfiguration) -> [String: Tensor] {
    let channels = sizes.encoder.crossAttentionDim[0]
    var weights: [String: Tensor] = [
      "image_proj.proj.weight": .zeros([2 * channels, 5]),
      "image_proj.proj.bias": .zeros([2 * channels]),
      "image_proj.norm.weight": .ones([channels]), "image_proj.norm.bias": .zeros([channels]),
    ]
    for (number, place) in sizes.crossAttentions.enumerated() {
      for name in ["to_k_ip", "to_v_ip"] {
        weights["ip_adapter.\(2 * number + 1).\(name).weight"] = .zeros([place.channels, channels])
      }
    }
    return weights
  }

  private func error(_ weights: [String: Tensor]) throws -> IPAdapterError? {
    let file = folder.file("adapter.safetensors")
    try Safetensors.write(weights.map { Safetensors.Draft($0.key, $0.value) }, to: file)
    return #expect(throws: IPAdapterError.self) { try IPAdapter(contentsOf: file, for: sizes) }
  }

  @Test(
    "the places where a prompt is attended to are those that the U-Net has weights for",
    arguments: ["sd1", "sd2", "sdxl", "pruned", "rare", "x4"])
  func places(name: String) throws {
    let sizes = try Self.sizes(name)
    let outline = try ParameterStore.outline { UNet2DConditionModel($0, sizes) }
    let end = ".attn2.to_k.weight"
    let expected = outline.filter { $0.name.hasSuffix(end) }.map {
      "\($0.name.dropLast(".to_k.weight".count)) \($0.shape)"
    }
    let found = sizes.crossAttentions.map { "\($0.name) \([$0.channels, $0.context])" }
    #expect(found.sorted() == expected.sorted())
    #expect(found.count == Set(found).count)
  }

  @Test("the published families have as many places as their adapters")
  func published() {
    // h94/IP-Adapter numbers them 1 to 31, and 1 to 139 for Stable Diffusion XL.
    for (family, count, first) in [(StableDiffusionFamily.sd1, 16, 320), (.xl, 70, 640)] {
      let places = family.unetConfiguration(inputs: 4).crossAttentions
      #expect(places.count == count && places.first?.channels == first)
      #expect(places.last?.transformer == "mid_block.attentions.0")
    }
  }

  @Test("all misfits are one error, by the names in the file")
  func misfits() throws {
    var weights = weights(sizes)
    weights["ip_adapter.3.to_v_ip.weight"] = nil
    weights["ip_adapter.5.to_k_ip.weight"] = .zeros([8, 7])
    weights["ip_adapter.2.to_k_ip.weight"] = .zeros([4, 6])
    weights["image_proj.norm.bias"] = nil
    weights["image_proj.proj.extra"] = .zeros([1])
    weights["epoch"] = .zeros([1])
    let problems = try #require(try error(weights)?.problems)
    #expect(
      Set(problems) == [
        .unknown("epoch"),
        .weight(.missing("image_proj.norm.bias", [6])),
        .weight(.missing("ip_adapter.3.to_v_ip.weight", [4, 6])),
        .weight(.misshapen("ip_adapter.5.to_k_ip.weight", expected: [8, 6], found: [8, 7])),
        .weight(.unexpected("image_proj.proj.extra")),
        .weight(.unexpected("ip_adapter.2.to_k_ip.weight")),
      ])
    #expect(problems.count == 6)
  }

  @Test("a resampler's joined keys and values must divide in two, and its blocks be whole")
  func resampler() throws {
    var weights = weights(sizes).filter { $0.key.hasPrefix("ip_adapter") }
    for (name, shape) in [
      "latents": [1, 3, 64], "proj_in.weight": [64, 5], "proj_in.bias": [64],
      "proj_out.weight": [6, 64], "proj_out.bias": [6], "norm_out.weight": [6],
      "norm_out.bias": [6], "layers.0.0.to_q.weight": [64, 64],
      "layers.0.0.to_kv.weight": [127, 64],
      "layers.0.0.to_out.weight": [64, 64], "layers.0.1.1.weight": [256, 64],
      "layers.0.1.3.weight": [64, 256], "layers.0.0.norm1.weight": [64],
      "layers.0.0.norm1.bias": [64], "layers.0.0.norm2.weight": [64], "layers.0.0.norm2.bias": [64],
      "layers.0.1.0.weight": [64],
    ] { weights["image_proj.\(name)"] = .zeros(shape) }
    let kv = "image_proj.layers.0.0.to_kv.weight"
    let problems = try #require(try error(weights)?.problems)
    #expect(problems.contains(.misshapen(kv, expected: "rows to divide by 2", found: [127, 64])))
    #expect(problems.contains(.weight(.missing("image_proj.layers.0.1.0.bias", [64]))))
    weights[kv] = .zeros([128, 64])
    weights["image_proj.layers.0.1.0.bias"] = .zeros([64])
    let file = folder.file("whole.safetensors")
    try Safetensors.write(weights.map { Safetensors.Draft($0.key, $0.value) }, to: file)
    let adapter = try IPAdapter(contentsOf: file, for: sizes)
    #expect(adapter.takesStates && adapter.imageChannels == 5)
    #expect(try checked { adapter.words(.zeros([2, 9, 5])) }.shape == [2, 3, 6])
  }

  @Test("what is no adapter, or one for faces, is told")
  func kinds() throws {
    #expect(try error(["unet.conv_in.weight": .zeros([1])])?.problems == [.notAnAdapter])
    var faces = weights(sizes).filter { $0.key.hasPrefix("ip_adapter") }
    faces["image_proj.proj.0.weight"] = .zeros([10, 5])
    #expect(try error(faces)?.problems == [.notAnAdapter])
    faces["image_proj.norm.weight"] = .zeros([6])
    #expect(try error(faces)?.problems == [.faceID])
    faces["image_proj.perceiver_resampler.proj_in.weight"] = .zeros([6, 5])
    #expect(try error(faces)?.problems == [.faceID])
  }

  @Test("the adapter of another family is told by its name")
  func otherFamily() throws {
    let file = try sparse(StableDiffusionFamily.xl.unetConfiguration(inputs: 4))
    let error = #expect(throws: IPAdapterError.self) {
      try IPAdapter(contentsOf: file, for: sizes)
    }
    #expect(error?.problems == [.otherModel(fits: "Stable Diffusion XL")])
    #expect(error?.description.contains("it is for Stable Diffusion XL") == true)
  }

  /// An adapter's file of the published size, whose numbers are a hole on the disk.
  private func sparse(_ sizes: UNet2DConditionConfiguration) throws -> URL {
    let channels = sizes.encoder.crossAttentionDim[0]
    var shapes = [
      "image_proj.proj.weight": [4 * channels, 1280], "image_proj.proj.bias": [4 * channels],
      "image_proj.norm.weight": [channels], "image_proj.norm.bias": [channels],
    ]
    for (number, place) in sizes.crossAttentions.enumerated() {
      for name in ["to_k_ip", "to_v_ip"] {
        shapes["ip_adapter.\(2 * number + 1).\(name).weight"] = [place.channels, channels]
      }
    }
    var (offset, entries): (Int, [String]) = (0, [])
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      let end = offset + 2 * shape.reduce(1, *)
      entries.append(
        #""\#(name)":{"dtype":"F16","shape":\#(shape),"data_offsets":[\#(offset),\#(end)]}"#)
      offset = end
    }
    let header = Data("{\(entries.joined(separator: ","))}".utf8)
    var start = Data((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
    start.append(header)
    let file = try folder.write(start, to: "xl.safetensors")
    let handle = try FileHandle(forWritingTo: file)
    try handle.truncate(atOffset: UInt64(start.count + offset))
    try handle.close()
    return file
  }
}
