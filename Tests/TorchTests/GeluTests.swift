import TestSupport
import Testing
import Torch

/// GELU by the hyperbolic tangent beside LibTorch's own in float64.
@Suite struct GeluTests {
  /// From -20 to 20, denser than any feature of the function.
  private let grid = Tensor((-4000...4000).map { Double($0) / 200 })

  @Test("values are LibTorch's to what the type holds", arguments: [DType.float32, .bfloat16])
  func values(dtype: DType) throws {
    let x = grid.converted(to: dtype)
    let exact = x.converted(to: .float64).gelu(approximate: "tanh")
    let found = x.geluTanh()
    #expect(found.dtype == dtype && found.shape.sizes == x.shape.sizes)
    // A rounding of the result and of the exponential; far below 0 also that of its exponent.
    let half = dtype == .float32 ? 0x1p-24 : 0x1p-8
    let error = (found.converted(to: .float64) - exact).absolute()
    let allowed = exact.absolute() * (half + 4e-7) + 0x1p-24
    #expect(try checked { (error - allowed).maximum().item() } < 0)
  }

  @Test("gradients are LibTorch's, and can be differentiated again")
  func gradients() throws {
    func derivatives(_ dtype: DType, _ gelu: (Tensor) -> Tensor) throws -> [Tensor] {
      try checked {
        let x = grid.converted(to: dtype).withGradient()
        let seed = (grid.converted(to: dtype) * 0.3).cosine()
        let first = gelu(x).gradients(by: [x], seed: seed, createsGraph: true)[0]
        let plain = gelu(x).gradients(by: [x], seed: seed)[0]
        let second = first.sum().gradients(by: [x])[0]
        return [first, plain, second].map { $0.detached().converted(to: .float64) }
      }
    }
    let found = try derivatives(.float32) { $0.geluTanh() }
    let exact = try derivatives(.float64) { $0.gelu(approximate: "tanh") }
    for (index, (a, b)) in zip(found, exact).enumerated() {
      #expect(distance(a, b) < 2e-6, "derivative \(index)")
    }
  }

  @Test("a value does not depend on how many there are nor on where it stands", arguments: 1...35)
  func places(count: Int) throws {
    let x = grid.narrowed(dim: 0, start: 3900, length: count).converted(to: .float32)
    let all = grid.converted(to: .float32).geluTanh()
    #expect(distance(x.geluTanh(), all.narrowed(dim: 0, start: 3900, length: count)) == 0)
  }

  @Test("a transposed tensor keeps its order")
  func transposed() {
    let x = grid.narrowed(dim: 0, start: 0, length: 600).converted(to: .float32).reshaped(20, 30)
    #expect(distance(x.transposed(0, 1).geluTanh(), x.geluTanh().transposed(0, 1)) == 0)
  }

  @Test("memory is reused only where that is allowed and no gradient is recorded")
  func memory() {
    let x = Tensor([Float(-1), 0.5, 2])
    let y = x.geluTanh()
    #expect(distance(x, Tensor([Float(-1), 0.5, 2])) == 0)
    let leaf = x.withGradient()
    #expect(distance((leaf * 1).geluTanh(reusingMemory: true), y) == 0)
    #expect(distance(x, Tensor([Float(-1), 0.5, 2])) == 0)
    _ = x.geluTanh(reusingMemory: true)
    #expect(distance(x, y) == 0)
  }

  @Test("what is not finite stays so", arguments: [DType.float32, .bfloat16])
  func notFinite(dtype: DType) {
    let x = Tensor([Float.nan, .infinity, 1e30]).converted(to: dtype)
    let y = x.geluTanh().values(as: Double.self)
    #expect(y[0].isNaN && y[1] == .infinity && y[2] > 0.99e30)
  }

  @Test("a half gated by GELU of the other is the exact product", arguments: [16, 35])
  func gated(channels: Int) throws {
    let x = Generator(seed: 3).normal([5, 9, 2 * channels]) * 3
    for (dtype, digits) in [(DType.float32, 4e-7), (.bfloat16, 1.0 / 256)] {
      let given = x.converted(to: dtype)
      let wide = given.converted(to: .float64)
      let exact =
        wide.narrowed(dim: -1, start: 0, length: channels)
        * wide.narrowed(dim: -1, start: channels, length: channels).gelu()
      let found = try checked { withoutGradients { given.gatedByGelu() } }
      #expect(found.dtype == dtype && found.shape.sizes == exact.shape.sizes)
      let away = (found.converted(to: .float64) - exact).absolute()
      let allowed = exact.absolute() * digits + 3e-6
      #expect((away - allowed).maximum().item() <= 0)
    }
    let leaf = x.withGradient()
    let own = x.withGradient()
    let halves = own.chunked(2, dim: -1)
    let expected = (halves[0] * halves[1].gelu()).sum().gradients(by: [own])[0]
    #expect(distance(leaf.gatedByGelu().sum().gradients(by: [leaf])[0], expected) == 0)
  }

  @Test("channels that have no halves are refused")
  func odd() {
    let error = #expect(throws: TorchError.self) {
      try checked { Tensor.zeros([2, 3]).gatedByGelu() }
    }
    #expect(error?.description.contains("two halves") == true)
  }
}
