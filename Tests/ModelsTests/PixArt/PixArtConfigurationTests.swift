import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct PixArtConfigurationTests {
  @Test("keys that are missing have diffusers' defaults, others are passed over")
  func defaults() throws {
    let found = try decode(
      """
      {"caption_channels": 4096, "use_additional_conditions": false, "num_embeds_ada_norm": 1000}
      """)
    #expect(found == PixArtConfiguration())
    #expect(found.positionScale == 2)
  }

  @Test("channels out that are null are those of the latents, as diffusers has it")
  func nullChannels() throws {
    let found: PixArtConfiguration = try readConfiguration(
      from: Golden.file("scaled/config.json"))
    #expect(found.outChannels == 2)
    #expect(found.positionScale == 3)
  }

  @Test("a configuration survives being written and read")
  func roundTrip() throws {
    var configuration = PixArtConfiguration()
    configuration.interpolationScale = 1.5
    configuration.outChannels = 4
    let data = try JSONEncoder().encode(configuration)
    #expect(try decode(String(decoding: data, as: UTF8.self)) == configuration)
  }

  @Test("what is written names what diffusers would else take from the published sizes")
  func explicit() throws {
    var configuration = PixArtConfiguration()
    configuration.numAttentionHeads = 4
    let data = try JSONEncoder().encode(configuration)
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["cross_attention_dim"] as? Int == 4 * 72)
    #expect(object["use_additional_conditions"] as? Bool == false)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("num_layers", "0" as String?, "num_layers: expected 1 or more, found 0"),
      ("attention_head_dim", "11", "attention_head_dim: 2 heads of 11 channels are no multiple"),
      ("caption_channels", nil, "caption_channels: expected the channels of the text encoder's"),
      ("caption_channels", "0", "caption_channels: expected 1 or more, found 0"),
      ("sample_size", "1", "sample_size: expected 2 or more, found 1"),
      ("sample_size", "128", "use_additional_conditions: expected false, found true, which is"),
      ("use_additional_conditions", "true", "use_additional_conditions: expected false, found"),
      ("interpolation_scale", "0", "interpolation_scale: expected more than 0, found 0.0"),
      ("cross_attention_dim", "1152", "cross_attention_dim: expected 24, found 1152"),
      ("cross_attention_dim", "null", "cross_attention_dim: expected 24, found none"),
      ("attention_bias", "false", "attention_bias: expected true, found false"),
      ("attention_type", #""gated""#, "attention_type: expected default, found gated"),
      ("activation_fn", #""geglu""#, "activation_fn: expected gelu-approximate, found geglu"),
      ("norm_type", #""ada_norm_zero""#, "norm_type: expected ada_norm_single, found ada"),
      ("norm_elementwise_affine", "true", "norm_elementwise_affine: expected false, found true"),
      ("norm_eps", "1e-5", "norm_eps: expected 1e-06, found 1e-05"),
      ("patch_size", #""2""#, "patch_size: "),
      ("num_layers", "5000", "num_layers: expected 4096 or less, found 5000"),
      ("sample_size", "1000000", "sample_size: expected 8192 or less, found 1000000"),
      ("caption_channels", "2000000", "caption_channels: expected 1048576 or less, found 2000000"),
      ("attention_head_dim", "5000", "attention_head_dim: expected 4096 or less, found 5000"),
    ])
  func refusals(key: String, json: String?, reason: String) throws {
    let found = try refusal(
      of: PixArtConfiguration.self, in: Golden.file("tiny/config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  private func decode(_ json: String) throws -> PixArtConfiguration {
    try JSONDecoder().decode(PixArtConfiguration.self, from: Data(json.utf8))
  }
}
