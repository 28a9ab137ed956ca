import TestSupport
import Testing
import Torch

/// Products with packed weights beside plain ones.
@Suite struct PackedWeightTests {
  private let generator = Generator(seed: 7)

  #if os(Linux) && arch(x86_64)
    @Test("LibTorch packs float32 matrices here, and nothing else")
    func packable() {
      #expect(PackedWeight(.zeros([3, 2]), rows: 4) != nil)
      #expect(PackedWeight(.zeros([3, 2], dtype: .float64), rows: 4) == nil)
      #expect(PackedWeight(.zeros([3, 2, 1]), rows: 4) == nil)
      #expect(PackedWeight(.zeros([0, 2]), rows: 4) == nil)
    }
  #endif

  @Test("a product is the plain one, of as many rows and of others", arguments: [6, 4, 9])
  func products(rows: Int) throws {
    let weight = generator.normal([33, 20])
    let bias = generator.normal([33])
    guard let packed = PackedWeight(weight, rows: rows) else { return }
    let x = generator.normal([2, 3, 20])
    for bias in [bias, nil] {
      let plain = x.converted(to: .float64)
        .linear(weight.converted(to: .float64), bias: bias?.converted(to: .float64))
      let found = try checked { packed.linear(x, bias: bias) }
      #expect(found.shape.sizes == [2, 3, 33])
      #expect(distance(found.converted(to: .float64), plain) < 1e-5)
    }
  }

  @Test("a transposed input is read in its own order")
  func transposed() throws {
    let weight = generator.normal([5, 6])
    guard let packed = PackedWeight(weight, rows: 4) else { return }
    let x = generator.normal([6, 4]).transposed(0, 1)
    #expect(distance(try checked { packed.linear(x, bias: nil) }, x.linear(weight)) < 1e-6)
  }

  @Test("another type goes the plain way, and so does what needs a gradient")
  func plain() throws {
    let weight = generator.normal([5, 6]).withGradient()
    guard let packed = PackedWeight(weight.detached(), rows: 4) else { return }
    let x = generator.normal([4, 6]).withGradient()
    let gradient = try checked { packed.linear(x, bias: nil).sum().gradients(by: [x])[0] }
    #expect(distance(gradient, weight.detached().sum(dims: [0]).expanded([4, 6])) < 1e-5)
    #expect(throws: TorchError.self) {
      try checked { packed.linear(x.detached().converted(to: .float64), bias: nil) }
    }
  }

  @Test("no rows and an input of other channels are errors")
  func misfits() throws {
    let weight = generator.normal([5, 6])
    #expect(throws: TorchError.self) { try checked { _ = PackedWeight(weight, rows: 0) } }
    guard let packed = PackedWeight(weight, rows: 4) else { return }
    for shape in [[4, 7], [3, 7], []] {
      #expect(throws: TorchError.self) { try checked { packed.linear(.zeros(shape), bias: nil) } }
    }
    #expect(throws: TorchError.self) {
      try checked { packed.linear(.zeros([4, 6]), bias: .zeros([4])) }
    }
  }
}
