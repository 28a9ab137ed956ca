import Testing
import Torch

@Suite struct CheckedTests {
  @Test("a failed operation throws LibTorch's own message and the process goes on")
  func failure() throws {
    let a = Tensor.ones([2, 3])
    #expect(throws: TorchError.self) { try checked { a.matmul(a) + 1 } }
    let sum = try checked { (a * 2 + 1).sum().item() }
    #expect(sum == 18)
  }

  @Test("seeds give PyTorch's numbers")
  func seeds() throws {
    let values = Generator(seed: 0).normal([4]).values(as: Float.self)
    let expected: [Float] = [
      1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991,
    ]
    #expect(values == expected)
  }

  @Test("the derivative of a square is twice the value")
  func gradient() throws {
    let x = Tensor([1.0, 2.0, 3.0]).withGradient()
    (x * x).sum().backward()
    #expect(x.gradient?.values(as: Double.self) == [2, 4, 6])
  }
}
