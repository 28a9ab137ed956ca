import Checkpoints
import Foundation
import Layers
import Modalities
import TestSupport
import Testing
import Torch

@testable import Models

/// The small image encoder of `clip_vision.py`, beside transformers' own.
@Suite struct CLIPVisionModelTests {
  let golden: Golden
  let folder = Golden.file("tiny")

  init() throws { golden = try Golden("tiny/golden.safetensors") }

  private func weights() throws -> [String: Tensor] {
    let file = try Checkpoint(contentsOf: folder.appending(path: "model.safetensors"))
    return try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.tensor($0)) })
  }

  private var sizes: CLIPVisionConfiguration {
    get throws { try readConfiguration(from: folder.appending(path: "config.json")) }
  }

  private func picture(_ name: String) throws -> Image {
    let bytes = try golden[name]
    return try Image(
      width: bytes.shape[1], height: bytes.shape[0], channels: .rgb,
      pixels: bytes.values(as: UInt8.self))
  }

  @Test("every layer's states and the embedding are those of transformers")
  func parity() throws {
    let model = try CLIPVisionModel(folder: folder)
    let output = try checked { model(try golden["wide.pixels"]) }
    #expect(output.hiddenStates.count == 4)
    // float32, by operations in another order.
    for (place, states) in output.hiddenStates.enumerated() {
      #expect(relativeDistance(states, try golden["hidden.\(place)"]) < 1e-5, "\(place)")
    }
    #expect(relativeDistance(output.penultimate, try golden["hidden.2"]) < 1e-5)
    #expect(relativeDistance(output.embedding, try golden["embedding"]) < 1e-5)
  }

  @Test(
    "a picture of any size is prepared as CLIPImageProcessor does",
    arguments: ["wide", "high", "small", "same", "double"])
  func pixels(name: String) throws {
    let model = try CLIPVisionModel(folder: folder)
    // One step of a byte would be 0.014.
    #expect(distance(try model.pixels(of: picture(name)), try golden["\(name).pixels"]) < 1e-5)
  }

  @Test(
    "numbers between those of a picture are those of PyTorch's bicubic interpolation",
    arguments: [(8, 12), (2, 3), (5, 7), (16, 24), (33, 40)])
  func interpolation(height: Int, width: Int) throws {
    let found = cubicallyInterpolated(try golden["mask"], width: width, height: height)
    // The reference has the places to read off in float32.
    #expect(distance(found, try golden["mask.\(height)x\(width)"]) < 1e-5)
  }

  @Test("drawn weights have the checkpoint's names")
  func names() throws {
    let sizes = try sizes
    let store = ParameterStore(initializing: Generator(seed: 3))
    let model = try store.network { CLIPVisionModel($0, sizes) }
    let names = Set(try weights().keys).subtracting(CLIPVisionModel.unusedNames)
    #expect(Set(store.parameters.map(\.name)) == names)
    let output = try checked { model(try golden["same.pixels"]) }
    #expect(output.embedding.shape == [1, 6])
  }

  @Test("a missing, an unexpected and a misshapen weight are one error")
  func strictness() throws {
    let sizes = try sizes
    var weights = try weights()
    weights["vision_model.encoder.layers.1.mlp.fc1.bias"] = nil
    weights["visual_projection.weight"] = .zeros([6, 9])
    weights["text_projection.weight"] = .zeros([6, 8])
    let error = #expect(throws: LoadingError.self) {
      let source = WeightSource(weights).leavingOut(CLIPVisionModel.unusedNames)
      return try ParameterStore(loading: source).network { CLIPVisionModel($0, sizes) }
    }
    #expect(
      error?.problems == [
        .missing("vision_model.encoder.layers.1.mlp.fc1.bias", [20]),
        .misshapen("visual_projection.weight", expected: [6, 8], found: [6, 9]),
        .unexpected("text_projection.weight"),
      ])
  }

  @Test("a configuration says what transformers wrote; what it leaves out has its defaults")
  func configuration() throws {
    var expected = CLIPVisionConfiguration()
    (expected.hiddenSize, expected.intermediateSize, expected.projectionDim) = (8, 20, 6)
    (expected.numHiddenLayers, expected.numAttentionHeads) = (3, 2)
    (expected.imageSize, expected.patchSize) = (30, 7)
    #expect(try sizes == expected)
    #expect(try sizes.patches == 16)
    let empty = try JSONDecoder().decode(CLIPVisionConfiguration.self, from: Data("{}".utf8))
    (expected.hiddenSize, expected.intermediateSize, expected.projectionDim) = (768, 3072, 512)
    (expected.numHiddenLayers, expected.numAttentionHeads) = (12, 12)
    (expected.imageSize, expected.patchSize, expected.hiddenAct) = (224, 32, .quickGELU)
    #expect(empty == expected)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      (
        "model_type", #""clip_text_model""#,
        "model_type: expected clip_vision_model, found clip_text_model"
      ),
      ("hidden_act", #""silu""#, "hidden_act: expected quick_gelu or gelu, found silu"),
      ("num_hidden_layers", "0", "num_hidden_layers: expected 1 or more, found 0"),
      ("num_attention_heads", "3", "hidden_size: 8 channels do not divide into 3 heads"),
      ("num_channels", "4", "num_channels: expected 3, found 4"),
      ("patch_size", "31", "patch_size: expected 30 or less, as wide as a picture is, found 31"),
      ("layer_norm_eps", "0", "layer_norm_eps: expected more than 0, found 0.0"),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: CLIPVisionConfiguration.self, in: folder.appending(path: "config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }
}
