import TestSupport
import Testing
import Torch

@testable import Layers

@Suite struct WeightSourceTests {
  @Test("weights of a known shape get zeros behind their numbers, and others are left as they are")
  func padded() throws {
    let source = WeightSource([
      "wide": Tensor([1, 2, 3, 4], shape: [2, 2]), "other": Tensor([5, 6], shape: [1, 2]),
      "kept": Tensor([7, 8], shape: [2]),
    ])
    let padded = source.padded(
      to: ["wide": [3, 4], "other": [3, 4]], from: ["wide": [2, 2], "other": [2, 2]])
    #expect(padded.names == source.names)
    let wide = try padded.tensor("wide")
    #expect(wide.shape.sizes == [3, 4])
    #expect(wide.values(as: Double.self) == [1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0])
    // One that is not what it should be is not repaired.
    #expect(try padded.tensor("other").shape.sizes == [1, 2])
    #expect(try padded.tensor("kept").values(as: Double.self) == [7, 8])
  }
}
