import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// The blocks of the latent upscaler, of which `unet2d_condition.py` has two small networks.
@Suite struct AdaptiveUNetTests {
  static let networks = ["adaptive", "adaptive_pair"]

  @Test("each block makes of the one before what diffusers' does", arguments: networks)
  func stages(_ name: String) throws {
    let seeded = try SeededNetwork(name)
    let network = try seeded.unet()
    let golden = seeded.golden
    let (down, up) = (try golden.tensors("down"), try golden.tensors("up"))
    let levels = network.configuration.encoder.levels
    #expect(down.count == levels && up.count == levels - 2)
    try checked {
      let encoder = network.encoder
      let prompt = try network.prompt(seeded.conditions())
      let time = encoder.time(
        try golden["timestep"], prompt: prompt.encoder, dtype: .float32)
      var (h, skips, extras) = (encoder.convIn(try golden["x"]), [Tensor](), UNetExtras())
      func expect(_ expected: Tensor?, _ place: String) throws {
        #expect(relativeDistance(h, try #require(expected)) < 1e-5, "\(place)")
      }
      for (level, stage) in encoder.stages.enumerated() {
        stage(&h, skips: &skips, time: time, prompt: prompt.encoder.down[level], extras: &extras)
        try expect(down["\(level)"], "down \(level)")
      }
      #expect(skips.count == levels - 1)
      for (index, stage) in network.stages.enumerated() {
        h = stage(h, skips: &skips, time: time, prompt: prompt.up[index], extras: AttentionExtras())
        if let expected = up["\(index)"] { try expect(expected, "up \(index)") }
      }
      #expect(skips.isEmpty)
    }
  }

