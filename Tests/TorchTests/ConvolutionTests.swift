import TestSupport
import Testing
import Torch

/// Convolutions by Winograd's algorithm beside LibTorch's in float64.
@Suite struct ConvolutionTests {
  static let cases = [
    ConvolutionCase(batch: 1, channels: 16, outputs: 16, height: 12, width: 8),
    ConvolutionCase(batch: 2, channels: 32, outputs: 48, height: 9, width: 14, hasBias: false),
    ConvolutionCase(batch: 3, channels: 48, outputs: 16, height: 7, width: 21, padding: (0, 1)),
    ConvolutionCase(batch: 1, channels: 16, outputs: 32, height: 23, width: 10, padding: (1, 0)),
    ConvolutionCase(batch: 1, channels: 80, outputs: 16, height: 18, width: 18, padding: (0, 0)),
    // Few results of many kernels, which are one product.
    ConvolutionCase(batch: 2, channels: 384, outputs: 320, height: 4, width: 5),
    // More tiles than are turned at a time, and more kernels.
    ConvolutionCase(batch: 1, channels: 640, outputs: 208, height: 72, width: 73),
  ]

  private func tensors(_ test: ConvolutionCase) -> (x: Tensor, weight: Tensor, bias: Tensor?) {
    let generator = Generator(seed: 3)
    let scale = 1 / (9 * Double(test.channels)).squareRoot()
    return (
      generator.normal([test.batch, test.channels, test.height, test.width]),
      generator.normal([test.outputs, test.channels, 3, 3]) * scale,
      test.hasBias ? generator.normal([test.outputs]) : nil
    )
  }

  @Test("results are the exact ones to float32's rounding", arguments: cases)
  func values(test: ConvolutionCase) throws {
    let (x, weight, bias) = tensors(test)
    func exact(_ dtype: DType) -> Tensor {
      x.converted(to: dtype).conv2d(
        weight.converted(to: dtype), bias: bias?.converted(to: dtype),
        padding: [test.padding.0, test.padding.1])
    }
    let found = try checked {
      withoutGradients { x.convolved(by: weight, bias: bias, padding: test.padding) }
    }
    #expect(found.shape.sizes == exact(.float32).shape.sizes)
    let largest = exact(.float64).absolute().maximum().item()
    #expect(distance(found.converted(to: .float64), exact(.float64)) < 4e-6 * largest)
    // The sum of all products has other digits: it was another algorithm.
    #expect(distance(found, exact(.float32)) > 0)
  }

  @Test("the order of inputs and kernels in memory changes nothing")
  func orders() {
    let (x, weight, bias) = tensors(Self.cases[1])
    func convolved(_ x: Tensor, _ weight: Tensor) -> Tensor {
      withoutGradients { x.convolved(by: weight, bias: bias, padding: (1, 1)) }
    }
    let expected = convolved(x, weight)
    let last = weight.contiguous(memoryFormat: .channelsLast)
    let turned = x.transposed(2, 3).contiguous().transposed(2, 3)
    #expect(distance(convolved(x.contiguous(memoryFormat: .channelsLast), last), expected) == 0)
    #expect(distance(convolved(turned, weight), expected) == 0)
  }

  @Test("a picture's result does not depend on the others of its batch")
  func batches() {
    let (x, weight, bias) = tensors(Self.cases[2])
    func convolved(_ x: Tensor) -> Tensor {
      withoutGradients { x.convolved(by: weight, bias: bias, padding: (1, 1)) }
    }
    let all = convolved(x)
    for index in 0..<3 {
      let one = convolved(x.narrowed(dim: 0, start: index, length: 1))
      #expect(distance(one, all.narrowed(dim: 0, start: index, length: 1)) == 0)
    }
  }

  @Test("without our own kernels it is LibTorch's convolution, and its gradients are")
  func plain() throws {
    let (x, weight, bias) = tensors(Self.cases[0])
    let leaf = weight.withGradient()
    let expected = x.conv2d(leaf, bias: bias, padding: [1, 1])
    let found = withoutOwnKernels { x.convolved(by: leaf, bias: bias, padding: (1, 1)) }
    #expect(distance(found, expected) == 0)
    let gradient = found.sum().gradients(by: [leaf])[0]
    #expect(distance(gradient, expected.sum().gradients(by: [leaf])[0]) == 0)
  }

  @Test("what the algorithm is not for is LibTorch's: strides, groups, other kernels and types")
  func others() throws {
    let generator = Generator(seed: 4)
    let x = generator.normal([2, 32, 12, 12])
    func weight(_ outputs: Int, _ channels: Int, _ kernel: Int) -> Tensor {
      generator.normal([outputs, channels, kernel, kernel])
    }
    func check(
      _ weight: Tensor, stride: Int = 1, padding: Int, groups: Int = 1, of x: Tensor,
      inOrder memoryFormat: MemoryFormat = .channelsLast
    ) {
      let found = withoutGradients {
        x.convolved(by: weight, stride: stride, padding: (padding, padding), groups: groups)
      }
      let expected = x.contiguous(memoryFormat: memoryFormat).conv2d(
        weight, stride: [stride, stride], padding: [padding, padding], groups: groups)
      #expect(distance(found, expected) == 0)
    }
    check(weight(16, 32, 3), stride: 2, padding: 1, of: x)
    check(weight(32, 16, 3), padding: 1, groups: 2, of: x, inOrder: .contiguous)
    check(weight(16, 32, 1), padding: 0, of: x)
    check(weight(16, 32, 3), padding: 2, of: x)
    check(weight(20, 32, 3), padding: 1, of: x)
    check(
      weight(16, 32, 3).converted(to: .float64), padding: 1, of: x.converted(to: .float64),
      inOrder: .contiguous)
    let few = generator.normal([2, 384, 8, 8])
    let many = weight(320, 384, 3)
    let found = withoutGradients { few.convolved(by: many, stride: 2, padding: (1, 1)) }
    let exact = few.converted(to: .float64).conv2d(
      many.converted(to: .float64), stride: [2, 2], padding: [1, 1])
    let largest = exact.absolute().maximum().item()
    #expect(distance(found.converted(to: .float64), exact) < 4e-6 * largest)
    let thin = x.narrowed(dim: 2, start: 0, length: 1)
    check(weight(16, 32, 3), padding: 1, of: thin)
  }

  @Test("what does not fit is an error that says so")
  func errors() {
    let x = Tensor.zeros([1, 32, 12, 12])
    #expect {
      try checked { withoutGradients { x.convolved(by: .zeros([16, 16, 3, 3]), padding: (1, 1)) } }
    } throws: { "\($0)".contains("to have 16 channels, but got 32 channels instead") }
    #expect {
      try checked {
        withoutGradients { x.convolved(by: .zeros([16, 32, 3, 3]), bias: .zeros([32])) }
      }
    } throws: { "\($0)".contains("16") }
  }
}
