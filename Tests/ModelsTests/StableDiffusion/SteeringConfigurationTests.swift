import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct SteeringConfigurationTests {
  @Test("a ControlNet's missing keys have diffusers' defaults")
  func controlDefaults() throws {
    let found = try JSONDecoder().decode(ControlNetConfiguration.self, from: Data("{}".utf8))
    var expected = ControlNetConfiguration()
    expected.encoder.crossAttentionDim = [1280, 1280, 1280, 1280]
    #expect(found == expected)
  }

  @Test("a ControlNet's heads may be called so", arguments: ["3", "[1, 3, 6]"])
  func heads(_ heads: String) throws {
    let json = """
      {"num_attention_heads": \(heads), "attention_head_dim": 5, "block_out_channels": [6, 6, 12],
       "down_block_types": ["DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"],
       "norm_num_groups": 2}
      """
    let found = try JSONDecoder().decode(ControlNetConfiguration.self, from: Data(json.utf8))
    #expect(found.encoder.numAttentionHeads == (heads == "3" ? [3, 3, 3] : [1, 3, 6]))
  }

  @Test("a ControlNet's configuration survives being written and read", arguments: ["", "_xl"])
  func controlRoundTrip(_ kind: String) throws {
    let found: ControlNetConfiguration = try readConfiguration(
      from: Golden.file("control\(kind)/config.json"))
    #expect(found.takesBlueFirst == kind.isEmpty)
    #expect(found.globalPoolConditions == !kind.isEmpty)
    let data = try JSONEncoder().encode(found)
    #expect(try JSONDecoder().decode(ControlNetConfiguration.self, from: data) == found)
  }

  @Test(
    "another ControlNet or an impossible size is refused, by name",
    arguments: [
      ("mid_block_type", "null", "mid_block_type: expected a middle, to add to it, found none"),
      (
        "controlnet_conditioning_channel_order", #""grb""#,
        "controlnet_conditioning_channel_order: expected rgb or bgr, found grb"
      ),
      (
        "conditioning_embedding_out_channels", "[]",
        "conditioning_embedding_out_channels: expected 1 to 16 numbers from 1 to 1048576, found []"
      ),
      (
        "conditioning_embedding_out_channels", "[4, 0]",
        "conditioning_embedding_out_channels: expected 1 to 16 numbers from 1 to 1048576, found [4"
      ),
      ("conditioning_channels", "0", "conditioning_channels: expected 1 or more, found 0"),
      ("attention_head_dim", "3", "attention_head_dim: 4 channels do not divide into 3 heads"),
    ])
  func controlRefusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: ControlNetConfiguration.self, in: Golden.file("control/config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  @Test("an adapter's missing keys have diffusers' defaults, and it is written and read")
  func adapterDefaults() throws {
    let found = try JSONDecoder().decode(T2IAdapterConfiguration.self, from: Data("{}".utf8))
    #expect(found == T2IAdapterConfiguration())
    let light: T2IAdapterConfiguration = try readConfiguration(
      from: Golden.file("adapter_light_adapter/config.json"))
    #expect(light.adapterType == .light && light.channels == [4, 8] && light.inChannels == 1)
    let data = try JSONEncoder().encode(light)
    #expect(try JSONDecoder().decode(T2IAdapterConfiguration.self, from: data) == light)
  }

  @Test(
    "another adapter or an impossible size is refused, by name",
    arguments: [
      (
        "adapter_type", #""heavy""#,
        "adapter_type: expected full_adapter or full_adapter_xl or light_adapter, found heavy"
      ),
      ("channels", "[]", "channels: expected 1 to 16 resolutions, found 0"),
      ("channels", "[4, 0]", "channels: expected multiples of 1, found 0"),
      ("channels", "[4, 8, 8, 16]", "channels: expected equal ones from the third on, found [4, 8"),
      ("num_res_blocks", "0", "num_res_blocks: expected 1 or more, found 0"),
      ("downscale_factor", "0", "downscale_factor: expected 1 or more, found 0"),
    ])
  func adapterRefusals(key: String, json: String, reason: String) throws {
    let file = Golden.file("adapter_full_adapter_xl/config.json")
    let found = try refusal(of: T2IAdapterConfiguration.self, in: file, key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  @Test("a light adapter's channels are multiples of four")
  func light() throws {
    let file = Golden.file("adapter_light_adapter/config.json")
    let found = try refusal(of: T2IAdapterConfiguration.self, in: file, "channels", "[4, 6]")
    #expect(found == "channels: expected multiples of 4, found 6")
  }
}