  @Test("an observer sees the cross-attentions, and that each place looks at all words")
  func observer() throws {
    let seeded = try SeededNetwork("adaptive_pair")
    let network = try seeded.unet()
    var looks: [CrossAttentionObserver.Look] = []
    let extras = UNetExtras(observer: CrossAttentionObserver { looks.append($0) })
    let y = try checked {
      network(
        try seeded.golden["x"], timestep: try seeded.golden["timestep"],
        prompt: try network.prompt(seeded.conditions()), extras: extras)
    }
    #expect(relativeDistance(y, try seeded.golden["y"]) < 2e-5)
    #expect(
      looks.map(\.place) == [
        "down_blocks.0.attentions.0.attn2", "down_blocks.1.attentions.0.attn2",
        "up_blocks.0.attentions.0.attn2",
      ])
    #expect(looks.map { $0.rows * $0.columns } == [24, 6, 6])
    for look in looks {
      #expect(look.weights.shape.sizes == [2, 4, look.rows * look.columns, 5])
      #expect(distance(look.weights.sum(dims: [-1]), .ones([2, 4, look.weights.shape[2]])) < 1e-6)
    }
  }

  @Test(
    "the filter keeps what is constant, and halves and doubles a slope where nothing is mirrored")
  func filter() {
    let filter = BinomialFilter(wrapping: nil)
    let constant = Tensor.full([2, 3, 6, 8], 1.5, dtype: .float32)
    #expect(distance(filter.halved(constant), .full([2, 3, 3, 4], 1.5, dtype: .float32)) < 1e-6)
    #expect(distance(filter.doubled(constant), .full([2, 3, 12, 16], 1.5, dtype: .float32)) < 1e-6)
    func slope(_ count: Int, _ value: (Int) -> Double) -> Tensor {
      Tensor((0..<count).map { Float(value($0)) }, shape: [1, 1, 1, count])
        .expanded(1, 1, 4, -1)
    }
    func inner(_ x: Tensor) -> Tensor { x.narrowed(dim: 3, start: 2, length: x.shape[3] - 4) }
    let x = slope(16) { Double($0) }
    // A half place lies between the two that are nearest, a doubled one a quarter off its own.
    let halved = filter.halved(x.contiguous()).narrowed(dim: 2, start: 0, length: 1)
    #expect(
      distance(
        inner(halved),
        inner(slope(8) { 2 * Double($0) + 0.5 }).narrowed(
          dim: 2, start: 0, length: 1)) < 1e-5)
    let doubled = filter.doubled(x.contiguous()).narrowed(dim: 2, start: 0, length: 4)
    #expect(distance(inner(doubled), inner(slope(32) { Double($0) / 2 - 0.25 })) < 1e-5)
  }

  @Test("where edges meet, the filter knows no edge")
  func wrapping() {
    let x = Generator(seed: 3).normal([1, 2, 4, 8])
    func rolled(_ x: Tensor, _ places: Int) -> Tensor {
      let width = x.shape[3]
      return concatenate(
        x.narrowed(dim: 3, start: places, length: width - places),
        x.narrowed(dim: 3, start: 0, length: places), dim: 3)
    }
    let filter = BinomialFilter(wrapping: .x)
    #expect(distance(filter.halved(rolled(x, 2)), rolled(filter.halved(x), 1)) < 1e-6)
    #expect(distance(filter.doubled(rolled(x, 1)), rolled(filter.doubled(x), 2)) < 1e-6)
    let open = BinomialFilter(wrapping: nil)
    #expect(relativeDistance(open.halved(rolled(x, 2)), rolled(open.halved(x), 1)) > 1e-3)
  }

  @Test("the published upscaler's file gives its sizes")
  func published() throws {
    let found = try JSONDecoder().decode(
      UNet2DConditionConfiguration.self,
      from: Data(
        """
        {"act_fn": "gelu", "attention_head_dim": 64, "block_out_channels": [384, 384, 768, 768],
         "conv_in_kernel": 1, "conv_out_kernel": 1, "cross_attention_dim": 768, "down_block_types":
         ["KDownBlock2D", "KCrossAttnDownBlock2D", "KCrossAttnDownBlock2D", "KCrossAttnDownBlock2D"],
         "in_channels": 8, "layers_per_block": 4, "mid_block_type": null, "norm_num_groups": null,
         "only_cross_attention": false, "out_channels": 5, "resnet_time_scale_shift": "scale_shift",
         "sample_size": 128, "time_cond_proj_dim": 896, "time_embedding_type": "fourier",
         "timestep_post_act": "gelu", "up_block_types":
         ["KCrossAttnUpBlock2D", "KCrossAttnUpBlock2D", "KCrossAttnUpBlock2D", "KUpBlock2D"]}
        """.utf8))
    #expect(found.encoder.isAdaptive && found.encoder.timeChannels == 768)
    #expect(found.encoder.sideUnit == 8 && !found.encoder.isToldGuidance)
    let weights = Dictionary(
      uniqueKeysWithValues: try ParameterStore.outline { UNet2DConditionModel($0, found) })
    #expect(weights["time_proj.weight"] == [384])
    #expect(weights["time_embedding.cond_proj.weight"] == [768, 896])
    #expect(weights["down_blocks.3.attentions.3.attn1.to_q.bias"] == [768])
    #expect(weights["up_blocks.1.resnets.0.conv1.weight"] == [768, 1536, 3, 3])
    #expect(weights["up_blocks.1.resnets.3.conv2.weight"] == [384, 768, 3, 3])
    #expect(weights["up_blocks.1.attentions.3.norm2.linear.weight"] == [768, 768])
    #expect(weights["up_blocks.2.attentions.0.attn1.to_q.weight"] == nil)
    #expect(weights["conv_out.weight"] == [5, 384, 1, 1] && weights["conv_norm_out.bias"] == nil)
  }

  @Test(
    "another network of such blocks is refused, by name",
    arguments: [
      ("act_fn", #""silu""#, "act_fn: expected gelu, found silu"),
      ("norm_num_groups", "32", "norm_num_groups: expected null beside KDownBlock2D, found a val"),
      ("norm_num_groups", nil, "norm_num_groups: expected null beside KDownBlock2D, found a val"),
      ("time_embedding_type", #""positional""#, "time_embedding_type: expected fourier, found pos"),
      ("timestep_post_act", "null", "timestep_post_act: expected gelu, found none"),
      ("mid_block_type", #""UNetMidBlock2D""#, "mid_block_type: expected none beside KDownBlock2D"),
      ("num_class_embeds", "4", "class_embed_type: expected none beside KDownBlock2D, found a va"),
      ("encoder_hid_dim", "4", "encoder_hid_dim: expected none beside KDownBlock2D, found a val"),
      ("only_cross_attention", "true", "only_cross_attention: expected none beside KDownBlock2D"),
      ("attention_head_dim", "7", "attention_head_dim: 32 channels do not divide into 7 heads"),
      ("attention_type", #""gated""#, "attention_type: expected default, found gated"),
      ("time_embedding_dim", "32", "block_out_channels: expected the last two as wide as the emb"),
      (
        "block_out_channels", "[32, 32, 64, 96]",
        "block_out_channels: expected the last two as wide as the embedded timestep, 64, found [32"
      ),
      ("block_out_channels", "[32, 48, 64, 64]", "block_out_channels: 48 channels do not divide"),
      (
        "down_block_types",
        #"["KDownBlock2D", "DownBlock2D", "KDownBlock2D", "KCrossAttnDownBlock2D"]"#,
        "down_block_types: expected blocks of which all or none begin with K, found"
      ),
      (
        "down_block_types", #"["KDownBlock2D", "KDownBlock2D", "KDownBlock2D", "KDownBlock2D"]"#,
        "down_block_types: expected KCrossAttnDownBlock2D at the last resolution, found"
      ),
      (
        "up_block_types",
        #"["KCrossAttnUpBlock2D", "UpBlock2D", "KCrossAttnUpBlock2D", "KUpBlock2D"]"#,
        "up_block_types: expected blocks that begin with K where those of the other half do, found"
      ),
      (
        "up_block_types", #"["KUpBlock2D", "KCrossAttnUpBlock2D", "KUpBlock2D", "KUpBlock2D"]"#,
        "up_block_types: expected KCrossAttnUpBlock2D for the coarsest resolution and where the w"
      ),
      (
        "up_block_types", #"["KCrossAttnUpBlock2D", "KUpBlock2D", "KUpBlock2D", "KUpBlock2D"]"#,
        "up_block_types: expected KCrossAttnUpBlock2D for the coarsest resolution and where the w"
      ),
    ])
  func refusals(key: String, json: String?, reason: String) throws {
    let found = try refusal(
      of: UNet2DConditionConfiguration.self, in: Golden.file("adaptive/config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  @Test("such a network is known by its names, and others are not taken for one")
  func recognition() throws {
    for (name, kind) in [("adaptive", "latent-upscaler"), ("sdxl", nil)] as [(String, String?)] {
      #expect(WeightsKind(names: try SeededNetwork(name).weights.names)?.name == kind)
    }
  }

  @Test("a ControlNet of such blocks, which have no middle to add to, is refused")
  func controlNet() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try readConfiguration(
        ControlNetConfiguration.self, from: Golden.file("adaptive/config.json"))
    }
    #expect(error?.reason.hasPrefix("mid_block_type: expected a middle") == true)
  }
}
