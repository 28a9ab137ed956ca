import Diffusion
import Testing
import Torch

/// Self-attention guidance and thresholds.
@Suite struct SelfAttentionTests {
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
  private let base = FunctionDenoiser { x, level in level.alpha * x + 0.2 * x.tanh() }
  private let x = NoiseSource(seeds: [1, 2]).normal([3, 6, 7], dtype: .float64)
  private let mask = Tensor((0..<42).map { Double($0 % 3 / 2) }, shape: [1, 1, 6, 7])

  /// Hong et al.'s formula: the noise of the blurred sample, and away from it.
  @Test("the guided noise keeps away from the noise of the blurred sample", arguments: [1.5, 3])
  func epsilon(scale: Double) throws {
    let guided = try SelfAttentionGuided(base, scale: scale) { _, _ in mask }(x, at: level)
    let x0 = try base(x, at: level)
    let epsilon = level.epsilon(in: x, of: x0)
    let blurred = mask * gaussianBlur(x0, deviation: 1) + (1 - mask) * x0
    let xBlurred = level.noised(blurred, by: epsilon)
    let epsilonBlurred = level.epsilon(in: xBlurred, of: try base(xBlurred, at: level))
    let expected = epsilonBlurred + scale * (epsilon - epsilonBlurred)
    #expect(distance(level.epsilon(in: x, of: guided), expected) < 1e-13)
    #expect(distance(guided, x0) > 0.01)
  }

  @Test("without a mask or at scale 1 nothing changes")
  func off() throws {
    let x0 = try base(x, at: level)
    let unmasked = try SelfAttentionGuided(base, scale: 3) { _, _ in 0 * mask }(x, at: level)
    #expect(distance(unmasked, x0) < 1e-14)
    let off = SelfAttentionGuided(base, scale: 1) { _, _ in throw CancellationError() }
    #expect(distance(try off(x, at: level), x0) == 0)
  }

  @Test("a blur keeps even pictures, and means of periodic ones with a mirror at the edges")
  func blur() {
    let even = Tensor.full([1, 2, 9, 10], 0.7, dtype: .float64)
    #expect(distance(gaussianBlur(even, deviation: 2), even) < 1e-15)
    let half = gaussianBlur(x.converted(to: .bfloat16), deviation: 1)
    #expect(half.dtype == .bfloat16)
    #expect(distance(half.converted(to: .float64), gaussianBlur(x, deviation: 1)) < 0.05)
    // A blur of a blur is a wider one, but for the edges of a kernel that is cut off.
    let wave = Tensor((0..<40).map { Double($0 % 8 < 4 ? 1 : 0) }, shape: [1, 1, 1, 40])
      .repeated([1, 1, 40, 1])
    let twice = gaussianBlur(gaussianBlur(wave, deviation: 1.5), deviation: 2)
    let middle = (twice - gaussianBlur(wave, deviation: 2.5))
      .narrowed(dim: 3, start: 18, length: 4).narrowed(dim: 2, start: 18, length: 4)
    #expect(middle.absolute().maximum().item() < 1e-3)
  }

  @Test("the mask is where more attention arrives than one query gives")
  func attention() {
    // Two heads over four places; the third gets most.
    let head = Tensor([0.1, 0.1, 0.7, 0.1, 0.3, 0.2, 0.4, 0.1], shape: [2, 1, 4])
      .repeated([1, 4, 1]).unsqueezed(0)
    let mask = selfAttentionMask(head, height: 2, width: 2)
    #expect(mask.shape == [1, 1, 2, 2])
    #expect(mask.values(as: Double.self) == [0, 0, 1, 0])
  }

  @Test("thresholds hold estimates within their bounds and leave what is inside alone")
  func thresholds() throws {
    let x0 = Tensor([0.5, -0.9, 3, -2, 0.1, 0.2, -0.3, 0.4], shape: [2, 4])
    let base = FunctionDenoiser { x, _ in x }
    let clipped = try Thresholded(base, .clipped(to: 1))(x0, at: level)
    #expect(clipped.values(as: Double.self) == [0.5, -0.9, 1, -1, 0.1, 0.2, -0.3, 0.4])
    // Two thirds of the way lies the second largest of four; the other sample has none above 1.
    let dynamic = try Thresholded(base, .dynamic(quantile: 2.0 / 3))(x0, at: level)
    #expect(
      distance(dynamic, Tensor([0.25, -0.45, 1, -1, 0.1, 0.2, -0.3, 0.4], shape: [2, 4])) < 1e-15)
    let single = try Thresholded(base)(Tensor([Float(4), -0.5]), at: level)
    #expect(single.dtype == .float32)
    #expect(single.values(as: Double.self) == [1, -0.5])
  }
}
