import TestSupport
import Testing
import Torch

/// Group normalization of features whose channels lie side by side, beside LibTorch's in float64.
@Suite struct GroupNormTests {
  struct Case: Sendable {
    let sizes: [Int]
    let groups: Int
    /// How far from 0 the features are, in their deviations.
    var mean = 0.0
    var isActivated = false
    var hasWeights = true
  }

  static let cases = [
    Case(sizes: [2, 32, 5, 7], groups: 4),
    Case(sizes: [1, 48, 33, 31], groups: 3, isActivated: true),
    Case(sizes: [3, 16, 1, 1], groups: 1, isActivated: true),
    Case(sizes: [1, 64, 20, 20], groups: 64, hasWeights: false),
    Case(sizes: [2, 32, 24, 40], groups: 8, mean: 1000),
    Case(sizes: [1, 16, 1024, 1024], groups: 1),
  ]

  @Test("results are the exact ones to float32's rounding", arguments: cases)
  func values(test: Case) throws {
    let generator = Generator(seed: 6)
    let channels = test.sizes[1]
    let spread = generator.normal([1, channels, 1, 1])
    let x = (generator.normal(test.sizes) + spread + test.mean)
      .contiguous(memoryFormat: .channelsLast)
    let weight = test.hasWeights ? generator.normal([channels]) : nil
    let bias = test.hasWeights ? generator.normal([channels]) : nil
    let found = try checked {
      withoutGradients {
        x.groupNormalized(
          groups: test.groups, weight: weight, bias: bias, eps: 1e-5,
          isActivated: test.isActivated)
      }
    }
    let normalized = x.converted(to: .float64).contiguous().groupNorm(
      test.groups, weight: weight?.converted(to: .float64), bias: bias?.converted(to: .float64),
      eps: 1e-5)
    let exact = test.isActivated ? normalized.silu() : normalized
    // The features themselves hold so many digits of a number that is far from 0.
    let digits = 1e-6 * max(1, test.mean / 4)
    #expect(
      distance(found.converted(to: .float64), exact) < digits * exact.absolute().maximum().item())
  }

  @Test("bfloat16 is computed in float32 and double precision, and rounded once", arguments: cases)
  func halves(test: Case) throws {
    let generator = Generator(seed: 8)
    let channels = test.sizes[1]
    let x = (generator.normal(test.sizes) + test.mean).converted(to: .bfloat16)
      .contiguous(memoryFormat: .channelsLast)
    let weight = generator.normal([channels]).converted(to: .bfloat16)
    let bias = generator.normal([channels]).converted(to: .bfloat16)
    let found = try checked {
      withoutGradients {
        x.groupNormalized(
          groups: test.groups, weight: weight, bias: bias, eps: 1e-5,
          isActivated: test.isActivated)
      }
    }
    #expect(found.dtype == .bfloat16)
    let normalized = x.converted(to: .float64).contiguous().groupNorm(
      test.groups, weight: weight.converted(to: .float64), bias: bias.converted(to: .float64),
      eps: 1e-5)
    let exact = test.isActivated ? normalized.silu() : normalized
    let away = (found.converted(to: .float64) - exact).absolute()
    let allowed = exact.absolute() / 256 + exact.absolute().maximum() * 1e-5
    #expect((away - allowed).maximum().item() <= 0)
  }

  @Test("features in another order, and recorded ones, are normalized by LibTorch")
  func plain() {
    let generator = Generator(seed: 7)
    let x = generator.normal([2, 32, 6, 5])
    let expected = x.groupNorm(8, weight: nil, bias: nil, eps: 1e-5).silu()
    func normalized(_ x: Tensor) -> Tensor {
      x.groupNormalized(groups: 8, weight: nil, bias: nil, eps: 1e-5, isActivated: true)
    }
    #expect(distance(withoutGradients { normalized(x) }, expected) == 0)
    func squared(_ x: Tensor) -> Tensor { x * x }
    let last = x.contiguous(memoryFormat: .channelsLast)
    let plain = last.groupNorm(8, weight: nil, bias: nil, eps: 1e-5).silu()
    #expect(distance(withoutOwnKernels { normalized(last) }, plain) == 0)
    let leaf = last.withGradient()
    let gradient = squared(normalized(leaf)).sum().gradients(by: [leaf])[0]
    let own = last.withGradient()
    let sum = squared(own.groupNorm(8, weight: nil, bias: nil, eps: 1e-5).silu()).sum()
    #expect(distance(gradient, sum.gradients(by: [own])[0]) == 0)
  }

  @Test("groups that do not divide the channels are an error that says so")
  func errors() {
    let x = Tensor.zeros([1, 32, 4, 4]).contiguous(memoryFormat: .channelsLast)
    #expect {
      try checked {
        withoutGradients { x.groupNormalized(groups: 5, weight: nil, bias: nil, eps: 1e-5) }
      }
    } throws: { "\($0)".contains("divisible by num_groups") }
  }
}
