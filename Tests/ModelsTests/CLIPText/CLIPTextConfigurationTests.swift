import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct CLIPTextConfigurationTests {
  @Test("a configuration says what transformers wrote, and survives being written and read")
  func roundTrip() throws {
    var sizes = CLIPTextConfiguration()
    (sizes.vocabSize, sizes.hiddenSize, sizes.intermediateSize) = (574, 8, 20)
    (sizes.projectionDim, sizes.numHiddenLayers, sizes.numAttentionHeads) = (6, 2, 2)
    (sizes.hiddenAct, sizes.eosTokenId) = (.gelu, 571)
    #expect(try TinyCLIP.configuration("projected") == sizes)
    let data = try JSONEncoder().encode(sizes)
    var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    object["model_type"] = "clip_text_model"
    let again = try JSONSerialization.data(withJSONObject: object)
    #expect(try JSONDecoder().decode(CLIPTextConfiguration.self, from: again) == sizes)
  }

  @Test("a key that is missing has transformers' default")
  func defaults() throws {
    let sizes = try JSONDecoder().decode(CLIPTextConfiguration.self, from: Data("{}".utf8))
    var expected = CLIPTextConfiguration()
    (expected.hiddenSize, expected.intermediateSize, expected.projectionDim) = (512, 2048, 512)
    expected.numAttentionHeads = 8
    #expect(sizes == expected)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("model_type", #""clip""#, "model_type: expected clip_text_model, found clip"),
      ("hidden_act", #""silu""#, "hidden_act: expected quick_gelu or gelu, found silu"),
      ("num_hidden_layers", "0", "num_hidden_layers: expected 1 or more, found 0"),
      ("num_attention_heads", "3", "hidden_size: 8 channels do not divide into 3 heads"),
      ("layer_norm_eps", "0", "layer_norm_eps: expected more than 0, found 0.0"),
      (
        "eos_token_id", "574",
        "eos_token_id: expected a token of the 574 of the vocabulary, found 574"
      ),
      ("eos_token_id", "[1]", "eos_token_id: "),
      ("vocab_size", #""many""#, "vocab_size: "),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: CLIPTextConfiguration.self, in: Golden.file("projected/config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }
}
