import TestSupport
import Testing
import Torch

/// Calls of functions of tensors, as the operations that they make.
@Suite struct RecordingTests {
  @Test("operations are recorded with their arguments, and nothing is computed")
  func calls() throws {
    let weight = Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3]).converted(to: .float32)
    let recording = try Recording([.zeros([4, 3])]) { [$0[0].linear(weight).softmax(dim: -1)] }
    #expect(recording.inputs == [0])
    #expect(recording.outputs == [3])
    #expect(recording.calls.map(\.name) == ["aten::linear", "aten::softmax.int"])
    #expect(
      recording.calls.map(\.arguments) == [
        [.tensor(0), .tensor(1), .none], [.tensor(2), .integer(-1), .none],
      ])
    #expect(recording.calls.map(\.results) == [[2], [3]])
    #expect(recording.tensors.map(\.shape) == [[4, 3], [2, 3], [4, 2], [4, 2]])
    #expect(recording.tensors.map { $0.constant != nil } == [false, true, false, false])
    #expect(recording.tensors[1].constant?.isIdentical(to: weight) == true)
  }

  @Test("what does not come from an input is computed, and is a constant")
  func constants() throws {
    let recording = try Recording([.zeros([2])]) { inputs in
      [inputs[0] + (Tensor([1.0, 2.0]) * 3).converted(to: .float32)]
    }
    #expect(recording.calls.map(\.name) == ["aten::add.Tensor"])
    let constants = recording.tensors.compactMap(\.constant)
    #expect(constants.map { $0.values(as: Float.self) } == [[3, 6]])
  }

  @Test("lists, numbers of all kinds and words are kept")
  func arguments() throws {
    let recording = try Recording([.zeros([1, 4, 4, 4])]) { inputs in
      let x = inputs[0]
      return [[x, x].concatenated(dim: 1), x.gelu(approximate: "tanh")] + x.chunked(2, dim: 1)
        + [x.upsampledNearest2d(size: nil, scale: [2, 2]), x.multiplied(by: 0.5)]
    }
    #expect(
      recording.calls.map(\.arguments) == [
        [.tensors([0, 0]), .integer(1)], [.tensor(0), .text("tanh")],
        [.tensor(0), .integer(2), .integer(1)], [.tensor(0), .none, .reals([2, 2])],
        [.tensor(0), .real(0.5)],
      ])
    #expect(recording.calls.map { $0.results.count } == [1, 1, 2, 1, 1])
  }

  @Test("our own kernels are recorded as LibTorch's operations")
  func kernels() throws {
    let weight = Generator(seed: 1).normal([5, 3])
    let recording = try Recording([.zeros([2, 3])]) { inputs in
      let x = inputs[0].geluTanh(reusingMemory: true)
      return [PackedWeight(weight, rows: 2)?.linear(x, bias: nil) ?? x.linear(weight)]
    }
    #expect(recording.calls.map(\.name) == ["aten::gelu", "aten::linear"])
  }

  @Test("writing into a tensor that comes from an input is an error that names the operation")
  func writes() {
    for write in [{ $0.add(Tensor.ones([3])) }, { $0.zero() }] as [(Tensor) -> Void] {
      #expect {
        try Recording([.zeros([2, 3])]) { inputs in
          let row = inputs[0].selected(dim: 0, index: 0)
          _ = write(row)
          return [inputs[0]]
        }
      } throws: { error in
        "\(error)".contains("_") && "\(error)".contains("writes into a tensor")
      }
    }
    #expect(throws: Never.self) {
      // A constant may be written into: it is not recorded.
      try Recording([.zeros([3])]) { inputs in
        let own = Tensor.ones([3])
        _ = own.add(Tensor.ones([3]))
        return [inputs[0] + own]
      }
    }
  }

  @Test("numbers of a tensor that comes from an input are an error")
  func numbers() {
    #expect(throws: TorchError.self) {
      try Recording([.zeros([3])]) { [$0[0] * $0[0].sum().item()] }
    }
  }

  @Test("shapes that do not fit are the errors that they are without a recording")
  func misfits() {
    let kernel = Tensor.zeros([1, 1, 5, 5])
    let functions: [(Tensor) -> Tensor] = [
      { $0 + Tensor.zeros([3]) }, { $0.conv2d(kernel) }, { $0.conv2d(.zeros([1, 3, 1, 1])) },
      { $0.scaledDotProductAttention(.zeros([1, 1, 2, 3]), .zeros([1, 1, 2, 3])) },
    ]
    for function in functions {
      #expect(throws: TorchError.self) {
        try Recording([.zeros([1, 1, 4, 4])]) { [function($0[0])] }
      }
      #expect(throws: TorchError.self) { try checked { function(.zeros([1, 1, 4, 4])) } }
    }
  }

  @Test("a recording ends with its function, even where that throws")
  func ends() throws {
    struct Stop: Error {}
    #expect(throws: Stop.self) { try Recording([.zeros([2])]) { _ in throw Stop() } }
    let x = try checked { Tensor([1.0, 2.0]) * 2 }
    #expect(x.values(as: Double.self) == [2, 4])
  }
}
