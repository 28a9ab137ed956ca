import Layers
import TestSupport
import Testing
import Torch

/// What goes into a layer turned comes out of it turned, also in a mirror: to 1e-10 in float64.
@Suite struct EquivarianceTests {
  private let input: Irreps
  private let output: Irreps
  private let harmonics = Irreps.sphericalHarmonics(upTo: 2)
  private let turns: [Tensor]

  init() throws {
    input = try Irreps("4x0e+2x1o+1e+2x2e")
    output = try Irreps("4x0e+2x1o+1e+2x2e+3x0o+2o")
    let rotation = try Golden("equivariant.safetensors")["rotations"].selected(dim: 0, index: 0)
    turns = [rotation, -rotation]
  }

  private func turned(_ x: Tensor, _ irreps: Irreps, _ turn: Tensor) -> Tensor {
    x.matmul(irreps.matrices(turn).transposed(0, 1))
  }

  private func draw<Layer>(_ build: (Scope) throws -> Layer) throws -> Layer {
    let drawn = ParameterStore(initializing: Generator(seed: 9))
    _ = try drawn.network(build)
    let weights = drawn.parameters.map { ($0.name, $0.tensor) }
    return try ParameterStore(
      loading: WeightSource(Dictionary(uniqueKeysWithValues: weights)), dtype: .float64
    ).network(build)
  }

  @Test(
    "convolutions of all kinds",
    arguments: [TensorProductConvolution.Product.full, .depthwise, .byOutput])
  func convolution(product: TensorProductConvolution.Product) throws {
    let isSmall = product == .byOutput
    let input = isSmall ? try Irreps("3x0e+2x1o+2x1e") : input
    let output = isSmall ? try Irreps("3x0e+2x1o+2x1e+2x0o") : output
    let degrees = isSmall ? Irreps.sphericalHarmonics(upTo: 1) : harmonics
    var configuration = TensorProductConvolution.Configuration(
      input, degrees, output, edgeFeatures: 4)
    configuration.product = product
    let layer = try draw { try TensorProductConvolution($0, configuration) }
    let generator = Generator(seed: 3)
    let positions = generator.normal([7, 3], dtype: .float64)
    let nodes = generator.normal([7, input.dimension], dtype: .float64)
    let harmonics = try SphericalHarmonics(
      degrees, normalizes: true, normalization: .component)
    func run(_ positions: Tensor, _ nodes: Tensor) throws -> Tensor {
      let index = try PointClouds(positions).neighbours(within: 2.5)
      let ends = (0..<2).map {
        positions.indexSelected(dim: 0, index.selected(dim: 0, index: $0))
      }
      let vectors = ends[1] - ends[0]
      let basis = RadialBasis(.gaussian, over: 0...2.5, count: 4, isCutOff: false)
      let features = basis(vectors.vectorNorm(order: 2, dims: [-1]))
      return layer(
        nodes, GraphEdges(index, features: [features], harmonics: harmonics(vectors)),
        isTraining: true)
    }
    for turn in turns {
      let expected = turned(try run(positions, nodes), output, turn)
      let moved = positions.matmul(turn.transposed(0, 1)) + 5
      #expect(distance(try run(moved, turned(nodes, input, turn)), expected) < 1e-10)
      #expect(expected.absolute().maximum().item() > 0.1)
    }
  }

  @Test("linear maps and normalizations")
  func pointwise() throws {
    let linear = try draw { EquivariantLinear($0, input, output) }
    let norm = try draw { EquivariantBatchNorm($0, input, isByInstance: true) }
    let x = Generator(seed: 4).normal([5, 3, input.dimension], dtype: .float64)
    for turn in turns {
      let moved = turned(x, input, turn)
      #expect(distance(linear(moved), turned(linear(x), output, turn)) < 1e-10)
      #expect(distance(norm(moved), turned(norm(x), input, turn)) < 1e-10)
    }
  }

  /// In the order of `FasterTensorProduct`: by result, all that leads to it one below the other.
  @Test("weights by output are those by factor in another order")
  func byOutput() throws {
    let (first, output) = (try Irreps("2x0e+3x1o"), try Irreps("2x0e+2x1o+1e"))
    let harmonics = Irreps.sphericalHarmonics(upTo: 1)
    let ordered = try TensorProduct.fullyConnectedByOutput(first, harmonics, output)
    let plain = try TensorProduct.fullyConnected(first, harmonics, output)
    let generator = Generator(seed: 6)
    let x = generator.normal([4, first.dimension], dtype: .float64)
    let y = generator.normal([4, 4], dtype: .float64)
    let weights = generator.normal([4, plain.weightCount], dtype: .float64)
    // 0e·0e→0e, 0e·1o→1o, 1o·0e→1o, 1o·1o→0e, 1o·1o→1e, with 4, 4, 6, 6 and 3 weights.
    let parts = weights.split(sizes: [4, 4, 6, 6, 3], dim: 1)
    let moved = [0, 3, 1, 2, 4].map { parts[$0] }.concatenated(dim: 1)
    #expect(distance(ordered(x, y, weights: moved), plain(x, y, weights: weights)) < 1e-12)
  }
}
