import Foundation
import TestSupport
import Testing
import Torch

@Suite("gradients")
struct GradientTests {
  @Test("backward adds the derivative to every leaf, again and again, until it is cleared")
  func backward() {
    let x = Tensor([1.0, 2.0, 3.0]).withGradient()
    #expect(x.requiresGradient && x.gradient == nil)
    (x * x).sum().backward()
    #expect(x.gradient?.values(as: Double.self) == [2, 4, 6])
    (x * x).backward(Tensor([1.0, 10.0, 100.0]))
    #expect(x.gradient?.values(as: Double.self) == [4, 44, 606])
    x.clearGradient()
    #expect(x.gradient == nil)
  }

  @Test("gradients(by:) leaves the leaves' own alone, and takes a seed")
  func gradients() {
    let x = Tensor([1.0, 2.0]).withGradient()
    let y = Tensor([3.0, 5.0]).withGradient()
    let parts = (x * y).gradients(by: [y, x], seed: Tensor([1.0, -1.0]))
    #expect(parts.map { $0.values(as: Double.self) } == [[1, -2], [3, -5]])
    #expect(x.gradient == nil && y.gradient == nil)
  }

  @Test("a derivative with its graph is differentiated again: x³ gives 3x², 6x and 6")
  func higher() throws {
    let x = Tensor([2.0]).withGradient()
    let first = (x * x * x).gradients(by: [x], createsGraph: true)[0]
    let second = first.gradients(by: [x], createsGraph: true)[0]
    let third = second.gradients(by: [x])[0]
    #expect([first, second, third].map { $0.item() } == [12, 12, 6])
    let plain = (x * x * x).gradients(by: [x])[0]
    #expect(!plain.requiresGradient)
    #expect(throws: TorchError.self) { try checked { plain.gradients(by: [x]) } }
  }

  @Test("what has no derivative, or more than one without a seed, is an error")
  func errors() {
    let x = Tensor([1.0, 2.0]).withGradient()
    #expect(throws: TorchError.self) { try checked { (x * x).backward() } }
    #expect(throws: TorchError.self) { try checked { Tensor([1.0]).backward() } }
    #expect(throws: TorchError.self) {
      try checked { x.sum().gradients(by: [Tensor([1.0]).withGradient()]) }
    }
    #expect(throws: TorchError.self) { try checked { Tensor([1, 2]).withGradient() } }
    #expect(throws: TorchError.self) { try checked { x.add(x) } }
  }

  @Test("nothing is recorded without gradients, and recording comes back, also after an error")
  func modes() {
    struct Refusal: Error {}
    let x = Tensor([1.0]).withGradient()
    let inner = withoutGradients { (x * 2, withGradients { x * 2 }, x * 2) }
    #expect(!inner.0.requiresGradient && inner.1.requiresGradient && !inner.2.requiresGradient)
    #expect(throws: Refusal.self) { try withoutGradients { throw Refusal() } }
    #expect((x * 2).requiresGradient && !(x * 2).detached().requiresGradient)
  }

  @Test("withGradient shares the memory, and changes in place reach through")
  func leaves() {
    let x = Tensor([1.0, 2.0])
    let leaf = x.withGradient()
    withoutGradients { _ = leaf.multiply(by: 3) }
    #expect(x.values(as: Double.self) == [3, 6] && !x.requiresGradient)
  }

  @Test("autocast computes products in the dtype, keeps sums in float32, and nests")
  func autocast() {
    let x = Generator(seed: 1).normal([4, 4])
    withAutocast(.bfloat16) {
      #expect(x.matmul(x).dtype == .bfloat16 && x.linear(x).dtype == .bfloat16)
      #expect((x + x).dtype == .float32)
      withAutocast(nil) { #expect(x.matmul(x).dtype == .float32) }
      withAutocast(.float16) { #expect(x.matmul(x).dtype == .float16) }
      #expect(x.matmul(x).dtype == .bfloat16)
    }
    #expect(x.matmul(x).dtype == .float32)
  }

  @Test("under autocast the weights' gradients are float32, and near those of float32")
  func autocastGradients() {
    let generator = Generator(seed: 2)
    let (x, weight) = (generator.normal([8, 16]), generator.normal([4, 16]).withGradient())
    func gradient() -> Tensor { x.linear(weight).sum().gradients(by: [weight])[0] }
    let rounded = withAutocast(.bfloat16, gradient)
    #expect(rounded.dtype == .float32)
    // Eight bits of precision.
    #expect(relativeDistance(rounded, gradient()) < 0.02)
  }

  @Test("what another thread casts meanwhile does not reach the gradient of a weight used twice")
  func autocastsOfOthers() {
    let generator = Generator(seed: 3)
    let (first, second) = (generator.normal([8, 16]), generator.normal([8, 16]))
    let weight = generator.normal([4, 16]).withGradient()
    func gradient(between: () -> Void) -> Tensor {
      withAutocast(.bfloat16) {
        let sum = first.linear(weight).sum()
        between()
        return (sum + second.linear(weight).sum()).gradients(by: [weight])[0]
      }
    }
    let alone = gradient {}
    let disturbed = gradient {
      let isDone = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        withAutocast(nil) {}
        isDone.signal()
      }
      isDone.wait()
    }
    #expect(distance(alone, disturbed) == 0)
  }
}
