import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct ADMTests {
  private static let sizes = {
    var sizes = ADMConfiguration()
    sizes.imageSize = 8
    sizes.modelChannels = 32
    sizes.numResBlocks = 1
    sizes.attentionResolutions = [2]
    sizes.channelMult = [1, 2]
    sizes.numHeadChannels = 32
    sizes.labels = .number
    return sizes
  }()

  private static func network(
    _ sizes: ADMConfiguration
  ) throws -> (network: ADMUNet, store: ParameterStore) {
    let store = ParameterStore(initializing: Generator(seed: 1))
    return (try store.network { ADMUNet($0, sizes) }, store)
  }

  @Test("a new denoiser predicts zero, and its first gradients reach the last layer only")
  func startsAtZero() throws {
    let (network, store) = try Self.network(Self.sizes)
    let x = Generator(seed: 2).normal([2, 3, 8, 8])
    try checked {
      let y = network(
        x, timesteps: Tensor([1, 2] as [Float]), labels: Tensor([0.5, 1] as [Float]))
      #expect(y.shape == [2, 6, 8, 8])
      #expect(y.absolute().maximum().item() == 0)
      let last = store.parameters.filter { $0.name.hasPrefix("out.2.") }.map(\.tensor)
      let first = store.parameters.filter { $0.name == "input_blocks.0.0.weight" }.map(\.tensor)
      let gradients = y.sum().gradients(by: last + first)
      #expect(gradients[0].absolute().maximum().item() > 0.1)
      #expect(gradients[2].absolute().maximum().item() == 0)
    }
  }

  @Test("a number as the label goes through two layers, label_emb.0 and label_emb.2")
  func numberLabel() throws {
    let (network, store) = try Self.network(Self.sizes)
    let weights = Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) })
    let labels = try #require(network.labelEmbedding)
    func weight(_ name: String) throws -> Tensor { try #require(weights["label_emb.\(name)"]) }
    let number = Tensor([0.25] as [Float])
    try checked {
      let hidden = silu(number * (try weight("0.weight")).squeezed(1) + (try weight("0.bias")))
      let expected = try weight("2.weight").matmul(hidden) + weight("2.bias")
      #expect(distance(labels(number, dtype: .float32).squeezed(0), expected) < 1e-6)
    }
  }

  @Test("what is written is read again, to the bit")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let (network, store) = try Self.network(Self.sizes)
    let weights = Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) })
    // Not zero, so that the last layers count.
    let source = WeightSource(weights.mapValues { $0.detached() + 0.01 })
    let built = try ParameterStore(loading: source).network { ADMUNet($0, Self.sizes) }
    try ADMUNet.write(source, Self.sizes, to: folder.url)
    let read = try ADMUNet(folder: folder.url)
    #expect(read.configuration == network.configuration)
    let x = Generator(seed: 2).normal([1, 3, 8, 8])
    let (time, label) = (Tensor([7] as [Float]), Tensor([0.5] as [Float]))
    try checked {
      let expected = built(x, timesteps: time, labels: label)
      #expect(distance(read(x, timesteps: time, labels: label), expected) == 0)
    }
  }
}
