import Foundation
import Layers
import Models
import TestSupport
import Torch

@testable import Inkwell

/// Pixel models of 8 x 8 pixels with random weights.
enum TinyPixelModel {
  static let sizes = {
    var sizes = ADMConfiguration()
    sizes.imageSize = 8
    (sizes.inChannels, sizes.outChannels) = (1, 1)
    sizes.modelChannels = 32
    sizes.numResBlocks = 1
    sizes.attentionResolutions = []
    sizes.channelMult = [1, 1]
    sizes.numHeadChannels = 16
    sizes.labels = .classes(4)
    return sizes
  }()

  static let about = PixelModelIndex.About(
    summary: "noise", labels: .classes(names: ["left", "right", "up"]),
    settings: PixelSettings(steps: 3))

  /// Three classes and a fourth for none, over DDPM's chain.
  static func parts() throws -> PixelModel.Parts {
    PixelModel.Parts(
      network: sizes, weights: try weights(seed: 1) { ADMUNet($0, sizes) },
      scheduler: PixelScheduler(.linear, output: .epsilon), about: about)
  }

  static func classifier(
    classes: Int = 3
  ) throws -> (sizes: ADMClassifierConfiguration, weights: WeightSource) {
    var trunk = sizes
    trunk.labels = nil
    trunk.outChannels = classes
    let sizes = ADMClassifierConfiguration(trunk, pool: .adaptive)
    return (sizes, try weights(seed: 2) { ADMClassifier($0, sizes) })
  }

  /// Random weights, none of them zero, so that the label and the level count.
  static func weights<Network>(
    seed: UInt64, _ build: (Scope) throws -> Network
  ) throws -> WeightSource {
    let store = ParameterStore(initializing: Generator(seed: seed))
    _ = try store.network(build)
    let noise = Generator(seed: seed + 100)
    return WeightSource(
      Dictionary(
        uniqueKeysWithValues: store.parameters.map { parameter in
          let shape = parameter.tensor.shape.sizes
          return (parameter.name, parameter.tensor.detached() + 0.1 * noise.normal(shape))
        }))
  }
}
