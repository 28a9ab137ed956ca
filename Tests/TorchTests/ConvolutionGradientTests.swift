import TestSupport
import Testing
import Torch

/// Gradients of convolutions by Winograd's algorithm beside LibTorch's in float64.
@Suite struct ConvolutionGradientTests {
  static let cases = [
    ConvolutionCase(batch: 1, channels: 16, outputs: 16, height: 12, width: 8),
    ConvolutionCase(batch: 2, channels: 32, outputs: 48, height: 9, width: 14, hasBias: false),
    ConvolutionCase(batch: 3, channels: 80, outputs: 16, height: 7, width: 21),
    ConvolutionCase(batch: 1, channels: 144, outputs: 208, height: 40, width: 41),
    // Whose adjoint has more zeros around it than the algorithm is for.
    ConvolutionCase(batch: 1, channels: 16, outputs: 32, height: 23, width: 10, padding: (1, 0)),
  ]

  /// Few results of many kernels, which are one product.
  static let few = ConvolutionCase(batch: 2, channels: 384, outputs: 320, height: 4, width: 5)

  /// A convolution's inputs, and what its result is multiplied by before it is summed up.
  private struct Problem {
    let x, weight, seed: Tensor
    let bias: Tensor?
    let padding: (Int, Int)

    init(_ test: ConvolutionCase) {
      let generator = Generator(seed: 5)
      let scale = 1 / (9 * Double(test.channels)).squareRoot()
      x = generator.normal([test.batch, test.channels, test.height, test.width])
      weight = generator.normal([test.outputs, test.channels, 3, 3]) * scale
      bias = test.hasBias ? generator.normal([test.outputs]) : nil
      padding = test.padding
      seed = generator.normal([
        test.batch, test.outputs, test.height + 2 * padding.0 - 2, test.width + 2 * padding.1 - 2,
      ])
    }

    /// The exact gradients by the inputs, the kernels and the bias.
    func exact() -> [Tensor] {
      let leaves = [x, weight, bias].compactMap { $0?.converted(to: .float64).withGradient() }
      let y = leaves[0].conv2d(
        leaves[1], bias: bias == nil ? nil : leaves[2], padding: [padding.0, padding.1])
      return y.gradients(by: leaves, seed: seed.converted(to: .float64))
    }
  }

  private func expectEqual(
    _ found: Tensor, _ exact: Tensor, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let largest = exact.absolute().maximum().item()
    #expect(
      distance(found.converted(to: .float64), exact) < 4e-6 * largest,
      sourceLocation: sourceLocation)
  }

  @Test(
    "by inputs, kernels and bias they are the exact ones to float32's rounding",
    arguments: cases + [few])
  func values(test: ConvolutionCase) throws {
    let problem = Problem(test)
    let exact = problem.exact()
    let leaves = [problem.x, problem.weight, problem.bias].compactMap { $0?.withGradient() }
    let found = try checked {
      leaves[0].convolved(
        by: leaves[1], bias: problem.bias == nil ? nil : leaves[2], padding: test.padding
      ).gradients(by: leaves, seed: problem.seed)
    }
    for (found, exact) in zip(found, exact) { expectEqual(found, exact) }
  }

  @Test("kernels that are not trained take the inputs' gradient back", arguments: cases)
  func frozen(test: ConvolutionCase) throws {
    let problem = Problem(test)
    let exact = problem.exact()[0]
    for format in [MemoryFormat.contiguous, .channelsLast] {
      let leaf = problem.x.withGradient()
      let weight = problem.weight.contiguous(memoryFormat: format)
      let y = leaf.convolved(by: weight, bias: problem.bias, padding: test.padding)
      let plain = withoutGradients {
        problem.x.convolved(by: weight, bias: problem.bias, padding: test.padding)
      }
      // What is recorded is what is computed without a record.
      #expect(distance(y.detached(), plain) == 0)
      expectEqual(try checked { y.gradients(by: [leaf], seed: problem.seed)[0] }, exact)
    }
  }

  @Test("inputs that need no gradient leave the kernels theirs")
  func kernelsAlone() throws {
    let problem = Problem(Self.cases[1])
    let leaf = problem.weight.withGradient()
    let y = problem.x.convolved(by: leaf, padding: (1, 1))
    expectEqual(
      try checked { y.gradients(by: [leaf], seed: problem.seed)[0] }, problem.exact()[1])
  }

  @Test("gradients can be differentiated again")
  func second() throws {
    let problem = Problem(Self.cases[0])
    /// The gradients of the squares of the gradients by inputs and kernels, which depend on both
    /// because the results are squared.
    func twice(_ dtype: DType, _ convolve: (Tensor, Tensor, Tensor?) -> Tensor) -> [Tensor] {
      let x = problem.x.converted(to: dtype).withGradient()
      let weight = problem.weight.converted(to: dtype).withGradient()
      let y = convolve(x, weight, problem.bias?.converted(to: dtype))
      let first = (y * y).sum().gradients(by: [x, weight], createsGraph: true)
      let squares = (first[0] * first[0]).sum() + (first[1] * first[1]).sum()
      return squares.gradients(by: [x, weight])
    }
    let exact = twice(.float64) { $0.conv2d($1, bias: $2, padding: [1, 1]) }
    let found = try checked {
      twice(.float32) { $0.convolved(by: $1, bias: $2, padding: (1, 1)) }
    }
    for (found, exact) in zip(found, exact) { expectEqual(found, exact) }
  }
}
