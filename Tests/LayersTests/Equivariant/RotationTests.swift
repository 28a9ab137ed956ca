import Foundation
import Layers
import TestSupport
import Testing
import Torch

/// Identities of the rotation group, and what e3nn computes of it, in float64.
@Suite struct RotationTests {
  let golden: Golden

  init() throws {
    golden = try Golden("equivariant.safetensors")
  }

  @Test("3j symbols are e3nn's for all degrees up to 4")
  func wignerParity() throws {
    let names = golden.names.filter { $0.hasPrefix("wigner.") }
    #expect(names.count == 65)
    for name in names {
      let l = name.split(separator: ".").dropFirst().compactMap { Int($0) }
      #expect(distance(wigner3j(l[0], l[1], l[2]), try golden[name]) < 1e-12, "\(name)")
    }
  }

  @Test("3j symbols are orthogonal", arguments: [(1, 1), (2, 3), (4, 4), (6, 5), (12, 12)])
  func orthogonal(l1: Int, l2: Int) throws {
    let all = (abs(l1 - l2)...(l1 + l2)).map { l3 in
      wigner3j(l1, l2, l3).reshaped((2 * l1 + 1) * (2 * l2 + 1), 2 * l3 + 1)
        * Double(2 * l3 + 1).squareRoot()
    }
    let matrix = all.concatenated(dim: 1)
    let size = matrix.shape[0]
    let identity = Tensor.range(to: size).oneHot(size).converted(to: .float64)
    let found = matrix.transposed(0, 1).matmul(matrix)
    #expect(distance(found, identity) < 1e-12)
  }

  @Test("D is e3nn's, a homomorphism, and turns the harmonics")
  func wignerMatrices() throws {
    let rotations = try golden["rotations"]
    for l in 0...4 {
      #expect(distance(wignerD(l, rotations), try golden["d.\(l)"]) < 1e-10)
    }
    let irreps = try Irreps("2x0o + 1o + 1e + 2e")
    #expect(distance(irreps.matrices(-rotations), try golden["d.mirrored"]) < 1e-10)
    let (a, b) = (rotations.selected(dim: 0, index: 0), rotations.selected(dim: 0, index: 1))
    let vectors = try golden["vectors"]
    let harmonics = try SphericalHarmonics(
      Irreps.sphericalHarmonics(upTo: 5), normalizes: false, normalization: .component)
    for turn in [a, b, -a] {
      let expected = harmonics(vectors).matmul(harmonics.irreps.matrices(turn).transposed(0, 1))
      let found = harmonics(vectors.matmul(turn.transposed(0, 1)))
      #expect(relativeDistance(found, expected) < 1e-12)
    }
    #expect(distance(wignerD(6, a.matmul(b)), wignerD(6, a).matmul(wignerD(6, b))) < 1e-12)
  }

  @Test("harmonics are e3nn's up to degree 6", arguments: SphericalHarmonics.Normalization.allCases)
  func harmonicsParity(normalization: SphericalHarmonics.Normalization) throws {
    for (name, normalizes) in [("unit", true), ("free", false)] {
      let harmonics = try SphericalHarmonics(
        Irreps.sphericalHarmonics(upTo: 6), normalizes: normalizes, normalization: normalization)
      let expected = try golden["harmonics.\(normalization).\(name)"]
      let vectors = try golden["vectors"]
      #expect(relativeDistance(harmonics(vectors), expected) < 1e-12)
      let single = harmonics(vectors.converted(to: .float32))
      #expect(relativeDistance(single, expected) < 1e-6)
    }
  }

  /// Σ Y(a) Y(b) of a degree is Legendre's polynomial of the angle's cosine, times `2l + 1`.
  @Test("the addition theorem")
  func additionTheorem() throws {
    let vectors = Generator(seed: 5).normal([2, 9, 3], dtype: .float64)
    let unit = vectors / vectors.vectorNorm(order: 2, dims: [-1], keepingDims: true)
    let (a, b) = (unit.selected(dim: 0, index: 0), unit.selected(dim: 0, index: 1))
    let cosine = (a * b).sum(dims: [-1])
    var legendre = [cosine * 0 + 1, cosine]
    for l in 1..<8 {
      let next = (cosine * legendre[l] * Double(2 * l + 1) - legendre[l - 1] * Double(l))
      legendre.append(next / Double(l + 1))
    }
    for l in 0...8 {
      let harmonics = try SphericalHarmonics(
        Irreps([Irreps.Term(1, Irrep(l, .natural(l)))]), normalizes: true,
        normalization: .component)
      let found = (harmonics(a) * harmonics(b)).sum(dims: [-1])
      #expect(distance(found, legendre[l] * Double(2 * l + 1)) < 1e-12)
    }
  }

  @Test("a vector of length zero has harmonics and derivatives")
  func zero() throws {
    let harmonics = try SphericalHarmonics(
      Irreps.sphericalHarmonics(upTo: 2), normalizes: true, normalization: .component)
    let vector = Tensor.zeros([1, 3]).withGradient()
    let found = harmonics(vector)
    #expect(found.values(as: Double.self) == [1, 0, 0, 0, 0, 0, 0, 0, 0])
    let slope = found.sum().gradients(by: [vector])[0]
    #expect(slope.values(as: Double.self).allSatisfy { $0.isFinite })
  }
}
