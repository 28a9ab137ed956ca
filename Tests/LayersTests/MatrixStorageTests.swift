import Foundation
import TestSupport
import Testing
import Torch

@testable import Layers

@Suite struct MatrixStorageTests {
  private struct Network {
    let linear: Linear
    let conv: Conv2d
    let norm: LayerNorm

    init(_ scope: Scope) {
      linear = Linear(scope / "linear", 6, 4)
      conv = Conv2d(scope / "conv", 2, 4, kernel: 3)
      norm = LayerNorm(scope / "norm", 4)
    }
  }

  /// Weights in a type, and the names of those that were released.
  private func source(_ dtype: DType) throws -> (source: WeightSource, released: Names) {
    let names = Names()
    let store = ParameterStore(initializing: Generator(seed: 101))
    _ = try store.network { Network($0) }
    let weights = Dictionary(
      uniqueKeysWithValues: store.parameters.map {
        ($0.name, $0.tensor.detached().converted(to: .float16).converted(to: dtype))
      })
    let source = WeightSource(
      names: weights.keys.sorted(), release: { name in names.add(name) },
      tensor: { weights[$0] ?? .zeros([]) })
    return (source, names)
  }

  private final class Names {
    private(set) var names: Set<String> = []
    func add(_ name: String) { names.insert(name) }
  }

  private func results(_ network: Network) throws -> [Tensor] {
    let generator = Generator(seed: 102)
    let x = generator.normal([3, 6])
    let picture = generator.normal([1, 2, 5, 5])
    return try checked { [network.norm(network.linear(x)), network.conv(picture)] }
  }

  @Test("what is stored in two bytes stays so, and computes the same to the bit")
  func stored() throws {
    let (source, released) = try source(.float16)
    let store = ParameterStore(loading: source, dtype: .float32, matrices: .half)
    let half = try store.network { Network($0) }
    for parameter in store.parameters {
      let isMatrix = parameter.tensor.rank > 1
      #expect(parameter.tensor.dtype == (isMatrix ? .float16 : .float32), "\(parameter.name)")
    }
    // Only what was copied is given back.
    #expect(released.names == ["linear.bias", "conv.bias", "norm.weight", "norm.bias"])
    let whole = try ParameterStore(loading: source, dtype: .float32).network { Network($0) }
    for (a, b) in zip(try results(half), try results(whole)) {
      #expect(a.dtype == .float32 && (a - b).absolute().maximum().item() == 0)
    }
    #expect(released.names.count == source.names.count)
  }

  @Test("what is stored in four bytes is halved, unless it is beyond float16")
  func halved() throws {
    let (source, released) = try source(.float32)
    let large = WeightSource(names: source.names, release: source.release) { name in
      name == "conv.weight" ? try source.tensor(name) * 1e6 : try source.tensor(name)
    }
    let store = ParameterStore(loading: large, dtype: .float32, matrices: .half)
    _ = try store.network { Network($0) }
    let types = Dictionary(
      uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor.dtype) })
    #expect(types["linear.weight"] == .float16 && types["conv.weight"] == .float32)
    #expect(types["linear.bias"] == .float32)
    #expect(released.names == ["linear.weight"])
  }

  @Test("a change in use is made of what is widened, and is not rounded with what is stored")
  func changedInUse() throws {
    let (own, released) = try source(.float32)
    let change: WeightChange = { $0 + 1e-6 }
    let source = WeightSource(
      names: own.names, release: own.release,
      changing: { name in
        name.hasSuffix("weight")
          ? ChangingWeight(tensor: try own.tensor(name), change: change) : nil
      },
      tensor: { name in
        name.hasSuffix("weight") ? change(try own.tensor(name)) : try own.tensor(name)
      })
    let merged = try ParameterStore(loading: source, dtype: .float32).network { Network($0) }
    let expected = try results(merged)
    for isHalf in [false, true] {
      let store = ParameterStore(
        loading: source, dtype: .float32,
        matrices: MatrixStorage(areHalved: isHalf, areChangedInUse: true))
      let found = try results(try store.network { Network($0) })
      for (a, b) in zip(found, expected) { #expect(distance(a, b) == 0, "half: \(isHalf)") }
      // A norm has no product, so its change is merged; a matrix is the source's own.
      for parameter in store.parameters {
        let stored = try own.tensor(parameter.name)
        let isMerged = parameter.name == "norm.weight"
        #expect((distance(parameter.tensor, stored) > 0) == isMerged, "\(parameter.name)")
      }
    }
    #expect(released.names == ["linear.weight", "conv.weight"])
    let halfOfSum = try ParameterStore(loading: source, dtype: .float32, matrices: .half)
      .network { Network($0) }
    #expect(distance(try results(halfOfSum)[1], expected[1]) > 0)
  }

  @Test("a release goes by the names of the source, however they are seen")
  func names() throws {
    let (source, released) = try source(.float32)
    source.within("linear").renamed(["matrix": "weight"]).leavingOut(["bias"]).release("matrix")
    #expect(released.names == ["linear.weight"])
  }
}
