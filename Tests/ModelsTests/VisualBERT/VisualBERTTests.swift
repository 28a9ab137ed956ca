import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct VisualBERTTests {
  @Test("the predictions of random weights are those of transformers")
  func parity() throws {
    let golden = try Golden("tiny/golden.safetensors")
    let network = try VisualBERT(folder: Golden.file("tiny"))
    let logits = try checked {
      network(try golden["ids"], features: try golden["features"])
    }
    // float32; the reference adds and multiplies in another order.
    #expect(relativeDistance(logits, try golden["logits"]) < 1e-5)
  }

  @Test("what is padding does not change what is said of the rest")
  func padding() throws {
    let golden = try Golden("tiny/golden.safetensors")
    let network = try VisualBERT(folder: Golden.file("tiny"))
    let (ids, features) = (try golden["ids"], try golden["features"])
    let (texts, length) = (ids.shape[0], ids.shape[1] - 2)
    let isPadding = Tensor.range(to: length + 2).greaterOrEqual(to: .integer(length))
      .expanded([texts, length + 2])
    let padded = network(ids, features: features, isPadding: isPadding)
      .narrowed(dim: 1, start: 0, length: length)
    let alone = network(ids.narrowed(dim: 1, start: 0, length: length), features: features)
    // Sums of other lengths are rounded otherwise.
    #expect(relativeDistance(padded, alone) < 1e-6)
    #expect(
      relativeDistance(
        padded,
        network(ids, features: features)
          .narrowed(dim: 1, start: 0, length: length)) > 1e-3)
  }

  @Test("the derivatives are those of transformers, of the table of words by both of its uses")
  func derivatives() throws {
    let golden = try Golden("tiny/golden.safetensors")
    let file = WeightSource(try Checkpoint(contentsOf: Golden.file("tiny/model.safetensors")))
    let store = ParameterStore(
      loading: file.leavingOut(VisualBERT.unusedNames), dtype: .float32, trainable: true)
    let network = try store.network { VisualBERT($0, try configuration()) }
    try expectDerivatives(of: golden, by: store, within: 1e-5) {
      network(try golden["ids"], features: try golden["features"])
    }
  }

  @Test("what is written is what transformers calls this network, and is read again")
  func writing() throws {
    let folder = try TemporaryFolder()
    let file = WeightSource(try Checkpoint(contentsOf: Golden.file("tiny/model.safetensors")))
    let weights = file.leavingOut(VisualBERT.unusedNames)
    try VisualBERT.write(weights, configuration(), to: folder.url)
    let written = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.file("config.json")))
    let (theirs, ours) = (
      try JSONSerialization.jsonObject(with: Data(contentsOf: Golden.file("tiny/config.json"))),
      try #require(written as? [String: Any])
    )
    let shared = try #require(theirs as? [String: Any]).filter { ours.keys.contains($0.key) }
    // Neither the start for fine-tuning nor the probability of dropout changes a prediction.
    let changed = shared.filter { "\(ours[$0.key] ?? "")" != "\($0.value)" }.map(\.key)
    #expect(changed == ["special_visual_initialize"])
    let golden = try Golden("tiny/golden.safetensors")
    let network = try VisualBERT(folder: folder.url)
    let logits = try checked { network(try golden["ids"], features: try golden["features"]) }
    // The weights were rounded to half precision.
    #expect(relativeDistance(logits, try golden["logits"]) < 5e-3)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("model_type", #""bert""#, "model_type: expected visual_bert, found bert"),
      ("bypass_transformer", "true", "bypass_transformer: expected false, found true"),
      ("visual_embedding_dim", "0", "visual_embedding_dim: expected 1 or more, found 0"),
      ("hidden_size", "25", "hidden_size: 25 channels do not divide into 3 heads"),
    ])
  func refusals(key: String, value: String, reason: String) throws {
    let file = Golden.file("tiny/config.json")
    #expect(try refusal(of: VisualBERTConfiguration.self, in: file, key, value) == reason)
  }

  private func configuration() throws -> VisualBERTConfiguration {
    try readConfiguration(from: Golden.file("tiny/config.json"))
  }
}
