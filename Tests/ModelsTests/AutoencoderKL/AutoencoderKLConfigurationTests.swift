import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct AutoencoderKLConfigurationTests {
  @Test("keys that are missing have diffusers' defaults, others are passed over")
  func defaults() throws {
    let found = try decode(#"{"_diffusers_version": "0.42.1", "force_upcast": true}"#)
    var expected = AutoencoderKLConfiguration()
    expected.blockOutChannels = [64]
    expected.layersPerBlock = 1
    #expect(found == expected)
    #expect(!(try decode(#"{"force_upcast": false}"#)).forceUpcast)
  }

  @Test("statistics of the latents' channels are read, and refused where they are of no use")
  func statistics() throws {
    let both = #""latents_mean": [0, 0.5], "latents_std": [1, 2], "latent_channels": 2"#
    let found = try decode("{\(both)}")
    #expect(found.latentsMean == [0, 0.5] && found.latentsStd == [1, 2])
    for (json, reason) in [
      ("{\(both), \"shift_factor\": 0.5}", "none beside latents_mean"),
      (both.replacing("[1, 2]", with: "[1, 0]"), "more than 0"),
    ] {
      let text = json.hasPrefix("{") ? json : "{\(json)}"
      let error = #expect(throws: DecodingError.self) { try decode(text) }
      #expect("\(try #require(error))".contains(reason))
    }
  }

  @Test("diffusers' file says what it was made with")
  func published() throws {
    let found: AutoencoderKLConfiguration = try readConfiguration(
      from: Golden.file("tiny/config.json"))
    #expect(found.blockOutChannels == [4, 6, 10])
    #expect(found.shiftFactor == 0.25)
    #expect(found.reduction == 4)
    let patched: AutoencoderKLConfiguration = try readConfiguration(
      from: Golden.file("patched/config.json"))
    #expect(patched.reduction == 4)
  }

  @Test("a configuration survives being written and read", arguments: [1, 4])
  func roundTrip(patchSize: Int) throws {
    var configuration = AutoencoderKLConfiguration()
    configuration.shiftFactor = -0.5
    configuration.useQuantConv = false
    configuration.midBlockAddAttention = false
    configuration.patchSize = patchSize
    configuration.forceUpcast = false
    let data = try JSONEncoder().encode(configuration)
    #expect(try decode(String(decoding: data, as: UTF8.self)) == configuration)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("in_channels", "0", "in_channels: expected 1 or more, found 0"),
      ("layers_per_block", "-1", "layers_per_block: expected 1 or more, found -1"),
      ("norm_num_groups", "4", "block_out_channels: 6 channels do not divide into 4 groups"),
      ("block_out_channels", "[]", "block_out_channels: expected 1 to 16 resolutions, found 0"),
      ("block_out_channels", "[4, 0, 8]", "block_out_channels: expected 1 or more, found 0"),
      ("block_out_channels", "64", "block_out_channels: "),
      (
        "block_out_channels", "[4, 6]",
        #"down_block_types: expected ["DownEncoderBlock2D", "DownEncoderBlock2D"], found ["#
      ),
      (
        "up_block_types", #"["UpDecoderBlock2D", "UpDecoderBlock2D", "AttnUpDecoderBlock2D"]"#,
        "up_block_types: expected "
      ),
      ("act_fn", #""relu""#, "act_fn: expected silu, found relu"),
      ("latents_mean", "[0.1]", "latents_mean: expected 3 numbers, found [0.1]"),
      ("latents_std", "[1]", "latents_std: expected 3 numbers, found [1.0]"),
      ("latents_mean", "[0, 0, 0]", "latents_std: expected as many as latents_mean, found none"),
      ("latents_std", "[1, 2, 1]", "latents_mean: expected as many as latents_std, found none"),
      ("scaling_factor", "0", "scaling_factor: expected more than 0, found 0.0"),
      ("patch_size", "0", "patch_size: expected 1 or more, found 0"),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: AutoencoderKLConfiguration.self, in: Golden.file("tiny/config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  @Test("what is not JSON is refused, with the file")
  func notJSON() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("{".utf8), to: "config.json")
    let error = #expect(throws: ConfigurationError.self) { try AutoencoderKL(folder: folder.url) }
    #expect(error?.file == folder.file("config.json").path(percentEncoded: false))
  }

  private func decode(_ json: String) throws -> AutoencoderKLConfiguration {
    try JSONDecoder().decode(AutoencoderKLConfiguration.self, from: Data(json.utf8))
  }
}
