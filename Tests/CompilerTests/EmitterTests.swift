import Compiler
import TestSupport
import Testing
import Torch

/// Every operation in a compiled network beside the same operation as LibTorch does it.
@Suite struct EmitterTests {
  /// A function of tensors and what it is given.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: @Sendable (Generator) -> [Tensor]
    let function: @Sendable ([Tensor]) -> [Tensor]

    init(
      _ name: String, _ shapes: [[Int]],
      _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
      self.init(name, inputs: { g in shapes.map { g.normal($0) } }) { [function($0)] }
    }

    init(
      _ name: String, inputs: @escaping @Sendable (Generator) -> [Tensor],
      _ function: @escaping @Sendable ([Tensor]) -> [Tensor]
    ) {
      self.name = name
      self.inputs = inputs
      self.function = function
    }

    var testDescription: String { name }
  }

  @Test(
    "a compiled operation gives what LibTorch gives",
    arguments: arithmetic + functions + comparisons + reductions + products + layers + resampling
      + shapes)
  func equal(_ example: Case) throws {
    let inputs = example.inputs(Generator(seed: 3))
    let network = try CompiledNetwork(
      try Recording(inputs) { example.function($0) }, threads: 2)
    // Other numbers than those that the shapes were taken from.
    let others = example.inputs(Generator(seed: 4))
    let expected = try checked { example.function(others) }
    let found = try network(others)
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      #expect(found.dtype == expected.dtype)
      #expect(found.shape == expected.shape)
      #expect(relativeDistance(found, expected) < 1e-5)
    }
  }

  @Test("every operation that is translated is in a case")
  func complete() throws {
    let cases =
      Self.arithmetic + Self.functions + Self.comparisons + Self.reductions + Self.products
      + Self.layers + Self.resampling + Self.shapes
    let used = try cases.flatMap { example in
      try Recording(example.inputs(Generator(seed: 3))) { example.function($0) }.calls.map(\.name)
    }
    // What Swift's operators never call by these names.
    let others: Set = ["aten::mm", "aten::view", "aten::alias"]
    #expect(Set(CompiledNetwork.operations).subtracting(used) == others)
  }
}

extension EmitterTests {
  static let arithmetic = [
    Case("sum", [[2, 3], [2, 3]]) { $0[0] + $0[1] },
    Case("sum of shapes that broadcast", [[4, 1, 3], [2, 1]]) { $0[0] + $0[1] },
    Case("sum with a factor", [[3], [3]]) { $0[0].adding($0[1], alpha: -2.5) },
    Case("sum with a number", [[3]]) { $0[0] + 2 },
    Case("difference", [[2, 3], [3]]) { $0[0] - $0[1] },
    Case("difference from a number", [[3]]) { 1 - $0[0] },
    Case("difference with a number", [[3]]) { $0[0] - 0.25 },
    Case("product", [[1, 3], [2, 1]]) { $0[0] * $0[1] },
    Case("product with a number", [[]]) { $0[0] * 3 },
    Case("quotient", [[2, 3], [2, 3]]) { $0[0] / ($0[1].absolute() + 1) },
    Case("quotient by a number", [[2, 3]]) { $0[0] / 3 },
    Case("reciprocal", [[5]]) { 2 / ($0[0].absolute() + 0.5) },
    Case("addcmul", [[2, 3], [2, 1], [3]]) { $0[0].addingProduct(of: $0[1], and: $0[2]) },
    Case("power", [[4]]) { $0[0].power(3) },
    Case("power of a tensor", [[4], [4]]) { ($0[0].absolute() + 0.1).power($0[1]) },
    Case("minimum", [[3, 2], [2]]) { $0[0].minimum($0[1]) },
    Case("maximum", [[3, 2], [2]]) { $0[0].maximum($0[1]) },
    Case("whole numbers", inputs: { g in [g.integers(in: 0..<9, [5])] }) {
      [$0[0] + 1, $0[0] * 2.5, $0[0] / 2]
    },
    Case("a constant", [[2, 3]]) { $0[0] + Tensor([1.0, 2, 3]).converted(to: .float32) },
  ]

