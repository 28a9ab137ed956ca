import Checkpoints
import Foundation
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// What is encoded once and kept for a training.
@Suite struct CaptionStatesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a batch has the encoder's states of its captions, without more padding than it needs")
  func batches() throws {
    try TinyModel.writeParts(to: folder)
    let encoder = try TextEncoder(folder: folder.file("text"))
    let all = ["cat", "a red apple", "", "cat"]
    let captions = try states(of: all, encoder, maximumTokens: 8)
    let batch = ["a red apple", "", "cat", ""]
    let found = captions.batch(batch)
    let expected = try encoder.encode(batch, maximumTokens: 5)
    #expect(distance(found.mask, expected.mask) == 0)
    // Half precision keeps 11 bits.
    #expect(relativeDistance(found.states * found.mask.unsqueezed(-1), expected.states) < 0x1p-10)
    #expect(captions.batch(["cat"]).states.shape.sizes == [1, 3, encoder.channels])
    #expect(captions.batch(["cat"]).mask.values(as: Float.self) == [1, 1, 1])

    let cut = try states(of: all, encoder, maximumTokens: 3)
    #expect(cut.batch(batch).states.shape.sizes == [4, 3, encoder.channels])
  }

  @Test("states are read from their file if captions, length and encoder are the same")
  func kept() throws {
    try TinyModel.writeParts(to: folder)
    let encoder = try TextEncoder(folder: folder.file("text"))
    let cache = folder.file("captions.safetensors")
    func bytes(_ all: [String], maximumTokens: Int = 8, identity: String = "a") throws -> Data {
      _ = try states(of: all, encoder, maximumTokens: maximumTokens, identity: identity)
      return try Data(contentsOf: cache)
    }
    let first = try bytes(["cat", "apple"])
    #expect(try bytes(["apple", "cat", "cat"]) == first)
    #expect(try bytes(["apple"]) != first)
    #expect(try bytes(["cat", "apple"], maximumTokens: 4) != first)
    #expect(try bytes(["cat", "apple"], identity: "b") != first)
    #expect(try bytes(["cat", "apple"]) == first)
  }

  @Test("tensors are made once from the same things, and again from others")
  func cache() throws {
    let cache = TensorCache(file: folder.file("deep/er/x.safetensors"))
    var count = 0
    func number(_ ingredients: String...) throws -> Double? {
      try cache.tensors(from: ingredients) {
        count += 1
        return ["count": Tensor([count])]
      }["count"]?.item()
    }
    #expect(try [number("a", "b"), number("a", "b")] == [1, 1])
    #expect(try [number("ab"), number("a", "b")] == [2, 3])
    try folder.write("cut".utf8, to: "deep/er/x.safetensors")
    #expect(throws: CheckpointError.self) { try number("a", "b") }
  }

  private func states(
    of captions: [String], _ encoder: TextEncoder, maximumTokens: Int, identity: String = "a"
  ) throws -> CaptionStates {
    try CaptionStates(
      captions, encoder: encoder, maximumTokens: maximumTokens,
      cache: TensorCache(file: folder.file("captions.safetensors")), identity: identity)
  }
}
