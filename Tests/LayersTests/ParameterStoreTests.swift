import Layers
import Testing
import Torch

@Suite struct ParameterStoreTests {
  private struct Unreadable: Error, CustomStringConvertible {
    let description = "the disk is gone"
  }

  @Test("one error says everything that does not fit")
  func allProblems() throws {
    let weights = [
      "a.weight": Tensor.zeros([2, 4]), "b.weight": .zeros([3]), "c.extra": .zeros([1]),
    ]
    let source = WeightSource(names: weights.keys.sorted() + ["d.weight"]) { name in
      guard let tensor = weights[name] else { throw Unreadable() }
      return tensor
    }
    let store = ParameterStore(loading: source)
    let error = #expect(throws: LoadingError.self) {
      try store.network { scope in
        _ = Linear(scope / "a", 3, 2)
        _ = LayerNorm(scope / "b", 3)
        _ = Linear(scope / "b", 3, 1, bias: false)
        _ = Linear(scope / "d", 3, 1, bias: false)
      }
    }
    #expect(
      error?.problems == [
        .misshapen("a.weight", expected: [2, 3], found: [2, 4]),
        .missing("a.bias", [2]),
        .missing("b.bias", [3]),
        .repeated("b.weight"),
        .unreadable("d.weight", "the disk is gone"),
        .unexpected("c.extra"),
      ])
    #expect(
      error?.description == """
        the weights do not fit the network:
          a.weight: expected [2, 3], found [2, 4]
          a.bias: expected [2], found nothing
          b.bias: expected [3], found nothing
          b.weight: two layers of the network have this name
          d.weight: the disk is gone
          c.extra: found, but the network has no such weight
        """)
  }

  @Test("a weight that is missing takes no memory, however large it was to be")
  func largeMissing() {
    let store = ParameterStore(loading: WeightSource([:]), dtype: .bfloat16, trainable: true)
    let side = 1 << 30
    let error = #expect(throws: LoadingError.self) {
      try store.network { _ = Linear($0, side, side, bias: false) }
    }
    #expect(error?.problems == [.missing("weight", [side, side])])
  }

  @Test("names repeated in a network that is drawn anew are an error, too")
  func repeatedWhileInitializing() {
    let store = ParameterStore(initializing: Generator(seed: 1))
    let error = #expect(throws: LoadingError.self) {
      try store.network { scope in
        _ = LayerNorm(scope / "norm", 3)
        _ = LayerNorm(scope / "norm", 3)
      }
    }
    #expect(error?.problems == [.repeated("norm.weight"), .repeated("norm.bias")])
  }

  @Test(
    "weights are the source's own, converted on demand", arguments: [nil, DType.float32, .bfloat16])
  func dtypes(dtype: DType?) throws {
    let weight = Tensor([1.5, 2.5] as [Float], shape: [1, 2]).converted(to: .float16)
    let store = ParameterStore(loading: WeightSource(["weight": weight]), dtype: dtype)
    _ = try store.network { Linear($0, 2, 1, bias: false) }
    let found = try #require(store.parameters.first?.tensor)
    #expect(found.dtype == dtype ?? .float16)
    #expect(found.values(as: Float.self) == [1.5, 2.5])
    #expect(!found.requiresGradient)
  }

  @Test("weights to train are copies with gradients", arguments: [nil, DType.float32])
  func trainable(dtype: DType?) throws {
    let weight = Tensor([1, 2] as [Float], shape: [1, 2])
    let store = ParameterStore(
      loading: WeightSource(["weight": weight]), dtype: dtype, trainable: true)
    let layer = try store.network { Linear($0, 2, 1, bias: false) }
    layer(Tensor([3, 4] as [Float], shape: [1, 2])).sum().backward()
    let parameter = try #require(store.parameters.first?.tensor)
    #expect(parameter.gradient?.values(as: Float.self) == [3, 4])
    withoutGradients { _ = parameter.zero() }
    #expect(weight.values(as: Float.self) == [1, 2])
  }

  @Test("a table stays in half precision where it is, and what is read of it is converted")
  func tables() throws {
    let stored = Tensor([1, 0.1, -2, 3e-5] as [Float], shape: [2, 2]).converted(to: .float16)
    let store = ParameterStore(
      loading: WeightSource(["weight": stored]), dtype: .float32)
    let table = try store.network { Embedding($0, 2, 2) }
    #expect(store.parameters.map(\.tensor.dtype) == [.float16])
    let rows = table(Tensor([1, 0, 1]))
    #expect(rows.dtype == .float32)
    #expect(
      rows.values(as: Float.self)
        == [-2, Float(Float16(3e-5)), 1, Float(Float16(0.1)), -2, Float(Float16(3e-5))])
    let trained = ParameterStore(
      loading: WeightSource(["weight": stored]), dtype: .float32, trainable: true)
    _ = try trained.network { Embedding($0, 2, 2) }
    #expect(trained.parameters.map(\.tensor.dtype) == [.float32])
  }

  @Test("renamed weights have their former names no more, and the others keep theirs")
  func renamed() throws {
    let source = WeightSource(["a.old": Tensor([1.0]), "b": Tensor([2.0])])
    let renamed = source.renamed(["a.new": "a.old", "c.new": "c.old"])
    #expect(renamed.names == ["b", "a.new"])
    #expect(renamed.contains("a.new") && !renamed.contains("a.old"))
    #expect(try renamed.tensor("a.new").item() == 1)
    #expect(try renamed.tensor("b").item() == 2)
  }

  @Test("the weights of several networks are behind the name of each, and nothing else is there")
  func several() throws {
    let source = WeightSource(networks: [
      "second": WeightSource(["a.b": Tensor([1.0])]), "first": WeightSource(["a.b": Tensor([2.0])]),
    ])
    #expect(source.names == ["first.a.b", "second.a.b"])
    #expect(try source.tensor("first.a.b").values(as: Double.self) == [2])
    #expect(try source.within("second").tensor("a.b").values(as: Double.self) == [1])
    for name in ["third.a.b", "first", "first.a.c"] {
      #expect(throws: LoadingError.self, "\(name)") { try source.tensor(name) }
    }
  }

  @Test("a part of a source has the rest of the names, and what is left out is not there")
  func parts() throws {
    let source = WeightSource([
      "vae.a": .full([1], 7), "vae.b": .full([1], 8), "vaex.a": .full([1], 9), "vae": .zeros([1]),
    ])
    let part = source.within("vae")
    #expect(part.names == ["a", "b"])
    #expect(try part.tensor("a").item() == 7)
    let rest = part.leavingOut(["b", "absent"])
    #expect(rest.names == ["a"])
    #expect(!rest.contains("b"))
    #expect(throws: LoadingError.self) { try source.tensor("absent") }
  }
}
