import Compiler
import Synchronization
import TestSupport
import Testing
import Torch

/// Functions that run compiled, and those that cannot.
@Suite struct CompiledTests {
  private let generator = Generator(seed: 7)

  /// Keeps what it is told.
  final class Reports: Sendable {
    private let errors = Mutex<[CompilerError]>([])
    var all: [CompilerError] { errors.withLock { $0 } }
    func add(_ error: CompilerError) { errors.withLock { $0.append(error) } }
  }

  /// How often a function itself ran, on tensors with numbers and on those without.
  final class Calls: Sendable {
    private let count = Mutex(0)
    var all: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
  }

  @Test("a function is recorded once a shape, and gives what it gives itself")
  func shapes() throws {
    let weight = generator.normal([4, 3])
    let (reports, calls, compilings) = (Reports(), Calls(), Calls())
    let compiled = Compiled<Tensor, Tensor>(
      report: reports.add, whenCompiled: { compilings.add() }
    ) { x in
      calls.add()
      return silu(x.linear(weight))
    }
    for rows in [2, 2, 5, 5, 2] {
      let x = generator.normal([rows, 3])
      #expect(relativeDistance(try checked { compiled(x) }, silu(x.linear(weight))) < 1e-6)
    }
    #expect(calls.all == 3)
    #expect(compilings.all == 3)
    #expect(reports.all.isEmpty)
  }

  @Test("what has no counterpart runs as it is, and says why once")
  func unknown() throws {
    let reports = Reports()
    let compiled = Compiled<Tensor, Tensor>(report: reports.add) { $0.cumulativeSum(dim: 0) }
    for _ in 0..<2 {
      let x = generator.normal([4])
      #expect(distance(try checked { compiled(x) }, x.cumulativeSum(dim: 0)) == 0)
    }
    #expect(reports.all == [.unknownOperation("aten::cumsum")])
  }

  @Test("what asks for numbers runs as it is")
  func numbers() throws {
    let reports = Reports()
    let compiled = Compiled<Tensor, Tensor>(report: reports.add) { x in
      x * x.sum().item()
    }
    let x = generator.normal([4]) + 2
    #expect(relativeDistance(try checked { compiled(x) }, x * x.sum()) < 1e-6)
    guard case .recording(let reason) = reports.all.first else {
      Issue.record("expected a reason, found \(reports.all)")
      return
    }
    #expect(reason.contains("aten::"))
  }

  @Test("other inputs than those that were recorded are an error")
  func misfits() throws {
    let network = try CompiledNetwork(
      try Recording([.zeros([2, 3])]) { [$0[0] * 2] }, threads: 1)
    let expected = ["float32[2, 3]"]
    #expect(throws: CompilerError.inputs(expected: expected, found: ["float32[3, 2]"])) {
      try network([.zeros([3, 2])])
    }
    #expect(throws: CompilerError.inputs(expected: expected, found: ["float64[2, 3]"])) {
      try network([.zeros([2, 3], dtype: .float64)])
    }
    #expect(throws: CompilerError.inputs(expected: expected, found: [])) { try network([]) }
  }

  @Test("an argument or a type that has no counterpart is named")
  func untranslatable() throws {
    func compile(_ input: Tensor, _ function: (Tensor) -> Tensor) throws {
      _ = try CompiledNetwork(try Recording([input]) { [function($0[0])] }, threads: 1)
    }
    #expect(throws: CompilerError.type(.uint16)) {
      try compile(.zeros([2], dtype: .uint16)) { $0.reshaped(1, 2) }
    }
    let mode = CompilerError.argument(
      operation: "aten::pad", expected: "\"constant\" or \"circular\" at place 2",
      found: "text(\"reflect\")")
    #expect(throws: mode) {
      try compile(.zeros([1, 2, 4])) { $0.padded([1, 1], mode: "reflect") }
    }
    let size = CompilerError.argument(
      operation: "aten::upsample_nearest2d.vec",
      expected: "a size or whole factors at place 2", found: "reals([1.5, 1.5])")
    #expect(throws: size) {
      try compile(.zeros([1, 1, 4, 4])) { $0.upsampledNearest2d(size: nil, scale: [1.5, 1.5]) }
    }
  }

  @Test("a graph that OpenVINO refuses is an error with its words")
  func refused() throws {
    #expect {
      try CompiledNetwork(
        try Recording([.zeros([2, 3])]) { [$0[0].sum(dims: [0])] }.withBrokenAxis, threads: 1)
    } throws: { error in
      guard case .runtime(let message) = error as? CompilerError else { return false }
      return message.contains("ReduceSum")
    }
  }

  @Test("structures of tensors give them in order, and take others in the same order")
  func structures() {
    let x = (0..<4).map { Tensor(Double($0)) }
    let structure: [[Tensor]?] = [[x[0], x[1]], nil, [x[2]], [x[3]]]
    #expect(structure.tensors.map { $0.item() } == [0, 1, 2, 3])
    let doubled = structure.replacing(x.map { $0 * 2 })
    #expect(doubled.map { $0?.count } == [2, nil, 1, 1])
    #expect(doubled.tensors.map { $0.item() } == [0, 2, 4, 6])
  }
}

extension Recording {
  /// The same recording, whose sum is over a dimension that does not exist.
  fileprivate var withBrokenAxis: Recording {
    let calls = calls.map { call in
      Call(
        name: call.name,
        arguments: call.arguments.enumerated().map { $0 == 1 ? .integers([7]) : $1 },
        results: call.results)
    }
    return Recording(tensors: tensors, inputs: inputs, outputs: outputs, calls: calls)
  }
}
