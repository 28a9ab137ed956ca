import Checkpoints
import Foundation
import Layers
import Modalities
import TestSupport
import Testing
import Torch

@testable import Models

/// What the model in the repository makes of real prompts.
@Suite struct TextEncoderTests {
  let encoder: TextEncoder
  let golden: Golden
  let prompts: [String]
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    encoder = try TextEncoder(folder: Repository.textEncoder(""))
    golden = try Golden("prompts.safetensors")
    prompts = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: Golden.file("prompts.json")))
  }

  @Test("states, masks and sentences are those of transformers")
  func parity() throws {
    let encoding = try encoder.encode(prompts)
    let mask = try golden["mask"]
    #expect(distance(encoding.mask, mask) == 0)
    #expect(encoding.states.shape == [prompts.count, 32, 384])
    let lengths = mask.sum(dims: [1]).values(as: Int.self)
    let rows = lengths.enumerated().map { row, length in
      encoding.states.selected(dim: 0, index: row).narrowed(dim: 0, start: 0, length: length)
    }
    // Both compute in float32, in another order; the largest state is 6.3.
    #expect(distance(rows.concatenated(), try golden["states"]) < 1e-5)
    let sentences = try encoder.embed(prompts, maximumTokens: 32)
    #expect(distance(sentences, try golden["sentences"]) < 1e-6)
  }

  @Test("padding has states of zero")
  func padding() throws {
    let encoding = try encoder.encode(["red apple"], maximumTokens: 9)
    #expect(encoding.mask.values(as: Int.self) == [1, 1, 1, 1, 0, 0, 0, 0, 0])
    let padding = encoding.states.narrowed(dim: 1, start: 4, length: 5)
    #expect(distance(padding, .zeros([1, 5, 384])) == 0)
  }

  @Test("a prompt's states depend neither on the other prompts nor on the length")
  func independence() throws {
    let together = try encoder.encode(prompts, maximumTokens: 32).states
    // LibTorch multiplies matrices of other sizes in another order, so 1e-6 is of the largest.
    let tolerance = 1e-6 * together.absolute().maximum().item()
    for (row, prompt) in prompts.enumerated().prefix(8) {
      let alone = try encoder.encode([prompt], maximumTokens: 64).states
      let expected = together.narrowed(dim: 0, start: row, length: 1)
      #expect(distance(alone.narrowed(dim: 1, start: 0, length: 32), expected) < tolerance)
    }
  }

  @Test("only the prompt that is too long is cut, and says where")
  func cuts() throws {
    let cuts = try encoder.encode(prompts).cut
    #expect(cuts.dropLast().allSatisfy { $0 == nil })
    let cut = try #require(cuts.last ?? nil)
    #expect(cut.kept + cut.dropped == prompts.last)
    #expect(cut.dropped.hasPrefix("moon") || cut.dropped.hasPrefix(" moon"))
  }

  @Test("no prompts have no states")
  func none() throws {
    let encoding = try encoder.encode([], maximumTokens: 8)
    #expect(encoding.states.shape == [0, 8, 384])
    #expect(encoding.mask.shape == [0, 8])
  }

  @Test("like sentences are nearer than unlike ones")
  func likeness() throws {
    let vectors = try encoder.embed(["a smiling cat", "happy kitten", "a rocket to the moon"])
    let products = vectors.matmul(vectors.transposed(0, 1)).values(as: Float.self)
    #expect(abs(products[0] - 1) < 1e-5)
    #expect(products[1] > products[2] + 0.3)
  }

  @Test("a length that no prompt can have is refused", arguments: [-1, 0, 1, 513])
  func lengths(_ length: Int) throws {
    #expect(throws: TextEncoderError.length(expected: 2...512, found: length)) {
      try encoder.encode(["rocket"], maximumTokens: length)
    }
    #expect(
      TextEncoderError.length(expected: 2...512, found: length).description
        == "tokens of a prompt: expected 2 to 512, found \(length)")
  }

  @Test("weights that do not fit are refused, all at once")
  func misfits() throws {
    for name in ["config.json", "tokenizer.json"] {
      try FileManager.default.copyItem(
        at: Repository.textEncoder(name), to: folder.file(name))
    }
    try Safetensors.write(
      [.init("embeddings.LayerNorm.bias", .zeros([383])), .init("classifier.bias", .zeros([2]))],
      to: folder.file("model.safetensors"))
    let error = #expect(throws: LoadingError.self) { try TextEncoder(folder: folder.url) }
    let problems = try #require(error?.problems)
    #expect(problems.count == 5 - 1 + 6 * 16 + 2)
    #expect(
      problems.contains(
        .misshapen("embeddings.LayerNorm.bias", expected: [384], found: [383])))
    #expect(problems.contains(.missing("embeddings.word_embeddings.weight", [30522, 384])))
    #expect(problems.last == .unexpected("classifier.bias"))
  }
}
