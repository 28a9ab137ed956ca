import Testing

@testable import Checkpoints
@testable import Models

/// A network of the golden tables, as this project describes it.
struct MappedPart: CustomTestStringConvertible, Sendable {
  let name: String
  let place: String
  let map: KeyMap
  let weights: [String: [Int]]

  var testDescription: String { name }

  static let all: [MappedPart] = [
    unet("sd1", .sd1), unet("sd2", .sd2), unet("xl", .xl), unet("refiner", .refiner),
    unet("x4", .enlarger),
    MappedPart(
      name: "vae f8", place: "first_stage_model", map: AutoencoderOutline.eighth.keyMap,
      weights: AutoencoderOutline.eighth.weights),
    MappedPart(
      name: "vae f4", place: "first_stage_model", map: AutoencoderOutline.quarter.keyMap,
      weights: AutoencoderOutline.quarter.weights),
    MappedPart(
      name: "text l", place: "cond_stage_model.transformer", map: TextEncoderOutline.clipMap(),
      weights: TextEncoderOutline.clipL.weights),
    MappedPart(
      name: "text h", place: "cond_stage_model.model",
      map: TextEncoderOutline.openCLIPH.openCLIPMap(unused: 1),
      weights: TextEncoderOutline.openCLIPH.weights),
    MappedPart(
      name: "text bigg", place: "conditioner.embedders.1.model",
      map: TextEncoderOutline.openCLIPBigG.openCLIPMap(),
      weights: TextEncoderOutline.openCLIPBigG.weights),
  ]

  private static func unet(_ name: String, _ outline: UNetOutline) -> MappedPart {
    MappedPart(
      name: "unet \(name)", place: "model.diffusion_model", map: outline.keyMap,
      weights: outline.weights)
  }
}

/// The maps of Stable Diffusion's layouts, on the names and shapes of the published models.
@Suite("key maps of Stable Diffusion")
struct KeyMapParityTests {
  let tables: [String: KeyTable]

  init() throws {
    tables = try KeyTable.all()
  }

  @Test("the original's tensors become what diffusers makes of them", arguments: MappedPart.all)
  func converts(_ part: MappedPart) throws {
    let table = try #require(tables[part.name])
    let found = try part.map.placed(part.place, "").convert(table.sources)
    var expected: [ConvertedTensor] = []
    for (source, rows) in Dictionary(grouping: table.rows, by: \.source) {
      for (index, row) in rows.enumerated() {
        guard let target = row.target else { continue }
        let isSqueezed = row.sourceShape.count == 4 && row.targetShape.count == 2
        let isMatrix = part.name.hasPrefix("vae") && target.contains("attentions")
        expected.append(
          ConvertedTensor(
            name: target, shape: row.targetShape, sources: [source],
            step: row.isTransposed ? .transposed : isSqueezed && isMatrix ? .squeezed : .none,
            part: rows.count > 1 ? index : nil))
      }
    }
    #expect(found == expected.sorted { $0.name < $1.name })
  }

  @Test("the inverse gives the original's names and shapes back", arguments: MappedPart.all)
  func inverts(_ part: MappedPart) throws {
    let table = try #require(tables[part.name])
    let used = Set(table.rows.filter { $0.target != nil }.map(\.source))
    let kept = table.sources.filter { used.contains($0.key) }
    let back = try part.map.placed(part.place, "").inverse.convert(table.targets)
    #expect(back.map(\.name) == kept.keys.sorted())
    for tensor in back { #expect(tensor.shape == kept[tensor.name], "\(tensor.name)") }
  }

  @Test(
    "the weights that a network needs are those of diffusers' network", arguments: MappedPart.all)
  func lists(_ part: MappedPart) throws {
    #expect(part.weights == (try #require(tables[part.name])).targets)
  }

  @Test("a block that the map does not expect is named, and so is one that it misses")
  func refusesOtherBlocks() throws {
    let table = try #require(tables["unet sd1"])
    var shapes = table.sources
    let moved = "model.diffusion_model.input_blocks.12.0.in_layers.0.weight"
    shapes[moved] = [1280]
    let map = UNetOutline.sd1.keyMap.placed("model.diffusion_model", "")
    #expect(throws: KeyMapError(problems: [.unknown(moved)])) { try map.convert(shapes) }
    let block = "model.diffusion_model.output_blocks.8.2.conv"
    shapes = table.sources.filter { !$0.key.hasPrefix(block + ".") }
    #expect(throws: KeyMapError(problems: [.unmatched([block])])) { try map.convert(shapes) }
    // Another family's network is laid out otherwise, and a map of the one refuses the other.
    #expect(throws: KeyMapError.self) {
      try map.convert(try #require(tables["unet xl"]).sources)
    }
  }

  @Test("the first releases' names of an autoencoder become today's")
  func deprecated() throws {
    let today = AutoencoderOutline.eighth.weights
    let old = [
      "to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn",
    ]
    var shapes: [String: [Int]] = [:]
    for (name, shape) in today {
      let renamed = old.reduce(name) { name, pair in
        name.replacing(".attentions.0.\(pair.key).", with: ".attentions.0.\(pair.value).")
      }
      shapes[renamed] = shape
    }
    let found = try AutoencoderOutline.deprecatedMap.convert(shapes)
    #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.shape) }) == today)
    #expect(
      found.first { $0.name == "decoder.mid_block.attentions.0.to_out.0.bias" }?.sources
        == ["decoder.mid_block.attentions.0.proj_attn.bias"])
  }

  @Test("stable-diffusion.cpp's names of OpenCLIP become transformers', and come back")
  func ggml() throws {
    let outline = TextEncoderOutline.openCLIPBigG
    let original = try outline.openCLIPMap().inverse.convert(outline.weights)
    let names = [
      "ln_1": "layer_norm1", "ln_2": "layer_norm2",
      "attn.in_proj_weight": "self_attn.in_proj.weight",
      "attn.in_proj_bias": "self_attn.in_proj.bias", "attn.out_proj": "self_attn.out_proj",
      "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
      "transformer.resblocks": "text_model.encoder.layers",
      "positional_embedding": "text_model.embeddings.position_embedding.weight",
      "token_embedding": "text_model.embeddings.token_embedding",
      "ln_final": "text_model.final_layer_norm", "text_projection": "text_model.text_projection",
    ]
    let renamed = original.map { tensor in
      (names.reduce(tensor.name) { $0.replacing($1.key, with: $1.value) }, tensor.shape)
    }
    let shapes = Dictionary(uniqueKeysWithValues: renamed)
    let found = try outline.ggmlMap().convert(shapes)
    #expect(
      Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.shape) }) == outline.weights)
    #expect(found.first { $0.name == "text_projection.weight" }?.step == .transposed)
    let back = try outline.ggmlMap().inverse.convert(outline.weights)
    #expect(Dictionary(uniqueKeysWithValues: back.map { ($0.name, $0.shape) }) == shapes)
  }
}
