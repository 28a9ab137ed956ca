import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Two small transformers whose every result diffusers computed; see `dit.py`.
@Suite struct DiTTransformerTests {
  static let networks = ["tiny", "plain"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the prediction is diffusers'", arguments: networks)
  func parity(_ name: String) throws {
    let example = try Example(name)
    let network = try DiTTransformer(folder: Golden.file(name))
    let y = try checked { withoutGradients { example.predict(network) } }
    #expect(relativeDistance(y, example.y) < Self.tolerance)
  }

  @Test("the derivatives by three weights are PyTorch's", arguments: networks)
  func gradients(_ name: String) throws {
    let example = try Example(name)
    let (network, store) = try loaded(name, trainable: true)
    let golden = try Golden("\(name)/golden.safetensors")
    #expect(try golden.tensors("gradient").count == 3)
    try expectDerivatives(of: golden, by: store, within: Self.tolerance) {
      example.predict(network)
    }
  }

  @Test(
    "prepared for a batch it predicts the same, of that size and of others", arguments: networks)
  func prepared(_ name: String) throws {
    let example = try Example(name)
    let network = try DiTTransformer(folder: Golden.file(name))
    for batch in [example.x.shape[0], 3] {
      let prepared = try checked { network.prepared(batch: batch) }
      let y = try checked { withoutGradients { example.predict(prepared) } }
      #expect(relativeDistance(y, example.y) < Self.tolerance, "prepared for \(batch)")
    }
  }

  @Test("a prediction depends on no other of its batch, and on its own label and timestep")
  func batches() throws {
    let example = try Example("tiny")
    let network = try DiTTransformer(folder: Golden.file("tiny"))
    try checked {
      withoutGradients {
        for index in 0..<2 {
          let part = example.part(index)
          #expect(relativeDistance(part.predict(network), part.y) < Self.tolerance)
          var other = part
          other.labels = part.labels.equal(to: 2).converted(to: .int64)
          #expect(relativeDistance(other.predict(network), part.y) > 1e-2)
          other = part
          other.timestep = part.timestep + 9
          #expect(relativeDistance(other.predict(network), part.y) > 1e-3)
        }
      }
    }
  }

  @Test("in bfloat16 the prediction is within its precision of float32's", arguments: networks)
  func bfloat16(_ name: String) throws {
    let example = try Example(name)
    let (network, _) = try loaded(name, dtype: .bfloat16)
    let y = try checked { withoutGradients { example.predict(network) } }
    #expect(y.dtype == .float32)
    // Eight bits of precision, some ten layers deep.
    #expect(relativeDistance(y, example.y) < 0.05)
  }

  @Test("latents of other shapes and classes that are not there are an error and not a crash")
  func misfit() throws {
    let example = try Example("tiny")
    let network = try DiTTransformer(folder: Golden.file("tiny"))
    var wrong = example
    for shape in [[2, 4, 8, 8], [2, 3, 4, 4], [3]] {
      wrong.x = .zeros(shape)
      #expect(throws: TorchError.self) { try checked { wrong.predict(network) } }
    }
    wrong = example
    wrong.labels = Tensor([6, 0] as [Int64])
    #expect(throws: TorchError.self) { try checked { wrong.predict(network) } }
  }

  @Test("what is written is read again, in half precision", arguments: networks)
  func writing(_ name: String) throws {
    let folder = try TemporaryFolder()
    let (network, store) = try loaded(name)
    let weights = WeightSource(
      Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) }))
    try DiTTransformer.write(weights, network.configuration, to: folder.url)
    let copy = try DiTTransformer(folder: folder.url)
    #expect(copy.configuration == network.configuration)
    let example = try Example(name)
    // The weights have half precision.
    #expect(relativeDistance(try checked { example.predict(copy) }, example.y) < Self.tolerance)
  }

  @Test(
    "another kind of network, or sizes that cannot be, are refused with their key",
    arguments: [
      ("num_attention_heads", "0", "1 or more"), ("attention_head_dim", "5", "no multiple of 4"),
      ("sample_size", "1", "2 or more"), ("sample_size", "9000", "8192 or less"),
      ("norm_type", "\"ada_norm_single\"", "expected ada_norm_zero"),
      ("norm_elementwise_affine", "true", "expected false"),
      ("activation_fn", "\"geglu\"", "expected gelu-approximate"),
      ("attention_bias", "false", "expected true"), ("cross_attention_dim", "8", "expected none"),
      ("norm_eps", "0", "more than 0"), ("num_embeds_ada_norm", "-1", "1 or more"),
    ])
  func refused(key: String, value: String, reason: String) throws {
    let found = try refusal(
      of: DiTConfiguration.self, in: Golden.file("tiny/config.json"), key, value)
    #expect(found.contains(key) && found.contains(reason), "\(found)")
  }

  private func loaded(
    _ name: String, dtype: DType? = nil, trainable: Bool = false
  ) throws -> (DiTTransformer, ParameterStore) {
    try loadedNetwork(Golden.file(name), dtype: dtype, trainable: trainable) {
      DiTTransformer($0, $1)
    }
  }
}

/// What a transformer is given, and what diffusers' predicts.
private struct Example {
  var x: Tensor
  var timestep: Tensor
  var labels: Tensor
  var y: Tensor

  init(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    x = try golden["x"]
    timestep = try golden["timestep"]
    labels = try golden["labels"]
    y = try golden["y"]
  }

  func predict(_ network: DiTTransformer) -> Tensor {
    network(x, timesteps: timestep, labels: labels)
  }

  /// One of the batch.
  func part(_ index: Int) -> Example {
    var part = self
    func row(_ tensor: Tensor) -> Tensor { tensor.narrowed(dim: 0, start: index, length: 1) }
    (part.x, part.timestep, part.y) = (row(x), row(timestep), row(y))
    part.labels = row(labels)
    return part
  }
}
