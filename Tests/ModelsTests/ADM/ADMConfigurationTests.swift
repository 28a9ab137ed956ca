import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct ADMConfigurationTests {
  @Test("keys that are missing have UNetModel's defaults, others are passed over")
  func defaults() throws {
    let found = try decode(
      """
      {"image_size": 64, "in_channels": 3, "model_channels": 192, "out_channels": 6,
       "num_res_blocks": 3, "attention_resolutions": [2, 4, 8], "dropout": 0.1}
      """)
    var expected = ADMConfiguration()
    expected.channelMult = [1, 2, 4, 8]
    (expected.labels, expected.numHeadChannels) = (nil, nil)
    (expected.useScaleShiftNorm, expected.resblockUpdown) = (false, false)
    expected.useNewAttentionOrder = false
    #expect(found == expected)
    #expect(found.widths == [192, 384, 768, 1536])
  }

  @Test(
    "a configuration survives being written and read",
    arguments: [.classes(1000), .number, nil] as [NetworkLabels?])
  func roundTrip(labels: NetworkLabels?) throws {
    var configuration = ADMConfiguration()
    configuration.labels = labels
    configuration.channelMult = [0.5, 1, 2]
    (configuration.numHeads, configuration.numHeadChannels) = (3, nil)
    let data = try JSONEncoder().encode(configuration)
    #expect(try decode(String(decoding: data, as: UTF8.self)) == configuration)
  }

  @Test("a classifier's survives too", arguments: ADMClassifierConfiguration.Pool.allCases)
  func classifier(pool: ADMClassifierConfiguration.Pool) throws {
    var trunk = ADMConfiguration()
    trunk.labels = nil
    let configuration = ADMClassifierConfiguration(trunk, pool: pool)
    let data = try JSONEncoder().encode(configuration)
    let found = try JSONDecoder().decode(ADMClassifierConfiguration.self, from: data)
    #expect(found == configuration)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("model_channels", "33", "model_channels: expected an even number, found 33"),
      ("model_channels", nil as String?, "model_channels: No value associated with key"),
      ("channel_mult", "[]", "channel_mult: expected 1 to 12 resolutions, found 0"),
      ("channel_mult", "[1, 0]", "channel_mult: expected more than 0, at most 64, found 0.0"),
      ("channel_mult", "[1, 1.2]", "channel_mult: 76 channels do not divide into 32 groups"),
      ("image_size", "9", "image_size: expected a multiple of 2, found 9"),
      ("num_head_channels", "24", "num_head_channels: 128 channels do not divide into heads of 24"),
      ("num_res_blocks", "0", "num_res_blocks: expected 1 or more, found 0"),
      ("number_label", "true", "number_label: expected false beside num_classes, found true"),
      ("dims", "3", "dims: expected 2, found 3"),
      ("num_heads_upsample", "2", "num_heads_upsample: expected -1, found 2"),
    ])
  func refused(key: String, json: String?, reason: String) throws {
    let found = try refusal(of: ADMConfiguration.self, in: try sizes("updown"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  @Test(
    "a classifier with a label, or whose pooling has no heads, is refused",
    arguments: [
      ("num_classes", "7", "num_classes: expected none in a classifier, found a label"),
      ("num_head_channels", "-1", "num_head_channels: expected the channels of a head, for"),
      ("num_head_channels", "-2", "num_head_channels: expected 1 or more, found -2"),
      ("pool", #""max""#, "pool: Cannot initialize Pool from invalid String value max"),
    ])
  func classifierRefused(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: ADMClassifierConfiguration.self, in: try sizes("attention"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  /// The sizes of a fixture in a file of their own.
  private func sizes(_ name: String) throws -> URL {
    let all = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: Golden.file("\(name).json")))
        as? [String: Any])
    let sizes = try #require(all["sizes"])
    return try folder.write(JSONSerialization.data(withJSONObject: sizes), to: "\(name).json")
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func decode(_ json: String) throws -> ADMConfiguration {
    try JSONDecoder().decode(ADMConfiguration.self, from: Data(json.utf8))
  }
}
