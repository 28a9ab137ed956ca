import Foundation
import TestSupport
import Testing
import Torch

/// Every operator of Scripts/operators.txt gives PyTorch's results and derivatives.
@Suite struct OperatorTests {
  /// How the tensors that go in lie in memory.
  enum Layout: CaseIterable {
    case contiguous
    /// Every second element of a longer row.
    case strided

    func laidOut(_ x: Tensor) -> Tensor {
      switch self {
      case .contiguous: x
      case .strided: [x, x].stacked(dim: -1).selected(dim: -1, index: 0)
      }
    }
  }

  @Test("there is a case for every operator that is bound, and a golden value for every case")
  func complete() throws {
    let list = try String(
      contentsOf: Golden.file("../../../Scripts/operators.txt"), encoding: .utf8)
    let bound = list.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
      String($0.prefix { !$0.isWhitespace })
    }
    #expect(Set(bound) == Set(OperatorCase.all.map(\.overload)))
    let cases = OperatorCase.all.map(\.name)
    #expect(try Set(GoldenCase.all.get().keys) == Set(cases))
    #expect(Set(cases).count == cases.count)
  }

  @Test("results", arguments: OperatorCase.all, Layout.allCases)
  func results(_ operation: OperatorCase, _ layout: Layout) throws {
    let golden = try #require(GoldenCase.all.get()[operation.name])
    let inputs = golden.inputs.map(layout.laidOut)
    let outputs = try checked { operation.run(inputs) }
    #expect(outputs.count == golden.outputs.count)
    for (output, expected) in zip(outputs, golden.outputs) {
      #expect(output.dtype == expected.dtype)
      #expect(misfit(output, expected) == nil)
    }
  }

  @Test("derivatives, where the reference has them", arguments: OperatorCase.all, Layout.allCases)
  func gradients(_ operation: OperatorCase, _ layout: Layout) throws {
    let golden = try #require(GoldenCase.all.get()[operation.name])
    let leaves = golden.inputs.enumerated().map {
      golden.gradients[$0.offset] == nil ? $0.element : $0.element.withGradient()
    }
    let expected = golden.gradients.sorted { $0.key < $1.key }
    guard !expected.isEmpty else { return }
    let gradients = try checked {
      let outputs = operation.run(leaves.map(layout.laidOut))
      let loss = golden.seeds.reduce(Tensor(0.0)) { $0 + (outputs[$1.key] * $1.value).sum() }
      return loss.gradients(by: expected.map { leaves[$0.key] })
    }
    for (gradient, (index, value)) in zip(gradients, expected) {
      #expect(misfit(gradient, value) == nil, "by tensor \(index)")
    }
  }

  /// What is wrong with a tensor; float64 is exact to 1e-12 of the largest element, float32 to
  /// 1e-6, as sums may be added in another order, and everything else is exact.
  private func misfit(_ found: Tensor, _ expected: Tensor) -> String? {
    let tolerance: Double? =
      switch expected.dtype {
      case .float64: 1e-12
      case .float32: 1e-6
      default: nil
      }
    let difference =
      tolerance == nil ? distance(found, expected) : relativeDistance(found, expected)
    if difference <= tolerance ?? 0 { return nil }
    return "expected \(expected), found \(found), which differs by \(difference)"
  }
}

/// What the reference made of a case.
private struct GoldenCase {
  private(set) var inputs: [Tensor] = []
  private(set) var outputs: [Tensor] = []
  private(set) var seeds: [Int: Tensor] = [:]
  private(set) var gradients: [Int: Tensor] = [:]

  static let all = Result { () throws -> [String: GoldenCase] in
    let golden = try Golden("operators.safetensors")
    // In the order of the names, so that inputs and outputs come in theirs.
    return try golden.names.reduce(into: [:]) { cases, name in
      let parts = name.split(separator: ".")
      let key = parts.dropLast(2).joined(separator: ".")
      let index = try #require(Int(parts[parts.count - 1]))
      try cases[key, default: GoldenCase()].add(golden[name], parts[parts.count - 2], index)
    }
  }

  private mutating func add(_ tensor: Tensor, _ kind: Substring, _ index: Int) {
    switch kind {
    case "in": inputs.append(tensor)
    case "out": outputs.append(tensor)
    case "seed": seeds[index] = tensor
    default: gradients[index] = tensor
    }
  }
}
