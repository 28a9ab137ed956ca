import TestSupport
import Testing
import Torch

@testable import Checkpoints

/// Rules between the names of two layouts.
@Suite("key maps")
struct KeyMapTests {
  let map: KeyMap = [
    "ln_1": "norm1",
    "attn.in_proj_bias": .split(["q.bias", "k.bias", "v.bias"]),
    "proj": .transposed("proj.weight"),
    "conv.weight": .squeezed("linear.weight"),
    "shortcut": .optional("skip"),
    "mask": .leftOut,
  ]

  let shapes = [
    "ln_1.weight": [4], "ln_1.bias": [4], "attn.in_proj_bias": [12], "proj": [2, 3],
    "conv.weight": [5, 4, 1, 1],
  ]

  @Test("a rule takes its name, all below it, and no name that only begins alike")
  func wholeComponents() throws {
    let found = try map.convert(shapes)
    #expect(
      found.map { "\($0.name) \($0.shape)" } == [
        "k.bias [4]", "linear.weight [5, 4]", "norm1.bias [4]", "norm1.weight [4]",
        "proj.weight [3, 2]", "q.bias [4]", "v.bias [4]",
      ])
    var other = shapes
    other["ln_12.weight"] = [4]
    #expect(throws: KeyMapError(problems: [.unknown("ln_12.weight")])) { try map.convert(other) }
  }

  @Test("the numbers go where their names go, and the inverse brings them back")
  func numbers() throws {
    let values = Dictionary(
      uniqueKeysWithValues: shapes.map { name, shape in
        let count = shape.reduce(1, *)
        return (
          name, Tensor((0..<count).map { Float($0) + Float(name.utf8.count) }).reshaped(shape)
        )
      })
    func tensors(_ map: KeyMap, _ values: [String: Tensor]) throws -> [String: Tensor] {
      let plan = try map.convert(values.mapValues { $0.shape.sizes })
      return try Dictionary(
        uniqueKeysWithValues: plan.map { tensor in
          (tensor.name, try tensor { try #require(values[$0]) })
        })
    }
    let there = try tensors(map, values)
    #expect(try #require(there["k.bias"]).values(as: Float.self) == [21, 22, 23, 24])
    #expect(try #require(there["proj.weight"]).values(as: Float.self) == [4, 7, 5, 8, 6, 9])
    #expect(try #require(there["linear.weight"]).shape == [5, 4])
    let back = try tensors(map.inverse, there)
    #expect(back.keys.sorted() == values.keys.sorted())
    for (name, tensor) in values { #expect(distance(try #require(back[name]), tensor) == 0) }
  }

  @Test("a part stands below a name in each layout, or at the root")
  func places() throws {
    let part: KeyMap = ["a": "b"]
    let whole = part.placed("x.0", "y") + KeyMap.same("").placed("rest", "all")
    let found = try whole.convert(["x.0.a": [1], "rest.z.w": [2]])
    #expect(found.map(\.name) == ["all.z.w", "y.b"])
    #expect(found.map(\.sources) == [["rest.z.w"], ["x.0.a"]])
    #expect(whole.origin(of: "y.b.c") == "x.0.a.c")
  }

  @Test("everything that does not fit is said at once")
  func misfits() throws {
    var other = shapes
    other["ln_1.weight"] = nil
    other["ln_1.bias"] = nil
    other["unheard.of"] = [1]
    other["attn.in_proj_bias"] = [13]
    other["proj"] = [2, 3, 4]
    other["conv.weight"] = [5, 4, 3, 3]
    let error = #expect(throws: KeyMapError.self) { try map.convert(other) }
    #expect(
      Set(try #require(error).problems) == [
        .unknown("unheard.of"), .unmatched(["ln_1"]),
        .misshapen("attn.in_proj_bias", expected: "rows to divide by 3", found: [13]),
        .misshapen("proj", expected: "a matrix", found: [2, 3, 4]),
        .misshapen(
          "conv.weight", expected: "a kernel of one element, or a matrix", found: [5, 4, 3, 3]),
      ])
    #expect(
      try #require(error).description.contains(
        "  proj: expected a matrix, found [2, 3, 4]"))
  }

  @Test("parts that are to be put together must all be there and be alike")
  func joins() throws {
    let inverse = KeyMap(dictionaryLiteral: ("a", .split(["q", "k", "v"]))).inverse
    #expect(
      try inverse.convert(["q.weight": [2, 3], "k.weight": [2, 3], "v.weight": [2, 3]]).map(\.shape)
        == [[6, 3]])
    #expect(throws: KeyMapError(problems: [.incomplete(["k.weight"])])) {
      try inverse.convert(["q.weight": [2, 3], "v.weight": [2, 3]])
    }
    let other = KeyMapError(
      problems: [.misshapen("k.weight", expected: "[2, 3]", found: [2, 4])])
    #expect(throws: other) {
      try inverse.convert(["q.weight": [2, 3], "k.weight": [2, 4], "v.weight": [2, 3]])
    }
    let scalars = KeyMapError(
      problems: [.misshapen("q", expected: "rows to put together", found: [])])
    #expect(throws: scalars) { try inverse.convert(["q": [], "k": [], "v": []]) }
  }

  @Test("rules inside one another are refused on either side, so there is no order")
  func overlaps() {
    let sources = ["a": "x", "a.b": "y"] as KeyMap
    #expect(throws: KeyMapError(problems: [.overlapping("a", "a.b")])) {
      try sources.convert(["a.b": [1]])
    }
    #expect(throws: KeyMapError(problems: [.overlapping("a", "a.b")])) {
      try sources.inverse.inverse.convert(["a.b": [1]])
    }
    let targets = ["a": "x", "b": "x"] as KeyMap
    #expect(throws: KeyMapError(problems: [.overlapping("x", "x")])) {
      try targets.convert(["a": [1]])
    }
    let root = KeyMap.same("") + ["a": "x"]
    #expect(throws: KeyMapError.self) { try root.convert(["a": [1]]) }
  }

  @Test("what is left out is passed over, and does not come back")
  func leavesOut() throws {
    var other = shapes
    other["mask"] = [7, 7]
    let there = try map.convert(other)
    #expect(there.count == 7)
    let back = try map.inverse.convert(
      Dictionary(uniqueKeysWithValues: there.map { ($0.name, $0.shape) }))
    #expect(back.map(\.name) == shapes.keys.sorted())
  }
}
