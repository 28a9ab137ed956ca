import TestSupport
import Testing
import Torch

@testable import Layers

/// Convolutions over pictures whose edges meet.
@Suite struct WrappingTests {
  private let x = Generator(seed: 3).normal([1, 2, 6, 8])

  private func conv(_ wrapping: Wrapping?, stride: Int = 1) throws -> Conv2d {
    try ParameterStore(initializing: Generator(seed: 5)).network {
      Conv2d(
        $0.wrapping(wrapping) / "conv", 2, 3, kernel: 3, stride: stride, padding: 1)
    }
  }

  /// What is left between rolling before and after, by axis.
  private func difference(
    _ layer: (Tensor) -> Tensor, dim: Int, _ shift: Int, stride: Int = 1
  ) -> Double {
    withoutGradients {
      distance(
        layer(x.rolled([shift], dims: [dim])), layer(x).rolled([shift / stride], dims: [dim]))
    }
  }

  @Test("rolling commutes with them along the axes whose edges meet, and along no other")
  func rolls() throws {
    for stride in [1, 2] {
      let (plain, both) = (try conv(nil, stride: stride), try conv(.both, stride: stride))
      let (across, down) = (try conv(.x, stride: stride), try conv(.y, stride: stride))
      for (layer, dim, commutes) in [
        (both, 3, true), (both, 2, true), (across, 3, true), (across, 2, false), (down, 3, false),
        (down, 2, true), (plain, 3, false), (plain, 2, false),
      ] {
        let off = difference({ layer($0) }, dim: dim, 2, stride: stride)
        #expect((off < 1e-5) == commutes, "stride \(stride), dim \(dim), \(off)")
      }
    }
  }

  @Test("pixels at the edges are those of the opposite edge, or zeros")
  func padding() {
    let pixels = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [1, 1, 2, 3])
    func rows(_ wrapping: Wrapping?) -> [Float] {
      pixels.padded([1, 0, 0, 1], wrapping: wrapping).values(as: Float.self)
    }
    #expect(rows(nil) == [0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0])
    #expect(rows(.x) == [3, 1, 2, 3, 6, 4, 5, 6, 0, 0, 0, 0])
    #expect(rows(.y) == [0, 1, 2, 3, 0, 4, 5, 6, 0, 1, 2, 3])
    #expect(rows(.both) == [3, 1, 2, 3, 6, 4, 5, 6, 3, 1, 2, 3])
  }

  @Test("a layer that does not look beyond an edge is not changed")
  func pointwise() throws {
    let layer = try ParameterStore(initializing: Generator(seed: 5)).network {
      Conv2d($0.wrapping(.both), 2, 3, kernel: 1)
    }
    #expect(layer.wrapping == nil)
  }
}