  static let functions = [
    Case("abs", [[7]]) { $0[0].absolute() },
    Case("neg", [[7]]) { -$0[0] },
    Case("sqrt", [[7]]) { $0[0].absolute().squareRoot() },
    Case("rsqrt", [[7]]) { ($0[0].absolute() + 0.1).reciprocalSquareRoot() },
    Case("exp", [[7]]) { $0[0].exponential() },
    Case("log", [[7]]) { ($0[0].absolute() + 0.1).logarithm() },
    Case("erf", [[7]]) { $0[0].erf() },
    Case("sin", [[7]]) { $0[0].sine() },
    Case("cos", [[7]]) { $0[0].cosine() },
    Case("tanh", [[7]]) { $0[0].tanh() },
    Case("sigmoid", [[7]]) { $0[0].sigmoid() },
    Case("relu", [[7]]) { $0[0].relu() },
    Case("silu", [[3, 5]]) { silu($0[0]) },
    Case("gelu", [[3, 5]]) { $0[0].gelu() },
    Case("gelu by tanh", [[3, 5]]) { $0[0].geluTanh() },
    Case("floor", [[9]]) { ($0[0] * 3).floor() },
    Case("round", [[9]]) { ($0[0] * 6).floor().multiplied(by: 0.5).rounded() },
    Case("sign", [[9]]) { $0[0].sign() },
    Case("clamp", [[9]]) { $0[0].clamped(min: -0.5, max: 0.7) },
    Case("clamp below", [[9]]) { $0[0].clamped(min: 0.1) },
  ]

  static let comparisons = [
    Case("comparisons", inputs: { g in [g.normal([3, 4]), g.normal([4])] }) {
      [$0[0].less(than: $0[1]), $0[0].greater(than: $0[1]), $0[0].equal(to: $0[0] + 0)]
    },
    Case("comparisons with a number", inputs: { g in [g.integers(in: 0..<4, [20])] }) {
      [
        $0[0].equal(to: 2), $0[0].notEqual(to: 2), $0[0].less(than: 2), $0[0].lessOrEqual(to: 2),
        $0[0].greater(than: 1.5), $0[0].greaterOrEqual(to: 2),
      ]
    },
    Case("logic", inputs: { g in [g.normal([20]), g.normal([20])] }) {
      let (a, b) = ($0[0].greater(than: 0), $0[1].greater(than: 0))
      return [a.and(b), a.or(b), a.logicalNot()]
    },
    Case("choices", [[4, 5], [5]]) {
      let mask = $0[0].greater(than: 0)
      return mask.choosing($0[0], else: $0[1]).maskedFill($0[1].less(than: 0), with: 7)
    },
  ]

  static let reductions = [
    Case("sum over a dimension", [[2, 3, 4]]) { $0[0].sum(dims: [1]) },
    Case("sum of all", [[2, 3, 4]]) { $0[0].sum() },
    Case("mean", [[2, 3, 4]]) { $0[0].mean(dims: [-1, 0], keepingDims: true) },
    Case("greatest and least", inputs: { g in [g.normal([2, 3, 4])] }) {
      [$0[0].maximum(dims: [2]), $0[0].minimum(dims: [0, 1])]
    },
    Case("softmax", [[2, 3, 5]]) { $0[0].softmax(dim: 1) },
  ]

  static let products = [
    Case("matmul", [[2, 3, 5], [5, 7]]) { $0[0].matmul($0[1]) },
    Case("matmul of batches", [[2, 1, 3, 5], [4, 5, 6]]) { $0[0].matmul($0[1]) },
    Case("matmul by a vector", [[3, 5], [5]]) { $0[0].matmul($0[1]) },
    Case("bmm", [[2, 3, 5], [2, 5, 4]]) { $0[0].batchMatmul($0[1]) },
    Case("linear", [[2, 3, 5], [7, 5], [7]]) { $0[0].linear($0[1], bias: $0[2]) },
    Case("linear without a bias", [[5], [7, 5]]) { $0[0].linear($0[1]) },
    Case("packed linear", [[2, 3, 20]]) {
      let weight = Generator(seed: 1).normal([7, 20])
      return PackedWeight(weight, rows: 6)?.linear($0[0], bias: nil) ?? $0[0].linear(weight)
    },
    Case("attention", [[2, 3, 5, 8], [2, 3, 7, 8], [2, 3, 7, 8]]) {
      $0[0].scaledDotProductAttention($0[1], $0[2])
    },
    Case("attention with a mask", [[2, 3, 33, 8], [2, 3, 35, 8], [2, 3, 35, 8], [2, 1, 1, 35]]) {
      $0[0].scaledDotProductAttention($0[1], $0[2], mask: $0[3] * 3)
    },
    Case("causal attention with a scale", [[1, 2, 6, 4], [1, 2, 6, 4], [1, 2, 6, 4]]) {
      $0[0].scaledDotProductAttention($0[1], $0[2], isCausal: true, scale: 0.3)
    },
  ]

