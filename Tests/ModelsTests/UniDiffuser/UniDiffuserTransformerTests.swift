import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Small transformers whose every result diffusers computed; see `unidiffuser.py`.
@Suite struct UniDiffuserTransformerTests {
  static let networks = ["published", "between", "first", "behind"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the predictions are diffusers'", arguments: networks)
  func parity(_ name: String) throws {
    let example = try Example(name)
    let network = try UniDiffuserTransformer(folder: Golden.file(name))
    example.expect(try checked { withoutGradients { example.predict(network) } })
  }

  @Test("the derivatives by three weights are PyTorch's", arguments: networks)
  func gradients(_ name: String) throws {
    let example = try Example(name)
    let (network, store) = try loaded(name, trainable: true)
    let golden = try Golden("\(name)/golden.safetensors")
    #expect(try golden.tensors("gradient").count == 3)
    try expectDerivatives(of: golden, by: store, within: Self.tolerance) { () -> Tensor in
      let made = example.predict(network)
      // The mean of what is returned, squared, is the sum of the three means.
      return [made.latents, made.whole, made.text].map { part in
        part.flattened(from: 0) * (1 / Double(part.count)).squareRoot()
      }.concatenated() * Double(example.count).squareRoot()
    }
  }

  @Test("the type of the data is read where the network was told it")
  func dataType() throws {
    let example = try Example("published")
    let network = try UniDiffuserTransformer(folder: Golden.file("published"))
    let other = try Golden("published/golden.safetensors")["y0.latents"]
    let made = try checked { withoutGradients { example.predict(network, dataType: 0).latents } }
    #expect(relativeDistance(made, other) < Self.tolerance)
    #expect(relativeDistance(example.made.latents, other) > 1e-2)
    let without = try Example("first")
    without.expect(
      try checked {
        try withoutGradients {
          without.predict(try UniDiffuserTransformer(folder: Golden.file("first")), dataType: 0)
        }
      })
  }

  @Test(
    "prepared for a batch it predicts the same, of that size and of others", arguments: networks)
  func prepared(_ name: String) throws {
    let example = try Example(name)
    let network = try UniDiffuserTransformer(folder: Golden.file(name))
    for batch in [2, 3] {
      let prepared = try checked { network.prepared(batch: batch) }
      example.expect(try checked { withoutGradients { example.predict(prepared) } })
    }
  }

  @Test("in bfloat16 the predictions are within its precision of float32's", arguments: networks)
  func bfloat16(_ name: String) throws {
    let example = try Example(name)
    let (network, _) = try loaded(name, dtype: .bfloat16)
    let made = try checked { withoutGradients { example.predict(network) } }
    // Eight bits of precision, some ten layers deep.
    for (found, expected) in zip(made.parts, example.made.parts) {
      #expect(found.dtype == .float32)
      #expect(relativeDistance(found, expected) < 0.05)
    }
  }

  @Test("what is written is read again, and diffusers' second way in is not missed")
  func writing() throws {
    let folder = try TemporaryFolder()
    let (network, store) = try loaded("first")
    let weights = WeightSource(
      Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) }))
    try UniDiffuserTransformer.write(weights, network.configuration, to: folder.url)
    let copy = try UniDiffuserTransformer(folder: folder.url)
    #expect(copy.configuration == network.configuration)
    let example = try Example("first")
    // The weights have half precision.
    example.expect(try checked { withoutGradients { example.predict(copy) } })
  }

  @Test("latents, texts and pictures of other sizes are an error and not a crash")
  func misfit() throws {
    let network = try UniDiffuserTransformer(folder: Golden.file("first"))
    let example = try Example("first")
    var wrong = [example, example, example]
    wrong[0].given.latents = .zeros([2, 4, 8, 8])
    wrong[1].given.text = .zeros([2, 6, 10])
    wrong[2].given.whole = .zeros([2, 1, 7])
    for example in wrong {
      #expect(throws: TorchError.self) { try checked { _ = example.predict(network) } }
    }
  }

  @Test(
    "another kind of network, or sizes that cannot be, are refused with their key",
    arguments: [
      ("num_attention_heads", "0", "1 or more"), ("sample_size", "9", "a multiple of patch_size"),
      ("sample_size", "9000", "8192 or less"), ("out_channels", "6", "3, as in_channels"),
      ("attention_bias", "true", "expected false"), ("norm_type", "\"ada_norm\"", "layer_norm"),
      ("norm_elementwise_affine", "false", "expected true"),
      ("activation_fn", "\"geglu\"", "expected gelu"), ("activation_fn", "null", "found geglu"),
      ("cross_attention_dim", "8", "expected none"), ("num_embeds_ada_norm", "8", "expected none"),
      ("use_timestep_embedding", "true", "expected false"),
      ("use_patch_pos_embed", "true", "expected false"),
      ("num_text_tokens", "-1", "1 or more"), ("num_layers", "257", "256 or less"),
      ("block_type", "\"unidifuser\"", "unidiffuser or uvit"),
    ])
  func refused(key: String, value: String, reason: String) throws {
    let found = try refusal(
      of: UniDiffuserConfiguration.self, in: Golden.file("first/config.json"), key, value)
    #expect(found.contains(key) && found.contains(reason), "\(found)")
  }

  @Test("a token has an even number of channels, half of them sines")
  func oddChannels() throws {
    let folder = try TemporaryFolder()
    let text = try String(contentsOf: Golden.file("first/config.json"), encoding: .utf8)
      .replacing("\"num_attention_heads\": 2", with: "\"num_attention_heads\": 1")
    try Data(text.utf8).write(to: folder.file("config.json"))
    let found = try refusal(
      of: UniDiffuserConfiguration.self, in: folder.file("config.json"), "attention_head_dim", "7")
    #expect(found.contains("attention_head_dim") && found.contains("an even number"), "\(found)")
  }

  private func loaded(
    _ name: String, dtype: DType? = nil, trainable: Bool = false
  ) throws -> (UniDiffuserTransformer, ParameterStore) {
    let folder = Golden.file(name)
    let configuration: UniDiffuserConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let weights = WeightSource(
      try Checkpoint(contentsOf: UniDiffuserTransformer.weights(in: folder)))
    let store = ParameterStore(
      loading: weights.leavingOut(UniDiffuserTransformer.unusedNames), dtype: dtype,
      trainable: trainable)
    return (try store.network { UniDiffuserTransformer($0, configuration) }, store)
  }
}

