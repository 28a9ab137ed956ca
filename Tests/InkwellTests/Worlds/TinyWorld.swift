import Foundation
import Layers
import Models
import TestSupport
import Torch
import Training

@testable import Inkwell

/// A data set of six short drives, and the smallest network that can be trained on them.
enum TinyWorld {
  static let pastFrames = 2

  /// Writes the data set into `street`.
  static func make(frames: Int = 8) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let request = try Synthesize.Request(
      episodes: 7, seed: 2, episodesPerShard: 4, street: StreetSettings(frames: frames))
    _ = try Synthesize(output: folder.file("street"))(request)
    return folder
  }

  /// Patches of 4 x 4 pixels, two frames before the next one, and five actions.
  static var network: ADMConfiguration {
    var sizes = ADMConfiguration()
    (sizes.imageSize, sizes.inChannels, sizes.outChannels) = (8, 3 * 48, 48)
    (sizes.modelChannels, sizes.numResBlocks, sizes.channelMult) = (32, 1, [1])
    (sizes.attentionResolutions, sizes.labels, sizes.numHeadChannels) = ([], .classes(5), 32)
    return sizes
  }

  static var about: WorldModelDetails {
    WorldModelDetails(
      summary: "a street", side: 32, frameRate: 10, pastFrames: pastFrames, patchSize: 4,
      actions: StreetAction.allCases.map(\.rawValue), sigmaMax: 5, steps: 2)
  }

  static func training(_ folder: TemporaryFolder, steps: Int) throws -> WorldTraining {
    WorldTraining(
      data: folder.file("street").path(percentEncoded: false), pastFrames: pastFrames,
      patchSize: 4, network: network, pastNoise: 0.1, levelMean: -0.4, levelDeviation: 1.2,
      plan: try TrainingPlan(
        steps: steps, batchSize: 8, learningRate: LearningRate(peak: 0.003, warmupSteps: 1),
        averageDecay: 0.9, seed: 3, saveEvery: 1, sampleEvery: max(steps, 4)))
  }

  /// Writes a model whose weights are random, those too that begin with zeros, into `world`.
  @discardableResult
  static func model(_ folder: TemporaryFolder, seed: UInt64 = 1) throws -> WorldModelFolder {
    let store = ParameterStore(initializing: Generator(seed: seed))
    _ = try store.network { ADMUNet($0, network) }
    let generator = Generator(seed: seed + 1)
    let tensors = Dictionary(
      uniqueKeysWithValues: store.parameters.map { parameter in
        (parameter.name, generator.normal(parameter.tensor.shape.sizes) * 0.05)
      })
    return try WorldModel.write(
      WeightSource(tensors), network, about: about, to: folder.file("models/world"))
  }

  static func library(_ folder: TemporaryFolder) -> ModelLibrary {
    ModelLibrary(folders: [folder.file("models")])
  }
}
