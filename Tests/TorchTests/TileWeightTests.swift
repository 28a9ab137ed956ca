import TestSupport
import Testing
import Torch

/// Products by the processor's matrix unit beside LibTorch's in float64, of the same numbers.
///
/// Where there is no such unit, nothing is packed, and that is what is tested.
@Suite struct TileWeightTests {
  /// The rounding of a result to bfloat16's 8 bits, and of sums in float32.
  private func expectRounded(_ found: Tensor, _ exact: Tensor) {
    #expect(found.dtype == .bfloat16)
    #expect(found.shape.sizes == exact.shape.sizes)
    let away = (found.converted(to: .float64) - exact).absolute()
    let allowed = exact.absolute() / 256 + exact.absolute().maximum() * 1e-5
    #expect((away - allowed).maximum().item() <= 0)
  }

  private func drawn(_ shape: [Int], seed: UInt64) -> Tensor {
    Generator(seed: seed).normal(shape).converted(to: .bfloat16)
  }

  private func packed(_ weight: Tensor, bias: Tensor? = nil) -> TileWeight? {
    let tiles = TileWeight(weight, bias: bias)
    #expect((tiles != nil) == TileWeight.isHere)
    return tiles
  }

  @Test(
    "linear maps are the exact ones, rounded",
    arguments: [
      // Rows, channels and outputs: fewer rows than a tile has, outputs beside whole tiles, and
      // more steps and rows than are made at a time.
      ([1], 32, 5), ([3, 7], 96, 33), ([2, 16], 64, 32), ([5, 131], 1056, 70),
      ([1, 2500], 320, 40),
    ] as [([Int], Int, Int)])
  func linear(rows: [Int], channels: Int, outputs: Int) throws {
    let weight = drawn([outputs, channels], seed: 1)
    let bias = Generator(seed: 2).normal([outputs])
    guard let tiles = packed(weight, bias: bias) else { return }
    let x = drawn(rows + [channels], seed: 3)
    let found = try checked { tiles.linear(x) }
    let exact = x.converted(to: .float64).linear(
      weight.converted(to: .float64), bias: bias.converted(to: .float64))
    expectRounded(found, exact)
  }

  struct Convolution: CustomTestStringConvertible, Sendable {
    let batch, channels, outputs, height, width: Int
    var kernel = 3
    var stride = 1
    var padding = (1, 1)

    var testDescription: String {
      "\(batch)×\(channels)→\(outputs), \(height)×\(width), \(kernel), \(stride), \(padding)"
    }
  }

  @Test(
    "convolutions are the exact ones, rounded",
    arguments: [
      Convolution(batch: 2, channels: 32, outputs: 32, height: 8, width: 8),
      Convolution(batch: 1, channels: 64, outputs: 40, height: 5, width: 16),
      Convolution(batch: 3, channels: 160, outputs: 4, height: 9, width: 7, padding: (0, 1)),
      Convolution(batch: 2, channels: 32, outputs: 48, height: 12, width: 13, stride: 2),
      Convolution(batch: 2, channels: 32, outputs: 16, height: 11, width: 33, stride: 2),
      Convolution(
        batch: 1, channels: 96, outputs: 64, height: 6, width: 5, kernel: 1, padding: (0, 0)),
      Convolution(batch: 1, channels: 352, outputs: 32, height: 64, width: 64),
      Convolution(
        batch: 1, channels: 32, outputs: 32, height: 3, width: 3, padding: (0, 0)),
    ])
  func convolutions(test: Convolution) throws {
    let weight = drawn([test.outputs, test.channels, test.kernel, test.kernel], seed: 4)
    let bias = Generator(seed: 5).normal([test.outputs])
    guard let tiles = packed(weight, bias: bias) else { return }
    let x = drawn([test.batch, test.channels, test.height, test.width], seed: 6)
    let found = try checked { tiles.convolved(x, stride: test.stride, padding: test.padding) }
    let exact = x.converted(to: .float64).conv2d(
      weight.converted(to: .float64), bias: bias.converted(to: .float64),
      stride: [test.stride, test.stride], padding: [test.padding.0, test.padding.1])
    expectRounded(found, exact)
  }

  /// Whole numbers times their scale, the greatest over 127, over some dimensions.
  private func quantized(_ x: Tensor, dims: [Int]) -> Tensor {
    let wide = x.converted(to: .float32)
    let scale = wide.absolute().maximum(dims: dims, keepingDims: true) / 127
    return ((wide / scale).rounded() * scale).converted(to: .float64)
  }

