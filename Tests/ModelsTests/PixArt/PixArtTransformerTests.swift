import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Two small transformers whose every result diffusers computed; see `pixart.py`.
@Suite struct PixArtTransformerTests {
  static let networks = ["tiny", "scaled"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the prediction is diffusers'", arguments: networks)
  func parity(_ name: String) throws {
    let example = try Example(name)
    let network = try PixArtTransformer(folder: Golden.file(name))
    let y = try checked { example.predict(network) }
    #expect(relativeDistance(y, example.y) < Self.tolerance)
  }

  @Test("so it is for latents that are wider than high", arguments: networks)
  func wide(_ name: String) throws {
    let example = try Example(name, x: "wide.x", y: "wide.y")
    let network = try PixArtTransformer(folder: Golden.file(name))
    let y = try checked { example.predict(network) }
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

  @Test("an observer sees shares of the words, at every block, and changes nothing")
  func observer() throws {
    let example = try Example("tiny")
    let network = try PixArtTransformer(folder: Golden.file("tiny"))
    var looks: [CrossAttentionObserver.Look] = []
    let (y, watched) = try checked {
      let prompt = network.prompt(example.text, mask: example.mask)
      return (
        network(example.x, timestep: example.timestep, prompt: prompt),
        network(
          example.x, timestep: example.timestep, prompt: prompt,
          observer: CrossAttentionObserver { looks.append($0) })
      )
    }
    #expect(distance(watched, y) == 0)
    #expect(
      looks.map(\.place)
        == (0..<network.configuration.numLayers).map {
          "transformer_blocks.\($0).attn2"
        })
    for look in looks {
      #expect(look.weights.shape[2] == look.rows * look.columns)
      #expect(look.weights.shape[3] == example.text.shape[1])
      #expect(
        distance(
          look.weights.sum(dims: [3]),
          .ones([1]).expanded(
            Array(look.weights.shape.dropLast()))) < 1e-5)
      // Padding has no share.
      let padding = look.weights * (1 - example.mask).unsqueezed(1, 1)
      #expect(padding.maximum().item() < 1e-30)
    }
  }

  @Test("a prediction depends neither on the others of its batch nor on padding")
  func batches() throws {
    let example = try Example("tiny")
    let network = try PixArtTransformer(folder: Golden.file("tiny"))
    let first = example.part(0, words: 3)
    let alone = try checked { first.predict(network) }
    #expect(relativeDistance(alone, first.y) < Self.tolerance)
    let second = example.part(1, words: 7)
    #expect(relativeDistance(try checked { second.predict(network) }, second.y) < Self.tolerance)
  }

  @Test(
    "prepared for a batch it predicts the same, of that size and of others", arguments: networks)
  func prepared(_ name: String) throws {
    let example = try Example(name)
    let network = try PixArtTransformer(folder: Golden.file(name))
    for batch in [example.x.shape[0], 3] {
      let prepared = try checked { network.prepared(batch: batch) }
      let y = try checked { withoutGradients { example.predict(prepared) } }
      #expect(relativeDistance(y, example.y) < Self.tolerance, "prepared for \(batch)")
    }
  }

  @Test("in bfloat16 the prediction is within its precision of float32's", arguments: networks)
  func bfloat16(_ name: String) throws {
    let example = try Example(name)
    let (network, _) = try loaded(name, dtype: .bfloat16)
    let y = try checked { example.converted(to: .bfloat16).predict(network) }
    #expect(y.dtype == .bfloat16)
    // Eight bits of precision, some ten layers deep.
    #expect(relativeDistance(y, example.y) < 0.05)
  }

  @Test("with matrix products in bfloat16 the prediction stays as near", arguments: networks)
  func autocast(_ name: String) throws {
    let example = try Example(name)
    let network = try PixArtTransformer(folder: Golden.file(name))
    let y = try checked { withAutocast(.bfloat16) { example.predict(network) } }
    #expect(relativeDistance(y, example.y) < 0.05)
  }

  @Test("blocks after the first add what they added before, as diffusers' cache has it")
  func cached() throws {
    let example = try Example("tiny")
    let later = try Example("tiny", x: "cached.x", y: "cached.y")
    let network = try PixArtTransformer(folder: Golden.file("tiny"))
    try checked {
      let prompt = network.prompt(example.text, mask: example.mask)
      func predict(_ example: Example, _ timestep: Tensor, _ cache: FeatureCache, first: Int)
        -> Tensor
      {
        network(example.x, timestep: timestep, prompt: prompt, cache: cache, first: first)
      }
      let cache = FeatureCache(.init(.interval(2)))
      let now = predict(example, example.timestep, cache, first: 1)
      #expect(relativeDistance(now, example.y) < Self.tolerance)
      let next = predict(later, example.timestep - 8, cache, first: 1)
      #expect(relativeDistance(next, later.y) < Self.tolerance)
      // With all blocks computed there is nothing to foresee.
      let whole = network(later.x, timestep: example.timestep - 8, prompt: prompt)
      #expect(relativeDistance(whole, later.y) > 1e-2)
      let all = FeatureCache(.init(.interval(2)))
      _ = predict(example, example.timestep, all, first: 5)
      #expect(distance(predict(later, example.timestep - 8, all, first: 5), whole) == 0)
    }
  }