  static let layers = [
    Case("conv2d", [[2, 3, 7, 9], [5, 3, 3, 3], [5]]) {
      $0[0].conv2d($0[1], bias: $0[2], padding: [1, 1])
    },
    Case("conv2d with a stride, dilated", [[1, 4, 9, 8], [6, 4, 3, 2]]) {
      $0[0].conv2d($0[1], stride: [2, 1], padding: [2, 0], dilation: [1, 2])
    },
    Case("conv2d in groups", [[2, 4, 5, 5], [6, 2, 3, 3], [6]]) {
      $0[0].conv2d($0[1], bias: $0[2], groups: 2)
    },
    Case("conv1d", [[2, 3, 9], [4, 3, 3]]) { $0[0].conv1d($0[1], padding: [1]) },
    Case("group norm", [[2, 6, 3, 5], [6], [6]]) {
      $0[0].groupNorm(3, weight: $0[1], bias: $0[2], eps: 1e-3)
    },
    Case("group norm without weights", [[2, 4, 5]]) { ($0[0] * 0.01).groupNorm(2) },
    Case("layer norm", [[2, 3, 5], [5], [5]]) {
      $0[0].layerNorm([5], weight: $0[1], bias: $0[2])
    },
    Case("layer norm of two dimensions", [[2, 3, 5]]) { ($0[0] * 0.01).layerNorm([3, 5]) },
    Case(
      "table", inputs: { g in [g.normal([11, 3]), g.integers(in: 0..<11, [2, 5])] }
    ) { [$0[0].embedding($0[1])] },
    Case(
      "places", inputs: { g in [g.normal([2, 11, 3]), g.integers(in: 0..<11, [5])] }
    ) { [$0[0].indexSelected(dim: -2, $0[1])] },
  ]

  static let resampling = [
    Case("twice as large", [[2, 3, 4, 5]]) { $0[0].upsampledNearest2d(size: nil, scale: [2, 2]) },
    Case("three times as high", [[1, 2, 3, 4]]) {
      $0[0].upsampledNearest2d(size: [9, 4], scale: nil)
    },
    Case("of another size", [[1, 2, 3, 5]]) { $0[0].upsampledNearest2d(size: [7, 9], scale: nil) },
    Case("padded", [[1, 2, 3, 4]]) { $0[0].padded([1, 0, 2, 3]) },
    Case("padded with a number", [[3, 4]]) { $0[0].padded([1, 2], value: 5) },
    Case("padded with the opposite edge", [[1, 2, 3, 4]]) {
      $0[0].padded([1, 2, 0, 1], mode: "circular")
    },
    Case("pixel shuffle", [[2, 12, 3, 5]]) { $0[0].pixelShuffled(2) },
    Case("pixel unshuffle", [[2, 3, 4, 6]]) { $0[0].pixelUnshuffled(2) },
  ]

  static let shapes = [
    Case("reshape", [[2, 3, 4]]) { $0[0].reshaped(4, -1) },
    Case("flatten", [[2, 3, 4]]) { $0[0].flattened(from: 1, to: 2) },
    Case("unsqueeze", [[2, 3]]) { $0[0].unsqueezed(-1, -1) },
    Case("squeeze", [[2, 1, 3]]) { $0[0].squeezed(1) },
    Case("permute", [[2, 3, 4, 5]]) { $0[0].permuted(0, 2, -1, 1) },
    Case("transpose", [[2, 3, 4]]) { $0[0].transposed(0, -1) },
    Case("expand", [[3, 1]]) { $0[0].expanded(2, -1, 4) },
    Case("repeat", [[2, 3]]) { $0[0].repeated([2, 1, 3]) },
    Case("cat", [[2, 3], [4, 3]]) { concatenate($0[0], $0[1], dim: -2) },
    Case("stack", [[2, 3], [2, 3]]) { $0.stacked(dim: 1) },
    Case("chunk", inputs: { g in [g.normal([2, 7])] }) { $0[0].chunked(3, dim: -1) },
    Case("split", inputs: { g in [g.normal([5, 2])] }) { $0[0].split(sizes: [1, 4], dim: 0) },
    Case("narrow", [[5, 4]]) { $0[0].narrowed(dim: -1, start: 1, length: 2) },
    Case("select", [[5, 4]]) { $0[0].selected(dim: 0, index: -2) },
    Case("contiguous", [[5, 4]]) { $0[0].transposed(0, 1).contiguous() },
    Case("clone", [[5, 4]]) { $0[0].cloned() },
    Case("detach", [[5, 4]]) { $0[0].detached() },
    Case("conversion", inputs: { g in [g.integers(in: 0..<5, [4])] }) {
      [$0[0].converted(to: .float32) * 0.5]
    },
    Case("an input itself and a constant", inputs: { g in [g.normal([3])] }) {
      [$0[0], Tensor([1.0, 2.0]).converted(to: .float32)]
    },
  ]
}
