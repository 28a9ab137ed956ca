import Testing
import Torch

@Suite("checked blocks")
struct CheckedTests {
  private struct Refusal: Error {}

  @Test("a failed operation throws LibTorch's own message and the process goes on")
  func failure() throws {
    let a = Tensor.ones([2, 3])
    let error = #expect(throws: TorchError.self) { try checked { a.matmul(a) + 1 } }
    #expect(error?.description == "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")
    let sum = try checked { (a * 2 + 1).sum().item() }
    #expect(sum == 18)
  }

  @Test("of several errors the first is thrown, and not what followed from it")
  func first() {
    let a = Tensor.ones([2, 3])
    let error = #expect(throws: TorchError.self) {
      try checked { (a.reshaped(7) + 1).matmul(a).unsqueezed(9) }
    }
    #expect(error?.description == "shape '[7]' is invalid for input of size 6")
  }

  @Test("an inner block throws what happened in it, and leaves the outer one clean")
  func nested() throws {
    let a = Tensor.ones([2, 3])
    let sum = try checked {
      #expect(throws: TorchError.self) { try checked { a.reshaped(7) } }
      return a.sum().item()
    }
    #expect(sum == 6)
  }

  @Test("what an inner block throws passes through the outer one")
  func rethrown() {
    let a = Tensor.ones([2, 3])
    let error = #expect(throws: TorchError.self) {
      try checked { try checked { a.reshaped(7) }.reshaped(5) }
    }
    #expect(error?.description == "shape '[7]' is invalid for input of size 6")
  }

  @Test("an outer block's own error comes after an inner one succeeded")
  func outer() {
    let a = Tensor.ones([2, 3])
    #expect(throws: TorchError.self) {
      try checked {
        let bad = a.reshaped(7)
        let good = try checked { a.sum().item() }
        #expect(good == 6)
        return bad
      }
    }
  }

  @Test("the body's own error is thrown as it is, unless a failed operation came before")
  func ownErrors() {
    #expect(throws: Refusal.self) { try checked { throw Refusal() } }
    #expect(throws: TorchError.self) {
      try checked {
        _ = Tensor.ones([2]).reshaped(7)
        throw Refusal()
      }
    }
  }

  @Test("what a failed operation gives has no shape and no value, and nothing that reads it traps")
  func poisoned() {
    #expect(throws: TorchError.self) {
      try checked {
        let bad = Tensor.ones([2, 3]).reshaped(7)
        #expect(bad.shape == [] && bad.rank == 0 && bad.strides == [])
        #expect(bad.item().isNaN)
        #expect(bad.values(as: Float.self).isEmpty)
        #expect(bad.device == .cpu && bad.dtype == .float32 && bad.isContiguous())
        #expect(!bad.requiresGradient && bad.gradient == nil)
        #expect((bad + 1).item().isNaN && bad.chunked(2).isEmpty)
        #expect(bad.withGradient().gradients(by: [bad]).count == 1)
        bad.clearGradient()
        bad.backward()
        bad.zero()
        #expect(bad.description == "float32[] []")
      }
    }
  }

  @Test("a dimension that does not exist is an error, and not a trap")
  func shapes() throws {
    let shape = Tensor.ones([2, 3, 4]).shape
    #expect(try checked { [shape[0], shape[2], shape[-1], shape[-3]] } == [2, 4, 4, 2])
    for index in [3, -4, 100] {
      let error = #expect(throws: TorchError.self) { try checked { shape[index] } }
      #expect(
        error?.description == "dimension \(index) of a tensor of shape [2, 3, 4] does not exist")
    }
    #expect(Array(shape) == [2, 3, 4] && shape.elementCount == 24 && shape.count == 3)
  }

  @Test("item() is for one element")
  func item() throws {
    #expect(try checked { Tensor.full([1, 1], 3).item() } == 3)
    #expect(throws: TorchError.self) { try checked { Tensor.ones([2]).item() } }
    #expect(throws: TorchError.self) { try checked { Tensor.ones([0]).item() } }
  }
}