  @Test("a threshold computes the blocks after the first where diffusers' cache does")
  func adaptive() throws {
    let example = try Example("tiny")
    let golden = try Golden("tiny/golden.safetensors")
    let (z, expected) = (try golden["adaptive.z"], try golden["adaptive.y"])
    let changes = try golden["adaptive.change"].values(as: Double.self)
    let computed = try golden["adaptive.computed"].values(as: Int.self)
    let network = try PixArtTransformer(folder: Golden.file("tiny"))
    try checked {
      let prompt = network.prompt(example.text, mask: example.mask)
      let (cache, whole) = (FeatureCache(.init(.change(0.2))), FeatureCache(.init(.interval(1))))
      for (step, change) in changes.enumerated() {
        let (x, timestep) = (example.x + change * z, example.timestep - Double(4 * step))
        func predict(_ cache: FeatureCache) -> Tensor {
          network(x, timestep: timestep, prompt: prompt, cache: cache, first: 1)
        }
        let found = predict(cache)
        let own = expected.selected(dim: 0, index: step)
        #expect(relativeDistance(found, own) < Self.tolerance, "step \(step)")
        let isWhole = relativeDistance(found, predict(whole)) < 1e-6
        #expect(isWhole == (computed[step] == 1), "step \(step)")
      }
    }
  }

  @Test("latents of other channels are an error and not a crash")
  func misfit() throws {
    let example = try Example("tiny")
    let network = try PixArtTransformer(folder: Golden.file("tiny"))
    for shape in [[2, 4, 8, 8], [2, 3, 1, 1], [3]] {
      let wrong = example.with(x: .zeros(shape))
      #expect(throws: TorchError.self) { try checked { wrong.predict(network) } }
    }
  }

  @Test("what is written is read again, in half precision", arguments: networks)
  func writing(_ name: String) throws {
    let folder = try TemporaryFolder()
    let (network, store) = try loaded(name)
    let weights = WeightSource(
      Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) }))
    try PixArtTransformer.write(weights, network.configuration, to: folder.url)
    let copy = try PixArtTransformer(folder: folder.url)
    #expect(copy.configuration == network.configuration)
    let example = try Example(name)
    // Eleven bits of precision in the weights alone.
    #expect(relativeDistance(try checked { example.predict(copy) }, example.y) < 0.005)
  }

  private func loaded(
    _ name: String, dtype: DType? = nil, trainable: Bool = false
  ) throws -> (PixArtTransformer, ParameterStore) {
    try loadedNetwork(Golden.file(name), dtype: dtype, trainable: trainable) {
      PixArtTransformer($0, $1)
    }
  }
}

/// What a transformer is given, and what diffusers' predicts.
private struct Example {
  var x: Tensor
  var timestep: Tensor
  var text: Tensor
  var mask: Tensor
  var y: Tensor

  init(_ name: String, x: String = "x", y: String = "y") throws {
    let golden = try Golden("\(name)/golden.safetensors")
    self.x = try golden[x]
    timestep = try golden["timestep"]
    text = try golden["text"]
    mask = try golden["mask"]
    self.y = try golden[y]
  }

  func predict(_ network: PixArtTransformer) -> Tensor {
    network(x, timestep: timestep, text: text, mask: mask)
  }

  /// One of the batch, with the words that are not padding.
  func part(_ index: Int, words: Int) -> Example {
    var part = self
    func row(_ tensor: Tensor) -> Tensor { tensor.narrowed(dim: 0, start: index, length: 1) }
    (part.x, part.timestep, part.y) = (row(x), row(timestep), row(y))
    part.text = row(text).narrowed(dim: 1, start: 0, length: words)
    part.mask = row(mask).narrowed(dim: 1, start: 0, length: words)
    return part
  }

  /// The same with other latents.
  func with(x: Tensor) -> Example {
    var copy = self
    copy.x = x
    return copy
  }

  /// The latents and the text in another dtype.
  func converted(to dtype: DType) -> Example {
    var copy = self
    (copy.x, copy.text) = (x.converted(to: dtype), text.converted(to: dtype))
    return copy
  }
}
