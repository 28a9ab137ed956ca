import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Evaluation

@Suite struct PlaceMemoryTests {
  @Test("a place is as far as the nearest one that is known")
  func distances() throws {
    let memory = PlaceMemory(Tensor([0, 0, 10, 0] as [Float], shape: [2, 2]))
    // The places (3, 4), (10, 0) and (7, 4).
    let map = Tensor([3, 10, 7, 4, 0, 4] as [Float], shape: [1, 2, 1, 3])
    let found = try checked { memory.distances(map) }
    #expect(found.shape == [1, 1, 3])
    #expect(found.values(as: Float.self) == [5, 0, 5])
  }

  @Test("a place's features are blended with those around it, and a constant stays")
  func blending() {
    let map = Tensor.zeros([1, 1, 5, 5])
    map.narrowed(dim: 2, start: 2, length: 1).narrowed(dim: 3, start: 2, length: 1)
      .copy(from: .full([1, 1, 1, 1], 9))
    let blended = PlaceMemory.blended(map)
    #expect(blended.shape == [1, 1, 5, 5])
    #expect(abs(blended.sum().item() - 9) < 1e-5)
    #expect(abs(blended.maximum().item() - 1) < 1e-6)
    #expect(distance(PlaceMemory.blended(.full([1, 2, 4, 4], 3)), .full([1, 2, 4, 4], 3)) < 1e-6)
  }
}

@Suite struct DisagreementTests {
  @Test("three points on a line")
  func line() throws {
    let others = Tensor([0, 2] as [Float], shape: [2, 1])
    #expect(try disagreement(of: Tensor([5] as [Float]), with: others) == 2)
    #expect(try disagreement(of: Tensor([1] as [Float]), with: others) == 0.5)
  }

  @Test("one of them disagrees no more than they do with each other")
  func same() throws {
    let x = Generator(seed: 1).normal([400, 32])
    let found = try disagreement(
      of: x.selected(dim: 0, index: 0), with: x.narrowed(dim: 0, start: 1, length: 399))
    #expect(abs(try #require(found) - 1) < 0.15)
  }

  @Test("others that are all the same cannot be disagreed with")
  func none() throws {
    #expect(try disagreement(of: Tensor([5] as [Float]), with: .zeros([3, 1])) == nil)
  }
}

@Suite struct WordsFitTests {
  let generator = Generator(seed: 1)

  @Test("the surprise is the cross-entropy of the own caption among all")
  func definition() throws {
    let model = try model()
    let (captions, pictures) = (generator.normal([4, 5]), generator.normal([4, 6]))
    let others = generator.normal([9, 5])
    let fit = try model.fit(captions: captions, pictures: pictures, others: others)
    for index in 0..<4 {
      let all = [captions.narrowed(dim: 0, start: index, length: 1), others].concatenated()
      let scores = model.likeness(
        captions: all, pictures: pictures.narrowed(dim: 0, start: index, length: 1)
      ).values(as: Float.self).map { Double($0) / 0.07 }
      let total = log(scores.map { exp($0) }.reduce(0, +))
      #expect(abs(fit.surprises[index] - (total - scores[0])) < 1e-3)
      #expect(fit.better[index] == scores.dropFirst().count { $0 > scores[0] })
    }
  }

  @Test("a caption beside itself is one of two")
  func twice() throws {
    let caption = generator.normal([1, 5])
    let fit = try model().fit(
      captions: caption, pictures: generator.normal([1, 6]), others: caption)
    #expect(abs(fit.surprises[0] - log(2)) < 1e-5)
    #expect(fit.better == [0])
  }

  private func model() throws -> PictureTextModel {
    try ParameterStore(initializing: Generator(seed: 2)).network {
      PictureTextModel($0, .init(pictureChannels: 6, textChannels: 5, hidden: 8, outputs: 4))
    }
  }
}

@Suite struct UsualValuesTests {
  let usual = UsualValues((0...1000).map(Double.init))

  @Test("the values and shares of an even spread are its fractions")
  func even() {
    #expect(usual.count == 1001 && usual.median == 500)
    for fraction in [0, 0.003, 0.05, 0.33, 0.9982, 1] {
      #expect(abs(usual.value(at: fraction) - 1000 * fraction) < 1e-9)
      #expect(abs(usual.share(to: 1000 * fraction) - fraction) < 1e-9)
      #expect(abs(usual.share(from: 1000 * fraction) - (1 - fraction)) < 1e-9)
    }
  }

  @Test("what is beyond all has no share, and what is within all has the whole")
  func ends() {
    #expect(usual.share(to: -1) == 0 && usual.share(from: 1001) == 0)
    #expect(usual.share(to: 1001) == 1 && usual.share(from: -1) == 1)
  }

  @Test("a value that all have is shared by all")
  func constant() {
    let same = UsualValues([3, 3, 3])
    #expect(same.share(to: 3) == 1 && same.share(from: 3) == 1)
    #expect(same.share(to: 2.9) == 0 && same.share(from: 3.1) == 0)
    #expect(same.value(at: 0.4) == 3)
  }

  @Test("a table is read again, and one that falls is refused")
  func reading() throws {
    let data = try JSONEncoder().encode(usual)
    #expect(try JSONDecoder().decode(UsualValues.self, from: data) == usual)
    let falling = #"{"count": 3, "quantiles": [2, 1]}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(UsualValues.self, from: Data(falling.utf8))
    }
  }
}
