import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct BERTConfigurationTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("the model in the repository has the published sizes")
  func published() throws {
    #expect(try readConfiguration(from: Repository.textEncoder("config.json")) == minilm)
  }

  @Test("a configuration survives being written and read")
  func roundTrip() throws {
    let data = try JSONEncoder().encode(minilm)
    #expect(try JSONDecoder().decode(BERTConfiguration.self, from: data) == minilm)
  }

  @Test(
    "another network, an impossible size or a missing one is refused, by name",
    arguments: [
      ("model_type", "roberta" as String?, "model_type: expected bert, found roberta"),
      ("hidden_act", "gelu_new", "hidden_act: expected gelu, found gelu_new"),
      (
        "position_embedding_type", "relative_key",
        "position_embedding_type: expected absolute, found relative_key"
      ),
      ("num_hidden_layers", "0", "num_hidden_layers: expected 1 or more, found 0"),
      ("num_attention_heads", "7", "hidden_size: 384 channels do not divide into 7 heads"),
      ("vocab_size", nil, "vocab_size: "),
      ("intermediate_size", "many", "intermediate_size: "),
    ])
  func refusals(key: String, value: String?, reason: String) throws {
    let data = try Data(contentsOf: Repository.textEncoder("config.json"))
    var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    object[key] = value.map { Int($0) ?? $0 as Any }
    let file = folder.file("config.json")
    try JSONSerialization.data(withJSONObject: object).write(to: file)
    let error = #expect(throws: ConfigurationError.self) {
      try readConfiguration(BERTConfiguration.self, from: file)
    }
    #expect(error?.file == file.path(percentEncoded: false))
    #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
  }

  @Test("a file that is not there is named")
  func absent() {
    let error = #expect(throws: ConfigurationError.self) {
      try readConfiguration(BERTConfiguration.self, from: URL(filePath: "/nowhere/config.json"))
    }
    #expect(error?.description.hasPrefix("/nowhere/config.json: ") == true)
  }

  private let minilm = BERTConfiguration()
}
