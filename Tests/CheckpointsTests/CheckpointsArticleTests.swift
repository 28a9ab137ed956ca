import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

/// The worked example of `Checkpoints.docc/Checkpoints.md`, line for line.
@Suite struct CheckpointsArticleTests {
  @Test("the article's tensors come back, and a file that is cut is refused as it says")
  func example() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("model.safetensors")
    try Safetensors.write(
      [
        .init("layer.weight", Tensor.ones([4, 3])),
        .init("layer.bias", Tensor.zeros([4], dtype: .float16)),
      ], metadata: ["made by": "an example"], to: file)

    let checkpoint = try Checkpoint(contentsOf: file)
    let weight = try checkpoint.tensor("layer.weight")

    #expect(checkpoint.names == ["layer.bias", "layer.weight"])
    #expect(checkpoint.metadata == ["made by": "an example"])
    #expect(weight.shape == [4, 3])
    #expect(weight.values(as: Float.self) == [Float](repeating: 1, count: 12))

    let cut = try folder.write(try Data(contentsOf: file).dropLast(), to: "cut/model.safetensors")
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: cut) }
    let message =
      #"model.safetensors: "layer.bias": expected data_offsets in order and within the 55 bytes "#
      + "of data, found [48, 56]"
    #expect(error?.description == folder.url.path(percentEncoded: false) + "cut/" + message)
  }
}
