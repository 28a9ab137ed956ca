import Layers
import Testing
import Torch

/// Representations are read, printed, sorted and refused as e3nn has it.
@Suite struct IrrepsTests {
  @Test("what is read is printed, with its sizes and places")
  func reads() throws {
    let irreps = try Irreps(" 16x0e + 4x1o+2x2e + 1y")
    #expect("\(irreps)" == "16x0e+4x1o+2x2e+1x1o")
    #expect(irreps.dimension == 16 + 12 + 10 + 3)
    #expect(irreps.count == 23)
    #expect(irreps.slices == [0..<16, 16..<28, 28..<38, 38..<41])
    #expect(try Irreps("").terms.isEmpty)
    #expect("\(Irreps.sphericalHarmonics(upTo: 2))" == "1x0e+1x1o+1x2e")
  }

  @Test("neighbours merge, and sorting keeps the order of equal terms")
  func sorts() throws {
    #expect(try "\(Irreps("1e+1e+0x2e+0e+1e").simplified())" == "2x1e+1x0e+1x1e")
    let (sorted, places) = try Irreps("2x1o+1e+0e+3x1o+0o").sorted()
    #expect("\(sorted)" == "1x0o+1x0e+2x1o+3x1o+1x1e")
    #expect(places == [2, 4, 1, 3, 0])
  }

  @Test(
    "no text but that of representations is taken",
    arguments: ["1", "x", "e", "2x", "-1x0e", "4q", "1o+", "+", "1xx1o", "2x1ox3", "é", "1.5x0e"])
  func refuses(text: String) throws {
    let error = #expect(throws: IrrepsError.self) { try Irreps(text) }
    guard case .malformed(_, text) = error else {
      Issue.record("\(text): \(String(describing: error))")
      return
    }
    #expect(error.map { "\($0)" }?.contains("expected terms such as 16x0e or 1o") == true)
  }

  @Test("sizes that no machine has are refused")
  func limits() {
    #expect(throws: IrrepsError.degree(13, text: "13e")) { try Irreps("13e") }
    let large = "2147483647x0e+1e"
    #expect(throws: IrrepsError.tooLarge(text: large)) { try Irreps(large) }
    let copies = "9999999999x0e"
    #expect(throws: IrrepsError.tooLarge(text: copies)) { try Irreps(copies) }
  }

  @Test("products that cannot be are refused")
  func refusesProducts() throws {
    let (scalars, vectors) = (try Irreps("2x0e"), try Irreps("2x1o"))
    func product(_ path: TensorProduct.Path) throws -> TensorProduct {
      try TensorProduct(scalars, vectors, vectors, paths: [path])
    }
    #expect(throws: IrrepsError.noSuchPath(Irrep(0, .even), Irrep(1, .odd), Irrep(0, .even))) {
      try TensorProduct(
        scalars, vectors, scalars, paths: [TensorProduct.Path(0, 0, to: 0, .uvw)])
    }
    #expect(throws: IrrepsError.noSuchTerm(1, of: vectors)) {
      try product(TensorProduct.Path(0, 1, to: 0, .uvw))
    }
    #expect(throws: IrrepsError.multiplicities(2, 2, output: 2)) {
      try product(TensorProduct.Path(0, 0, to: 0, .uvuv))
    }
    #expect(throws: IrrepsError.parities(try Irreps("0e+1o+2o"))) {
      try SphericalHarmonics(Irreps("0e+1o+2o"), normalizes: true, normalization: .norm)
    }
    let twice = try Irreps("0e+1o+0e")
    #expect(throws: IrrepsError.repeated(Irrep(0, .even), in: twice)) {
      try TensorProduct.fullyConnectedByOutput(scalars, vectors, twice)
    }
    let layer = TensorProductConvolution.Configuration(vectors, scalars, scalars, edgeFeatures: 2)
    #expect(throws: IrrepsError.residual(vectors, into: scalars)) {
      try ParameterStore(initializing: Generator(seed: 1)).network {
        try TensorProductConvolution($0, layer)
      }
    }
  }

  @Test("factors of another size are refused")
  func refusesShapes() throws {
    let product = try TensorProduct.full(Irreps("1o"), Irreps("0e+1o"))
    #expect(throws: TorchError.self) {
      try checked { product(Tensor.ones([2, 4]), Tensor.ones([2, 4])) }
    }
    #expect(throws: TorchError.self) {
      try checked { product(Tensor.ones([2, 3]), Tensor.ones([3, 4])) }
    }
  }
}