/// What a transformer is given, and what diffusers' predicts.
private struct Example {
  typealias Pair = UniDiffuserTransformer.Pair

  var given: Pair
  let timesteps: UniDiffuserTransformer.Timesteps
  let made: Pair

  init(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    func pair(_ prefix: String) throws -> Pair {
      Pair(
        latents: try golden["\(prefix)latents"], whole: try golden["\(prefix)whole"],
        text: try golden["\(prefix)text"])
    }
    given = try pair("")
    made = try pair("y.")
    timesteps = UniDiffuserTransformer.Timesteps(
      picture: try golden["picture_timestep"], text: try golden["text_timestep"])
  }

  /// The numbers of a prediction.
  var count: Int { made.parts.map(\.count).reduce(0, +) }

  func predict(_ network: UniDiffuserTransformer, dataType: Int = 1) -> Pair {
    network(given, timesteps: timesteps, dataType: dataType)
  }

  func expect(_ found: Pair) {
    for (found, expected) in zip(found.parts, made.parts) {
      #expect(found.shape == expected.shape)
      #expect(
        relativeDistance(found, expected) < UniDiffuserTransformerTests.tolerance)
    }
  }
}

extension UniDiffuserTransformer.Pair {
  fileprivate var parts: [Tensor] { [latents, whole, text] }
}
