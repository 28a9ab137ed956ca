import Layers
import TestSupport
import Testing
import Torch

@testable import Evaluation

@Suite struct PictureTextModelTests {
  let store = ParameterStore(initializing: Generator(seed: 3))
  let model: PictureTextModel

  init() throws {
    let configuration = PictureTextModel.Configuration(
      pictureChannels: 6, textChannels: 4, hidden: 16, outputs: 8)
    model = try store.network { PictureTextModel($0, configuration) }
  }

  @Test("the loss is the mean of both cross-entropies of the scaled cosines")
  func loss() throws {
    let generator = Generator(seed: 4)
    let captions = generator.normal([5, 4])
    let pictures = generator.normal([5, 6])
    try withoutGradients {
      let cosines = try checked { model.likeness(captions: captions, pictures: pictures) }
      #expect(cosines.absolute().maximum().item() <= 1.000001)
      let logits = cosines / 0.07
      let diagonal = (logits * Tensor.range(to: 5).oneHot(5).converted(to: .float32)).sum()
      let sums = logits.logSumExp(dims: [1]).sum() + logits.logSumExp(dims: [0]).sum()
      let expected = (sums / 2 - diagonal) / 5
      let found = model.loss(captions: captions, pictures: pictures)
      #expect(distance(found, expected) < 1e-5)
    }
  }

  @Test("following the gradient brings captions to their pictures")
  func learns() throws {
    let generator = Generator(seed: 5)
    let pictures = generator.normal([32, 6])
    let captions = pictures.matmul(generator.normal([6, 4]))
    func loss() throws -> Tensor {
      try checked { model.loss(captions: captions, pictures: pictures) }
    }
    let before = try loss().item()
    for _ in 0..<60 {
      let gradients = try loss().gradients(by: store.parameters.map(\.tensor))
      withoutGradients {
        for (parameter, gradient) in zip(store.parameters, gradients) {
          _ = parameter.tensor.add(gradient, alpha: -0.02)
        }
      }
    }
    #expect(try loss().item() < 0.7 * before)
  }
}
