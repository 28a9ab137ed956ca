import Layers
import TestSupport
import Testing
import Torch

/// Layers with e3nn's weights give e3nn's results and derivatives, to 1e-10 in float64 and to 1e-5
/// in float32.
@Suite struct EquivariantLayerTests {
  let golden: Golden

  init() throws {
    golden = try Golden("equivariant.safetensors")
  }

  private func check<Layer>(
    _ name: String, inputs: [Int], _ build: (Scope) throws -> Layer,
    _ run: (Layer, [Tensor]) -> Tensor
  ) throws {
    for (dtype, tolerance) in [(DType.float64, 1e-10), (.float32, 1e-5)] {
      let store = ParameterStore(
        loading: WeightSource(try golden.tensors("\(name).module")), dtype: dtype, trainable: true)
      let layer = try store.network(build)
      let x = try inputs.map {
        try golden["\(name).in.\($0)"].converted(to: dtype).withGradient()
      }
      let trained = store.parameters.filter { golden.names.contains("\(name).gradient.\($0.name)") }
      try checked {
        let y = run(layer, x)
        #expect(relativeDistance(y, try golden["\(name).y"]) < tolerance, "\(name)")
        let names = trained.map(\.name) + inputs.map { "in.\($0)" }
        let found = (y * y * y).mean().gradients(by: trained.map(\.tensor) + x)
        for (key, gradient) in zip(names, found) {
          let expected = try golden["\(name).gradient.\(key)"]
          #expect(relativeDistance(gradient, expected) < tolerance, "\(name) \(key)")
        }
      }
      for parameter in store.parameters
      where golden.names.contains("\(name).after.\(parameter.name)") {
        let expected = try golden["\(name).after.\(parameter.name)"]
        #expect(relativeDistance(parameter.tensor, expected) < tolerance, "\(parameter.name)")
      }
    }
  }

  @Test("products with shared weights, with weights of each row, and without")
  func products() throws {
    let connected = try TensorProduct.fullyConnected(
      Irreps("4x0e+3x1o+2x1e+2x2e"), Irreps("2x0e+1o+2e"), Irreps("3x0e+2x1o+2x2o+0o+2x1e"))
    try check(
      "shared", inputs: [0, 1], { WeightedTensorProduct($0, connected) }, { $0($1[0], $1[1]) })
    try check("own", inputs: [0, 1, 2], { _ in connected }, { $0($1[0], $1[1], weights: $1[2]) })
    let full = try TensorProduct.full(Irreps("0e+2x1o+2e"), Irreps("2x2e+1o"))
    try check("full", inputs: [0, 1], { _ in full }, { $0($1[0], $1[1]) })
  }

  @Test("a linear map")
  func linear() throws {
    try check(
      "linear", inputs: [0],
      {
        EquivariantLinear(
          $0, try Irreps("4x0e+2x1o+3x0e+2x2e"), try Irreps("3x0e+4x1o+1e+2x0e"))
      }, { $0($1[0]) })
  }

  @Test("normalization by running values, by a batch, and by instance")
  func norms() throws {
    let irreps = try Irreps("3x0e+2x1o+2x0o+2e")
    try check("norm", inputs: [0], { EquivariantBatchNorm($0, irreps) }, { $0($1[0]) })
    try check(
      "norm_training", inputs: [0], { EquivariantBatchNorm($0, irreps) },
      { $0($1[0], isTraining: true) })
    try check(
      "norm_instance", inputs: [0], { EquivariantBatchNorm($0, irreps, isByInstance: true) },
      { $0($1[0]) })
  }

  @Test(
    "convolutions, in inference and in training",
    arguments: ["torsional", "docking", "grouped", "depthwise"])
  func convolutions(name: String) throws {
    var configuration = TensorProductConvolution.Configuration(
      try Irreps("4x0e+2x1o"), .sphericalHarmonics(upTo: 2), try Irreps("4x0e+2x1o+2x1e+3x0o"),
      edgeFeatures: 5)
    configuration.lineage = name == "torsional" ? .torsionalDiffusion : .diffDock
    configuration.edgeGroups = name == "grouped" ? 2 : 1
    configuration.product = name == "depthwise" ? .depthwise : .full
    // Fewer than there are, so that the sums go over several blocks.
    configuration.edgesAtOnce = 3
    for isTraining in [false, true] {
      let fixture = isTraining ? "\(name)_training" : name
      let index = try golden["\(fixture).in.1"]
      try check(
        fixture, inputs: [0, 2, 3], { try TensorProductConvolution($0, configuration) },
        { layer, x in
          let features = name == "grouped" ? x[1].chunked(2) : [x[1]]
          return layer(
            x[0], GraphEdges(index, features: features, harmonics: x[2]), isTraining: isTraining)
        })
    }
  }

  @Test(
    "radial bases", arguments: RadialBasis.Form.allCases, [false, true])
  func bases(form: RadialBasis.Form, isCutOff: Bool) throws {
    let basis = RadialBasis(form, over: 0...5, count: 6, isCutOff: isCutOff)
    let expected = try golden["basis.\(form).\(isCutOff)"]
    #expect(distance(basis(try golden["distances"]), expected) < 1e-12)
  }

  @Test("bumps at equal intervals are 1 at their places and e^-1/2 one interval off")
  func smearing() throws {
    let store = ParameterStore(initializing: Generator(seed: 1))
    let smearing = try store.network { GaussianSmearing($0, over: 0...4, count: 5) }
    #expect(store.parameters.map(\.name) == ["offset"])
    let found = smearing(Tensor([2.0])).values(as: Double.self)
    let expected = [-2, -0.5, 0, -0.5, -2].map { Tensor($0).exponential().item() }
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}
