import TestSupport
import Testing
import Torch

@testable import Diffusion

@Suite struct RigidMotionTests {
  private let generator = Generator(seed: 4)

  @Test("a motion that was made is found, in batches too")
  func exact() {
    let x = generator.normal([5, 7, 3], dtype: .float64)
    let vectors = generator.normal([5, 3], dtype: .float64)
    let rotation = Rotations.matrices(vectors).reshaped([5, 3, 3])
    let shift = generator.normal([5, 1, 3], dtype: .float64)
    let y = x.matmul(rotation.transposed(-2, -1)) + shift
    let motion = RigidMotion(moving: x, onto: y)
    #expect(distance(motion.rotation, rotation) < 1e-12)
    #expect(distance(motion(x), y) < 1e-12)
  }

  @Test("no rotation near the one that is found brings the points closer, and none is a reflection")
  func least() {
    let x = generator.normal([9, 3], dtype: .float64)
    // The mirror image, with noise.
    let y = x * Tensor([-1.0, 1, 1]) + 0.1 * generator.normal([9, 3], dtype: .float64)
    let motion = RigidMotion(moving: x, onto: y)
    let r = motion.rotation
    #expect(
      distance(
        r.matmul(r.transposed(-2, -1)), Tensor([1.0, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3, 3]))
        < 1e-12)
    // The third row is the product of the others: the determinant is 1.
    let e = r.values(as: Double.self)
    #expect(abs(e[0] * e[4] - e[1] * e[3] - e[8]) < 1e-12)
    let found = error(motion(x), y)
    for _ in 0..<50 {
      let nearby = Rotations.matrices(0.05 * generator.normal([1, 3], dtype: .float64))
        .reshaped([3, 3])
      let centre = motion(x).mean(dims: [0], keepingDims: true)
      #expect(error((motion(x) - centre).matmul(nearby) + centre, y) >= found)
    }
  }

  @Test("points in a line or in one place have a motion, too")
  func degenerate() {
    let line = Tensor([0.0, 0, 0, 1, 0, 0, 2, 0, 0], shape: [3, 3])
    let turned = Tensor([1.0, 0, 0, 1, 1, 0, 1, 2, 0], shape: [3, 3])
    #expect(distance(RigidMotion(moving: line, onto: turned)(line), turned) < 1e-12)
    #expect(
      distance(RigidMotion(moving: 0 * line, onto: 0 * line + 1)(0 * line), 0 * line + 1) < 1e-12)
  }

  private func error(_ x: Tensor, _ y: Tensor) -> Double { ((x - y) * (x - y)).sum().item() }
}
