import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Two small transformers whose every result diffusers computed; see `wan_transformer.py`.
@Suite struct WanTransformerTests {
  static let networks = ["text", "image"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the prediction is diffusers'", arguments: networks)
  func prediction(_ name: String) throws {
    let example = try Example(name)
    let network = try WanTransformer(folder: Golden.file(name))
    let y = try checked { example.predict(network) }
    #expect(relativeDistance(y, example.y) < Self.tolerance)
  }

  @Test("each token can have a timestep of its own")
  func ownTimesteps() throws {
    let golden = try Golden("text/golden.safetensors")
    let example = try Example("text")
    let network = try WanTransformer(folder: Golden.file("text"))
    let y = try checked {
      network(
        example.x, timestep: try golden["timestep.each"], prompt: network.prompt(example.text))
    }
    #expect(relativeDistance(y, try golden["y.each"]) < Self.tolerance)
    // The same for all of a clip is one for the clip.
    let same = example.timestep.unsqueezed(1).expanded(2, 18)
    let all = try checked {
      network(example.x, timestep: same, prompt: network.prompt(example.text))
    }
    #expect(relativeDistance(all, example.y) < Self.tolerance)
  }

  @Test("the derivatives by weights are PyTorch's")
  func gradients() throws {
    let example = try Example("text")
    let (network, store) = try loaded("text", trainable: true)
    let golden = try Golden("text/golden.safetensors")
    try expectDerivatives(of: golden, by: store, within: Self.tolerance) {
      example.predict(network)
    }
  }

  @Test("a score depends on how far tokens are apart, and not on where they are")
  func relativePositions() throws {
    let positions = WanPositions(grid: [4, 3, 5], channels: 16)
    let generator = Generator(seed: 5)
    let (query, key) = (generator.normal([1, 1, 16]), generator.normal([1, 1, 16]))
    let queries = positions(query.expanded(1, 60, 16), heads: 1)
    let keys = positions(key.expanded(1, 60, 16), heads: 1)
    let scores = queries.matmul(keys.transposed(1, 2)).values(as: Float.self)
    func score(_ from: [Int], _ to: [Int]) -> Float {
      func token(_ place: [Int]) -> Int { (place[0] * 3 + place[1]) * 5 + place[2] }
      return scores[token(from) * 60 + token(to)]
    }
    #expect(abs(score([0, 0, 0], [1, 1, 2]) - score([2, 1, 2], [3, 2, 4])) < 1e-4)
    #expect(abs(score([3, 2, 4], [1, 0, 3]) - score([2, 2, 1], [0, 0, 0])) < 1e-4)
    for moved in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] {
      #expect(abs(score([0, 0, 0], moved) - score([0, 0, 0], [0, 0, 0])) > 1e-2)
    }
  }

  @Test("a prediction does not depend on the others of its batch", arguments: networks)
  func batches(_ name: String) throws {
    let example = try Example(name).row(1)
    let network = try WanTransformer(folder: Golden.file(name))
    let y = try checked { example.predict(network) }
    #expect(relativeDistance(y, example.y) < Self.tolerance)
  }

  @Test("in bfloat16 the prediction is within its precision of float32's", arguments: networks)
  func bfloat16(_ name: String) throws {
    var example = try Example(name)
    let (network, _) = try loaded(name, dtype: .bfloat16)
    example.x = example.x.converted(to: .bfloat16)
    example.text = example.text.converted(to: .bfloat16)
    example.image = example.image?.converted(to: .bfloat16)
    let y = try checked { example.predict(network) }
    #expect(y.dtype == .bfloat16)
    // Eight bits of precision, some ten layers deep.
    #expect(relativeDistance(y, example.y) < 0.05)
  }

  @Test("latents of other channels are an error and not a crash")
  func misfit() throws {
    var example = try Example("text")
    let network = try WanTransformer(folder: Golden.file("text"))
    example.x = .zeros([2, 5, 3, 6, 4])
    #expect(throws: TorchError.self) { try checked { example.predict(network) } }
  }

  private func loaded(
    _ name: String, dtype: DType = .float32, trainable: Bool = false
  ) throws -> (WanTransformer, ParameterStore) {
    try loadedNetwork(Golden.file(name), dtype: dtype, trainable: trainable) {
      WanTransformer($0, $1)
    }
  }
}

@Suite struct WanTransformerConfigurationTests {
  @Test("keys that are missing are those of the 14B model, and what is written is read again")
  func coding() throws {
    func decode(_ data: Data) throws -> WanTransformerConfiguration {
      try JSONDecoder().decode(WanTransformerConfiguration.self, from: data)
    }
    let published = WanTransformerConfiguration()
    #expect(try decode(Data(#"{"rope_max_seq_len": 1024}"#.utf8)) == published)
    #expect(published.channels == 5120)
    #expect(WanTransformerConfiguration.small.channels == 1536)
    let null = try decode(Data(#"{"in_channels": 36, "out_channels": null}"#.utf8))
    #expect(null.outChannels == 36)
    let image: WanTransformerConfiguration = try readConfiguration(
      from: Golden.file("image/config.json"))
    #expect(image.posEmbedSeqLen == 10 && image.imageDim == 12 && !image.crossAttnNorm)
    #expect(try decode(JSONEncoder().encode(image)) == image)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("patch_size", "[1, 2]", "patch_size: expected three sizes of 1 to 64, found [1, 2]"),
      ("patch_size", "[1, 2, 0]", "patch_size: expected three sizes of 1 to 64, found"),
      ("attention_head_dim", "9", "attention_head_dim: expected an even number of at least 6"),
      ("attention_head_dim", "4", "attention_head_dim: expected an even number of at least 6"),
      ("freq_dim", "7", "freq_dim: expected an even number, found 7"),
      ("eps", "0", "eps: expected more than 0, found 0.0"),
      ("num_layers", "0", "num_layers: expected 1 or more, found 0"),
      ("image_dim", "null", "added_kv_proj_dim: expected none without image_dim, found 24"),
      ("added_kv_proj_dim", "null", "added_kv_proj_dim: expected a size, found none"),
      ("added_kv_proj_dim", "25", "added_kv_proj_dim: expected 24, found 25"),
      ("qk_norm", #""layer_norm""#, "qk_norm: expected rms_norm_across_heads, found layer_norm"),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: WanTransformerConfiguration.self, in: Golden.file("image/config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  @Test("positions of a picture's states need a picture")
  func positionsWithoutImage() throws {
    let found = try refusal(
      of: WanTransformerConfiguration.self, in: Golden.file("text/config.json"),
      "pos_embed_seq_len", "10")
    #expect(found.hasPrefix("pos_embed_seq_len: expected none without image_dim, found a size"))
  }
}

/// What a transformer is given, and what diffusers' predicts.
private struct Example {
  var x: Tensor
  var timestep: Tensor
  var text: Tensor
  var image: Tensor?
  var y: Tensor

  init(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    x = try golden["x"]
    timestep = try golden["timestep"]
    text = try golden["text"]
    image = golden.names.contains("image") ? try golden["image"] : nil
    y = try golden["y"]
  }

  func predict(_ network: WanTransformer) -> Tensor {
    network(x, timestep: timestep, prompt: network.prompt(text, image: image))
  }

  /// One of the batch.
  func row(_ index: Int) -> Example {
    var one = self
    func row(_ tensor: Tensor) -> Tensor { tensor.narrowed(dim: 0, start: index, length: 1) }
    (one.x, one.timestep, one.text, one.y) = (row(x), row(timestep), row(text), row(y))
    one.image = image.map(row)
    return one
  }
}
