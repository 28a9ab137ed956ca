import Checkpoints
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct PointTransformerTests {
  private static let kinds = ["token", "added"]

  @Test("the predictions of random weights are those of the reference", arguments: kinds)
  func parity(kind: String) throws {
    let golden = try Golden("\(kind)/golden.safetensors")
    let network = try PointTransformer(folder: Golden.file(kind))
    let prediction = try checked { try apply(network, to: golden) }
    // float32; the reference adds and multiplies in another order.
    #expect(relativeDistance(prediction, try golden["prediction"]) < 1e-5)
  }

  @Test("the derivatives are those of the reference", arguments: kinds)
  func derivatives(kind: String) throws {
    let golden = try Golden("\(kind)/golden.safetensors")
    let weights = try PointTransformer.weightsToTrain(
      folder: Golden.file(kind), configuration(kind))
    let store = ParameterStore(loading: weights, dtype: .float32, trainable: true)
    let sizes = try configuration(kind)
    let network = try store.network { PointTransformer($0, sizes) }
    try expectDerivatives(of: golden, by: store, within: 1e-5) { try apply(network, to: golden) }
  }

  @Test("points in another order are the same points in that order", arguments: kinds)
  func permutations(kind: String) throws {
    let golden = try Golden("\(kind)/golden.safetensors")
    let network = try PointTransformer(folder: Golden.file(kind))
    let order = Tensor([4, 0, 8, 3, 1, 7, 2, 6, 5])
    let (turned, expected) = try checked {
      let x = try golden["x"].indexSelected(dim: 2, order)
      return (
        network(x, timestep: try golden["timestep"], condition: try golden["states"]),
        try golden["prediction"].indexSelected(dim: 2, order)
      )
    }
    #expect(relativeDistance(turned, expected) < 1e-5)
  }

  @Test("it takes other numbers of points than it was trained for, and starts a training for them")
  func otherCounts() throws {
    var sizes = try configuration("token")
    sizes.points = 4
    let weights = try PointTransformer.weightsToTrain(
      folder: Golden.file("token"), ofAnyPoints: sizes)
    let network = try ParameterStore(loading: weights, dtype: .float32).network {
      PointTransformer($0, sizes)
    }
    let prediction = try checked {
      network(.zeros([2, 6, 4]), timestep: .zeros([2]), condition: .zeros([2, 3, 10]))
    }
    #expect(prediction.shape.sizes == [2, 6, 4])
    sizes.width = 48
    #expect(throws: ConfigurationError.self) {
      try PointTransformer.weightsToTrain(folder: Golden.file("token"), ofAnyPoints: sizes)
    }
  }

  @Test("new weights predict nothing, and what is written is read again")
  func writing() throws {
    let sizes = PointTransformerConfiguration(
      points: 9, width: 8, layers: 1, heads: 2, conditionChannels: 10)
    let store = ParameterStore(initializing: Generator(seed: 3))
    let network = try store.network { PointTransformer($0, sizes) }
    let (x, states) = (Tensor.ones([1, 6, 9]), Tensor.ones([1, 2, 10]))
    let prediction = try checked { network(x, timestep: .ones([1]), condition: states) }
    #expect(distance(prediction, .zeros([1, 6, 9])) == 0)
    let folder = try TemporaryFolder()
    let golden = WeightSource(
      try Checkpoint(
        contentsOf: Golden.file("token/diffusion_pytorch_model.safetensors")))
    try PointTransformer.write(golden, configuration("token"), to: folder.url)
    let read = try PointTransformer(folder: folder.url)
    #expect(read.configuration == (try configuration("token")))
    let fixture = try Golden("token/golden.safetensors")
    // The weights were rounded to half precision.
    #expect(
      relativeDistance(try checked { try apply(read, to: fixture) }, try fixture["prediction"])
        < 5e-3)
  }

  @Test("what is seen in a picture is brought in as the reference's states are")
  func pictures() throws {
    let golden = try Golden("token/golden.safetensors")
    var sizes = try configuration("token")
    sizes.pictureChannels = sizes.conditionChannels
    let known = WeightSource(
      try Checkpoint(contentsOf: Golden.file("token/diffusion_pytorch_model.safetensors")))
    var weights = try known.names.reduce(into: [:]) { $0[$1] = try known.tensor($1) }
    for (name, tensor) in weights where name.hasPrefix("clip_embed.") {
      weights[name.replacing("clip_embed", with: "picture_embed")] = tensor
    }
    let network = try ParameterStore(loading: WeightSource(weights), dtype: .float32)
      .network { PointTransformer($0, sizes) }
    // The reference sees all states; here the last one is of the picture.
    let prediction = try checked {
      let states = try golden["states"]
      let said = states.shape[1] - 1
      return network(
        try golden["x"], timestep: try golden["timestep"],
        condition: states.narrowed(dim: 1, start: 0, length: said),
        seen: states.narrowed(dim: 1, start: said, length: 1))
    }
    #expect(relativeDistance(prediction, try golden["prediction"]) < 1e-5)
  }

  @Test("a training that sees pictures starts from a network that does not")
  func learnsToSee() throws {
    var sizes = try configuration("token")
    sizes.pictureChannels = 7
    let weights = try PointTransformer.weightsToTrain(
      folder: Golden.file("token"), ofAnyPoints: sizes, seed: 3)
    let known = WeightSource(
      try Checkpoint(contentsOf: Golden.file("token/diffusion_pytorch_model.safetensors")))
    #expect(Set(weights.names).subtracting(known.names).count == 4)
    for name in known.names {
      #expect(distance(try weights.tensor(name), try known.tensor(name)) == 0)
    }
    let network = try ParameterStore(loading: weights, dtype: .float32)
      .network { PointTransformer($0, sizes) }
    let folder = try TemporaryFolder()
    try PointTransformer.write(weights, sizes, to: folder.url)
    #expect(try PointTransformer(folder: folder.url).configuration == network.configuration)
    // One that sees is no start for one that does not.
    sizes.pictureChannels = nil
    #expect(throws: ConfigurationError.self) {
      try PointTransformer.weightsToTrain(folder: folder.url, ofAnyPoints: sizes)
    }
  }

  @Test(
    "an impossible size is refused, by name",
    arguments: [
      ("n_ctx", "0", "n_ctx: expected 1 or more, found 0"),
      ("width", "25", "width: 25 channels do not divide into 3 heads and in two"),
      ("init_scale", "-1", "init_scale: expected a number above 0, found -1.0"),
      ("picture_feature_dim", "0", "picture_feature_dim: expected 1 or more, found 0"),
    ])
  func refusals(key: String, value: String, reason: String) throws {
    let file = Golden.file("token/config.json")
    #expect(try refusal(of: PointTransformerConfiguration.self, in: file, key, value) == reason)
  }

  private func apply(_ network: PointTransformer, to golden: Golden) throws -> Tensor {
    network(
      try golden["x"], timestep: try golden["timestep"], condition: try golden["states"])
  }

  private func configuration(_ kind: String) throws -> PointTransformerConfiguration {
    try readConfiguration(from: Golden.file("\(kind)/config.json"))
  }
}
