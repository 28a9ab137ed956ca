import Testing
import Torch

@testable import Layers

@Suite struct GroupMomentsTests {
  private func norm(channels: Int, groups: Int) throws -> GroupNorm {
    let generator = Generator(seed: 91)
    let weights = [
      "weight": generator.normal([channels]) + 1, "bias": generator.normal([channels]),
    ]
    return try ParameterStore(loading: WeightSource(weights)).network {
      GroupNorm($0, channels, groups: groups)
    }
  }

  @Test("pieces of unequal sizes and means have the moments of the whole, far from zero too")
  func pieces() throws {
    let norm = try norm(channels: 6, groups: 3)
    let rows = Tensor.range(to: 9).converted(to: .float32).reshaped(1, 1, 9, 1)
    let x = Generator(seed: 92).normal([1, 6, 9, 5]) + rows * 3.0 + 100.0
    var moments = norm.moments
    for (start, length) in [(0, 1), (1, 5), (6, 3)] {
      moments.add(x.narrowed(dim: 2, start: start, length: length))
    }
    let numbers = x.converted(to: .float64).reshaped(3, -1)
    let means = numbers.mean(dims: [1]).values(as: Double.self)
    let variances = numbers.variance(dims: [1], correction: 0).values(as: Double.self)
    for group in 0..<3 {
      // float32 keeps seven digits of 100.
      #expect(abs(moments.means[group] - means[group]) < 1e-4)
      #expect(abs(moments.variances[group] - variances[group]) < 1e-4 * variances[group])
    }
  }

  @Test("a normalization by known moments is the normalization of the whole")
  func fixed() throws {
    let norm = try norm(channels: 8, groups: 2)
    let x = Generator(seed: 93).normal([1, 8, 6, 4]) * 2.0 - 0.5
    var moments = norm.moments
    moments.add(x.narrowed(dim: 2, start: 0, length: 4))
    moments.add(x.narrowed(dim: 2, start: 4, length: 2))
    let difference = (norm.fixed(moments)(x) - norm(x)).absolute().maximum().item()
    #expect(difference < 1e-6)
  }
}
