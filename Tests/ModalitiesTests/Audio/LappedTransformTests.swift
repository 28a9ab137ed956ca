import Foundation
import Testing
import Torch

@testable import Modalities

@Suite struct LappedTransformTests {
  @Test("it is orthogonal: the inverse gives the sound back, and no power is lost")
  func orthogonal() throws {
    let transform = LappedTransform(bands: 8)
    let x = Generator(seed: 1).normal([3, 40])
    let (y, back) = try checked {
      let y = transform(x)
      return (y, transform.inverse(y))
    }
    #expect(y.shape.sizes == [3, 5, 8])
    #expect((back - x).absolute().maximum().item() < 1e-5)
    #expect(abs(y.vectorNorm().item() / x.vectorNorm().item() - 1) < 1e-6)
  }

  @Test("a tone is in the band of its frequency", arguments: [3, 20, 57])
  func tone(band: Int) throws {
    let bands = 64
    // Between the edges of the band, which is half of the sample rate over the number of bands.
    let frequency = (Double(band) + 0.5) / Double(2 * bands)
    let samples = (0..<1024).map { Float(sin(2 * .pi * frequency * Double($0))) }
    let power = try checked {
      LappedTransform(bands: bands)(Tensor(samples)).narrowed(dim: 0, start: 2, length: 10)
        .power(2).sum(dims: [0])
    }.values(as: Double.self)
    #expect(power.indices.max { power[$0] < power[$1] } == band)
    let near = power[max(band - 2, 0)...band + 2].reduce(0, +)
    #expect(near > 0.99 * power.reduce(0, +))
  }
}
