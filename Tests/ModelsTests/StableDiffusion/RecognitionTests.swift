import Checkpoints
import Testing

@testable import Models

/// What a file is, by its tensors' names and shapes alone.
@Suite("recognition")
struct RecognitionTests {
  let tables: [String: KeyTable]

  init() throws {
    tables = try KeyTable.all()
  }

  private func single(_ parts: String...) throws -> [String: [Int]] {
    try parts.reduce(into: ["betas": [1000], "model_ema.decay": []]) { all, part in
      all.merge(try #require(tables[part]).sources) { first, _ in first }
    }
  }

  @Test("single files of the published models are known, with every tensor accounted for")
  func singleFiles() throws {
    let xl = try single("unet xl", "vae f8", "text bigg").merging(
      (try #require(tables["text l"])).sources.map {
        ($0.key.replacing("cond_stage_model", with: "conditioner.embedders.0"), $0.value)
      }
    ) { first, _ in first }
    let refiner = try single("unet refiner", "vae f8").merging(
      (try #require(tables["text bigg"])).sources.map {
        ($0.key.replacing("embedders.1", with: "embedders.0"), $0.value)
      }
    ) { first, _ in first }
    let cases = [
      ("sd1", try single("unet sd1", "vae f8", "text l"), ["unet", "vae", "text_encoder"]),
      ("sd2", try single("unet sd2", "vae f8", "text h"), ["unet", "vae", "text_encoder"]),
      ("sd-x4", try single("unet x4", "vae f4", "text h"), ["unet", "vae", "text_encoder"]),
      ("sdxl", xl, ["unet", "vae", "text_encoder", "text_encoder_2"]),
      ("sdxl-refiner", refiner, ["unet", "vae", "text_encoder_2"]),
    ]
    for (family, shapes, folders) in cases {
      let found = try #require(RecognizedModel(stableDiffusion: shapes))
      #expect(found.family == family)
      #expect(found.parts.map(\.folder) == folders)
      #expect(found.variant == nil && found.absent.isEmpty)
      let tensors = try found.map.convert(shapes)
      #expect(
        Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) }) == found.weights)
      #expect(Set(found.expected.keys).isSubset(of: shapes.keys))
    }
  }

  @Test("what the input has beside the latents tells the variant")
  func variants() throws {
    var shapes = try single("unet sd1", "vae f8", "text l")
    for (channels, variant) in [(9, "inpainting"), (8, "edits by instruction")] {
      shapes["model.diffusion_model.input_blocks.0.0.weight"] = [320, channels, 3, 3]
      let found = try #require(RecognizedModel(stableDiffusion: shapes))
      #expect(found.variant == variant)
      #expect(found.weights["unet.conv_in.weight"] == [320, channels, 3, 3])
    }
  }

  @Test("a network in a file of its own is known in every layout")
  func parts() throws {
    let unet = try #require(tables["unet xl"])
    let bare = Dictionary(
      uniqueKeysWithValues: unet.sources.map {
        (String($0.key.dropFirst("model.diffusion_model.".count)), $0.value)
      })
    for shapes in [bare, unet.targets] {
      let found = try #require(RecognizedModel(stableDiffusion: shapes))
      #expect(found.family == "sdxl" && found.parts.map(\.folder) == ["unet"])
      #expect(try found.map.convert(shapes).count == 1680)
    }
    let vae = try #require(tables["vae f8"])
    let vaeAlone = Dictionary(
      uniqueKeysWithValues: vae.sources.map {
        (String($0.key.dropFirst("first_stage_model.".count)), $0.value)
      })
    for shapes in [vaeAlone, vae.targets, vaeAlone.merging(["loss.logvar": []]) { $1 }] {
      let found = try #require(RecognizedModel(stableDiffusion: shapes))
      #expect(found.family == "sd1-vae")
      #expect(try found.map.convert(shapes).count == 248)
    }
    let quarter = try #require(tables["vae f4"])
    #expect(RecognizedModel(stableDiffusion: quarter.targets)?.family == "sd-x4-vae")
    let text = try #require(tables["text bigg"])
    #expect(RecognizedModel(stableDiffusion: text.targets)?.family == "sdxl-text-encoder")
    #expect(RecognizedModel(stableDiffusion: ["a": [1]]) == nil)
  }

  @Test("a single file without one of its networks says so")
  func absentParts() throws {
    let shapes = try single("unet sd1", "text l")
    let found = try #require(RecognizedModel(stableDiffusion: shapes))
    #expect(found.absent == ["vae"])
  }
}
