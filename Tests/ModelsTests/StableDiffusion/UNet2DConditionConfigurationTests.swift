import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct UNet2DConditionConfigurationTests {
  typealias Encoder = UNetEncoderConfiguration

  @Test("keys that are missing have diffusers' defaults, others are passed over")
  func defaults() throws {
    let found = try decode(#"{"_diffusers_version": "0.42.1", "other": 64}"#)
    var expected = UNet2DConditionConfiguration()
    expected.sampleSize = nil
    expected.encoder.crossAttentionDim = [1280, 1280, 1280, 1280]
    #expect(found == expected)
  }

  @Test("the first Stable Diffusion's file gives its sizes, heads and not their channels")
  func first() throws {
    let found = try decode(
      """
      {"act_fn": "silu", "attention_head_dim": 8, "block_out_channels": [320, 640, 1280, 1280],
       "center_input_sample": false, "cross_attention_dim": 768, "down_block_types":
       ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
       "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 4,
       "layers_per_block": 2, "mid_block_scale_factor": 1, "norm_eps": 1e-05, "norm_num_groups": 32,
       "out_channels": 4, "sample_size": 64, "up_block_types":
       ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]}
      """)
    #expect(found == UNet2DConditionConfiguration())
  }

  @Test("Stable Diffusion XL's file gives transformers and heads by level, nulls and all")
  func large() throws {
    let found = try decode(
      """
      {"addition_embed_type": "text_time", "addition_time_embed_dim": 256,
       "attention_head_dim": [5, 10, 20], "block_out_channels": [320, 640, 1280],
       "class_embed_type": null, "cross_attention_dim": 2048, "cross_attention_norm": null,
       "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
       "num_attention_heads": null, "projection_class_embeddings_input_dim": 2816,
       "sample_size": 128, "transformer_layers_per_block": [1, 2, 10],
       "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
       "upcast_attention": null, "use_linear_projection": true}
      """)
    #expect(found.encoder.numAttentionHeads == [5, 10, 20])
    #expect(found.encoder.downBlockTypes == [.plain, .crossAttention, .crossAttention])
    #expect(found.encoder.transformerLayersPerBlock == [[1, 1], [2, 2], [10, 10]])
    #expect(found.encoder.middleTransformerLayers == 10)
    #expect(found.upTransformerLayers == [[10, 10, 10], [2, 2, 2], [1, 1, 1]])
    #expect(found.encoder.additionEmbedding == .init(timeChannels: 256, inputs: 2816))
    #expect(found.encoder.classEmbedding == nil)
    #expect(found.encoder.timeChannels == 1280)
    #expect(found.sampleSize == [128, 128])
  }

  @Test("transformers of uneven depth are read for both halves")
  func uneven() throws {
    let found: UNet2DConditionConfiguration = try readConfiguration(
      from: Golden.file("pruned/config.json"))
    #expect(found.encoder.transformerLayersPerBlock == [[1, 1], [1, 2]])
    #expect(found.upTransformerLayers == [[2, 1, 1], [1, 1, 1]])
    #expect(found.encoder.midBlockType == nil)
  }

  @Test("diffusers' oldest names of blocks are known")
  func oldNames() throws {
    let found = try decode(
      """
      {"block_out_channels": [32, 64], "down_block_types": ["UNetResCrossAttnDownBlock2D",
       "UNetResDownBlock2D"], "up_block_types": ["UNetResUpBlock2D", "UNetResCrossAttnUpBlock2D"],
       "act_fn": "swish", "sample_size": [24, 32]}
      """)
    #expect(found.encoder.downBlockTypes == [.crossAttention, .plain])
    #expect(found.upBlockTypes == [.plain, .crossAttention])
    #expect(found.sampleSize == [24, 32])
  }

  @Test(
    "what a class label becomes is read and written",
    arguments: [
      Encoder.ClassEmbedding.table(10), .timestep, .identity, .projection(5), .simpleProjection(7),
    ])
  func labels(_ label: Encoder.ClassEmbedding) throws {
    var configuration = UNet2DConditionConfiguration()
    configuration.encoder.classEmbedding = label
    #expect(try roundTrip(configuration) == configuration)
  }

  @Test(
    "a configuration survives being written and read",
    arguments: ["sd1", "sd2", "sdxl", "x4", "pruned", "rare", "adaptive", "adaptive_pair"])
  func files(_ name: String) throws {
    let found: UNet2DConditionConfiguration = try readConfiguration(
      from: Golden.file("\(name)/config.json"))
    #expect(try roundTrip(found) == found)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("block_out_channels", "[]", "block_out_channels: expected 1 to 16 resolutions, found 0"),
      ("block_out_channels", "[4, 0, 8]", "block_out_channels: expected 1 to 1048576, found 0"),
      ("block_out_channels", "[4, 7, 8]", "block_out_channels: 7 channels do not divide into 2 "),
      ("block_out_channels", "[4, 8]", "down_block_types: expected 2 blocks, as many as block_out"),
      ("attention_head_dim", "3", "attention_head_dim: 4 channels do not divide into 3 heads"),
      ("attention_head_dim", "[1, 2]", "attention_head_dim: expected 1 or 3 values, found 2"),
      ("num_attention_heads", "2", "num_attention_heads: expected none, found a value"),
      (
        "down_block_types", #"["DownBlock2D", "AttnDownBlock2D", "DownBlock2D"]"#,
        """
        down_block_types: expected DownBlock2D or CrossAttnDownBlock2D or KDownBlock2D or \
        KCrossAttnDownBlock2D, found AttnDownBlock2D
        """
      ),
      (
        "up_block_types", #"["UpBlock2D", "SimpleCrossAttnUpBlock2D", "UpBlock2D"]"#,
        "up_block_types: expected UpBlock2D or CrossAttnUpBlock2D or KUpBlock2D or KCrossAttnUp"
      ),
      (
        "mid_block_type", #""UNetMidBlock2DSimpleCrossAttn""#,
        "mid_block_type: expected UNetMidBlock2D or UNetMidBlock2DCrossAttn, found UNetMidBlock2DS"
      ),
      ("only_cross_attention", "[true]", "only_cross_attention: expected 1 or 3 values, found 1"),
      ("cross_attention_dim", "0", "cross_attention_dim: expected 1 to 1048576, found 0"),
      ("layers_per_block", "[2, 2, -1]", "layers_per_block: expected 1 to 4096, found -1"),
      ("transformer_layers_per_block", "[1, 0, 1]", "transformer_layers_per_block: expected 1 to"),
      (
        "transformer_layers_per_block", "[1, [1, 2], 1]",
        "transformer_layers_per_block: [1, 2] within a resolution needs reverse_transformer_layers"
      ),
      (
        "transformer_layers_per_block", "[1, [1], 1]",
        "transformer_layers_per_block: expected 2 transformers of a resolution, found 1"
      ),
      (
        "reverse_transformer_layers_per_block", "[1]",
        "reverse_transformer_layers_per_block: expected 1 or 3 values, found 1"
      ),
      ("act_fn", #""gelu""#, "act_fn: expected silu, found gelu"),
      ("dual_cross_attention", "true", "dual_cross_attention: expected false, found true: transfo"),
      ("dropout", "0.1", "dropout: expected 0.0, found 0.1"),
      ("mid_block_scale_factor", "2", "mid_block_scale_factor: expected 1.0, found 2.0"),
      (
        "resnet_time_scale_shift", #""scale_shift""#,
        "resnet_time_scale_shift: expected default, found scale_shift"
      ),
      ("resnet_skip_time_act", "true", "resnet_skip_time_act: expected false, found true"),
      ("resnet_out_scale_factor", "1.4", "resnet_out_scale_factor: expected 1.0, found 1.4"),
      ("attention_type", #""gated""#, "attention_type: expected default, found gated"),
      ("time_embedding_type", #""fourier""#, "time_embedding_type: expected positional, found"),
      ("class_embeddings_concat", "true", "class_embeddings_concat: expected false, found true"),
      ("cross_attention_norm", #""layer_norm""#, "cross_attention_norm: expected none, found"),
      ("time_embedding_act_fn", #""silu""#, "time_embedding_act_fn: expected none, found a value"),
      ("timestep_post_act", #""silu""#, "timestep_post_act: expected none, found a value"),
      ("class_embed_type", #""other""#, "class_embed_type: expected timestep, identity, proj"),
      (
        "class_embed_type", #""projection""#,
        "class_embed_type: projection needs projection_class_embeddings_input_dim, found none"
      ),
      ("addition_embed_type", #""text""#, "addition_embed_type: expected text_time or none, found"),
      ("addition_embed_type", #""text_time""#, "addition_time_embed_dim: text_time needs an even"),
      ("encoder_hid_dim_type", #""text_proj""#, "encoder_hid_dim_type: text_proj needs encoder_h"),
      (
        "encoder_hid_dim_type", #""image_proj""#,
        "encoder_hid_dim_type: expected text_proj or none, found image_proj"
      ),
      ("downsample_padding", "2", "downsample_padding: expected 0 or 1, found 2"),
      ("conv_in_kernel", "4", "conv_in_kernel: expected an odd number, found 4"),
      ("conv_out_kernel", "2", "conv_out_kernel: expected an odd number, found 2"),
      ("norm_eps", "0", "norm_eps: expected more than 0, found 0.0"),
      ("freq_shift", "2", "freq_shift: expected less than 2, found 2.0"),
      ("in_channels", "0", "in_channels: expected 1 or more, found 0"),
      ("out_channels", #""4""#, "out_channels: "),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: UNet2DConditionConfiguration.self, in: Golden.file("sd1/config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  @Test("so are a projected prompt of several widths, and an odd first resolution")
  func combinations() throws {
    let widths = #"{"cross_attention_dim": [1, 2, 3, 4], "encoder_hid_dim": 5}"#
    let error = #expect(throws: DecodingError.self) { try decode(widths) }
    #expect("\(try #require(error))".contains("one number beside encoder_hid_dim"))
    let odd =
      #"{"block_out_channels": [3, 8, 8, 8], "norm_num_groups": 1, "attention_head_dim": 1}"#
    let other = #expect(throws: DecodingError.self) { try decode(odd) }
    #expect("\(try #require(other))".contains("an even first number"))
  }

  private func decode(_ json: String) throws -> UNet2DConditionConfiguration {
    try JSONDecoder().decode(UNet2DConditionConfiguration.self, from: Data(json.utf8))
  }

  private func roundTrip(
    _ configuration: UNet2DConditionConfiguration
  ) throws -> UNet2DConditionConfiguration {
    try decode(String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self))
  }
}