  @Test(
    "linear maps of 8 bits are the exact ones of what is rounded to them",
    arguments: [([1], 64, 5), ([3, 7], 192, 33), ([2, 700], 1344, 70)] as [([Int], Int, Int)])
  func wholeLinear(rows: [Int], channels: Int, outputs: Int) throws {
    let weight = drawn([outputs, channels], seed: 1)
    let bias = Generator(seed: 2).normal([outputs])
    guard let tiles = TileWeight(weight, bias: bias, quantized: true) else { return }
    let x = drawn(rows + [channels], seed: 3)
    let found = try checked { tiles.linear(x) }
    expectRounded(
      found,
      quantized(x, dims: [-1]).linear(
        quantized(weight, dims: [1]), bias: bias.converted(to: .float64)))
    // And so near to those of what was not.
    let whole = x.converted(to: .float64).linear(
      weight.converted(to: .float64), bias: bias.converted(to: .float64))
    #expect(relativeDistance(found.converted(to: .float64), whole) < 0.02)
  }

  @Test(
    "convolutions of 8 bits are the exact ones of what is rounded to them",
    arguments: [
      Convolution(batch: 2, channels: 64, outputs: 32, height: 8, width: 8),
      Convolution(batch: 2, channels: 128, outputs: 40, height: 5, width: 16, stride: 2),
    ])
  func wholeConvolutions(test: Convolution) throws {
    let weight = drawn([test.outputs, test.channels, test.kernel, test.kernel], seed: 4)
    let bias = Generator(seed: 5).normal([test.outputs])
    guard let tiles = TileWeight(weight, bias: bias, quantized: true) else { return }
    // Pictures of other sizes of numbers have scales of their own.
    let x =
      drawn([test.batch, test.channels, test.height, test.width], seed: 6)
      * Tensor([1.0, 40]).reshaped(2, 1, 1, 1).converted(to: .bfloat16)
    let found = try checked { tiles.convolved(x, stride: test.stride, padding: test.padding) }
    expectRounded(
      found,
      quantized(x, dims: [1, 2, 3]).conv2d(
        quantized(weight, dims: [1, 2, 3]), bias: bias.converted(to: .float64),
        stride: [test.stride, test.stride], padding: [test.padding.0, test.padding.1]))
  }

  @Test("features and weights of zeros are zeros in 8 bits, and odd channels stay in bfloat16")
  func wholeEdges() throws {
    guard let tiles = TileWeight(Tensor.zeros([8, 64]), quantized: true) else { return }
    #expect(try checked { tiles.linear(drawn([3, 64], seed: 1)).absolute().maximum().item() } == 0)
    let weight = drawn([8, 96], seed: 2)
    let (x, plain) = (drawn([3, 96], seed: 3), packed(weight))
    let odd = TileWeight(weight, quantized: true)
    guard let odd, let plain else { return }
    #expect(distance(odd.linear(x), plain.linear(x)) == 0)
  }

  @Test("what is not finite stays so in 8 bits, in its row and its picture alone")
  func notFinite() throws {
    let finite = drawn([2, 64], seed: 1)
    guard let linear = TileWeight(drawn([8, 64], seed: 2), quantized: true),
      let kernel = TileWeight(drawn([8, 64, 3, 3], seed: 3), quantized: true)
    else { return }
    for odd in [Float.nan, .infinity, -.infinity] {
      let row = Tensor((0..<64).map { $0 == 37 ? odd : 1 }).converted(to: .bfloat16)
      let x = concatenate(finite, row.reshaped(1, 64), dim: 0)
      let found = try checked { linear.linear(x).isFinite().converted(to: .float32) }
      #expect(found.sum(dims: [1]).values(as: Float.self) == [8, 8, 0])
      let pictures = concatenate(
        drawn([1, 64, 4, 4], seed: 4), row.reshaped(1, 64, 1, 1).expanded(1, 64, 4, 4), dim: 0)
      let made = try checked { kernel.convolved(pictures).isFinite().converted(to: .float32) }
      #expect(made.sum(dims: [1, 2, 3]).values(as: Float.self) == [32, 0])
    }
  }

  @Test("channels that fill no tile are not packed, nor is anything where our kernels are off")
  func unpacked() {
    #expect(TileWeight(Tensor.zeros([4, 48])) == nil)
    #expect(TileWeight(Tensor.zeros([4, 4, 3, 3])) == nil)
    #expect(withoutOwnKernels { TileWeight(Tensor.zeros([4, 32])) } == nil)
  }

  @Test("features of other channels or types, and gradients, are refused")
  func refusals() {
    guard let tiles = packed(drawn([32, 64], seed: 1)) else { return }
    for (x, words) in [
      (drawn([3, 32], seed: 2), "expected 64 channels"),
      (Tensor.zeros([3, 64]), "in bfloat16"),
      (drawn([3, 64], seed: 2).withGradient(), "no gradient"),
    ] {
      let error = #expect(throws: TorchError.self) { try checked { tiles.linear(x) } }
      #expect(error?.description.contains(words) == true)
    }
    guard let kernel = packed(drawn([32, 32, 3, 3], seed: 1)) else { return }
    let error = #expect(throws: TorchError.self) {
      try checked { kernel.convolved(drawn([1, 32, 2, 2], seed: 2)) }
    }
    #expect(error?.description.contains("not smaller than a kernel") == true)
  }
}
