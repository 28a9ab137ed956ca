import Checkpoints
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Models

/// Words with vectors of their own, against diffusers.
@Suite struct TextualInversionTests {
  static let folder = Golden.file("inversions")

  @Test("prompts with words of every kind of file have the states that diffusers gives them")
  func states() throws {
    let golden = try Golden("inversions/golden.safetensors")
    let prompts = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: Self.folder.appending(path: "prompts.json")))
    var encoder = try CLIPTextEncoderTests.encoder(.last)
    for (file, word) in [
      ("a1111.pt", nil), ("kohya.safetensors", "<rain>"), ("learned_embeds.bin", nil),
      ("learned_embeds.safetensors", nil),
    ] {
      encoder = try encoder.adding(Self.inversion(file, word: word))
    }
    let states = try encoder.encode(prompts).states
    for row in prompts.indices {
      let found = states.narrowed(dim: 0, start: row, length: 1)
      let expected = try golden["\(row)"].unsqueezed(0)
      #expect(relativeDistance(found, expected) < 1e-5, "\(prompts[row])")
    }
  }

  @Test("each encoder of SDXL has its own vectors")
  func xl() throws {
    let golden = try Golden("inversions/golden.safetensors")
    let inversion = try Self.inversion("sdxl.safetensors", word: "web")
    #expect(inversion.tables == [.clipL, .clipG])
    let second = try CLIPTextEncoder(
      folder: Golden.file("projected"), tokenizer: CLIPTokenizer(folder: Golden.file("tokenizer")),
      projects: true)
    for (encoder, table) in [
      (try CLIPTextEncoderTests.encoder(.last), TextualInversion.Table.clipL), (second, .clipG),
    ] {
      let states = try encoder.adding(inversion, table).encode(["the web in a hat"]).states
      #expect(relativeDistance(states, try golden[table.rawValue].unsqueezed(0)) < 1e-5, "\(table)")
    }
  }

  @Test("all vectors of a word count in any case, and a text is pooled at its end")
  func differences() throws {
    let encoder = try CLIPTextEncoderTests.encoder(.last).adding(Self.inversion("a1111.pt"))
    let (lower, upper) = (try encoder.encode(["an ink-hat"]), try encoder.encode(["an INK-HAT"]))
    #expect(distance(lower.states, upper.states) == 0)
    #expect(encoder.tokenizer.ids(of: "an ink-hat") == [550, 574, 575, 576])
    // The mark of the beginning, one token, three vectors.
    let end = lower.states.narrowed(dim: 1, start: 5, length: 1).reshaped(1, -1)
    #expect(distance(lower.pooled, end) < 1e-6)
  }

  @Test("files say what their word is, and the caller may say otherwise")
  func words() throws {
    #expect(try Self.inversion("a1111.pt").word == "ink-hat")
    #expect(try Self.inversion("kohya.safetensors").word == "kohya")
    #expect(try Self.inversion("learned_embeds.bin").word == "<cat-toy>")
    #expect(try Self.inversion("sdxl.safetensors").word == "sdxl")
    #expect(try Self.inversion("learned_embeds.bin", word: "toy").word == "toy")
  }

  @Test("files that are no embedding are refused, and say what they are instead")
  func refusals() throws {
    let folder = try TemporaryFolder()
    func refused(_ tensors: [(String, Tensor)]) throws -> TextualInversionError {
      let url = folder.url.appending(path: "a.safetensors")
      try Safetensors.write(tensors.map { .init($0.0, $0.1) }, metadata: [:], to: url)
      return try #require(
        #expect(throws: TextualInversionError.self) { try TextualInversion(contentsOf: url) })
    }
    let path = folder.url.appending(path: "a.safetensors").path(percentEncoded: false)
    let (row, cube) = (Tensor.zeros([8]), Tensor.zeros([1, 2, 8]))
    #expect(
      try refused([("a", row), ("b", row)]) == .noEmbedding(file: path, found: ["a", "b"]))
    #expect(
      try refused([("a", cube)]) == .shape(file: path, tensor: "a", found: [1, 2, 8]))
    #expect(
      try refused([("a", row / row)]) == .notFinite(file: path, tensor: "a"))
    let old = Self.folder.appending(path: "parameter_dict.pt")
    let error = #expect(throws: CheckpointError.self) { try TextualInversion(contentsOf: old) }
    #expect(try #require(error).description.contains("string_to_param"))
  }

  @Test("vectors for another text encoder are refused")
  func misfits() throws {
    let (encoder, folder) = (try CLIPTextEncoderTests.encoder(.last), try TemporaryFolder())
    let url = folder.url.appending(path: "wide.safetensors")
    let path = url.path(percentEncoded: false)
    func error(_ shape: [Int]) throws -> TextualInversionError? {
      try Safetensors.write([.init("emb_params", .zeros(shape))], metadata: [:], to: url)
      return #expect(throws: TextualInversionError.self) {
        try encoder.adding(TextualInversion(contentsOf: url))
      }
    }
    #expect(try error([2, 12]) == .channels(file: path, expected: 8, found: 12))
    #expect(try error([76, 8]) == .vectors(file: path, limit: 75, found: 76))
    let xl = try Self.inversion("sdxl.safetensors")
    #expect(throws: TextualInversionError.table(file: xl.file, expected: .sole, found: xl.tables)) {
      try encoder.adding(xl)
    }
    for (word, expected) in [
      ("two words", "characters without white space"), ("", "characters without white space"),
      ("in", "a word that is not a token already"),
    ] {
      #expect(throws: TokenizerError.word(word, expected: expected)) {
        try encoder.adding(Self.inversion("a1111.pt", word: word))
      }
    }
    let twice = try encoder.adding(Self.inversion("a1111.pt"))
    #expect(throws: TokenizerError.word("INK-hat", expected: "a word that was not added before")) {
      try twice.adding(Self.inversion("a1111.pt", word: "INK-hat"))
    }
  }

  @Test("errors say what was expected and what was found")
  func descriptions() {
    let errors: [(TextualInversionError, String)] = [
      (
        .noEmbedding(file: "f", found: []),
        "f: expected one tensor with the vectors of a word, or clip_l and clip_g, found none"
      ),
      (
        .shape(file: "f", tensor: "t", found: [1, 2, 8]),
        "f: t: expected [vectors, channels], found [1, 2, 8]"
      ),
      (.notFinite(file: "f", tensor: "t"), "f: t: expected finite numbers, found others"),
      (
        .table(file: "f", expected: .sole, found: [.clipL, .clipG]),
        "f: expected vectors for a model's only text encoder, found some for SDXL's clip_g and "
          + "SDXL's clip_l"
      ),
      (
        .channels(file: "f", expected: 768, found: 1024),
        "f: expected vectors of 768 channels, as the text encoder has, found 1024"
      ),
      (.vectors(file: "f", limit: 75, found: 80), "f: expected at most 75 vectors, found 80"),
    ]
    for (error, text) in errors { #expect(error.description == text) }
    #expect(
      TokenizerError.word("a b", expected: "x").description
        == "word of an embedding: expected x, found \"a b\"")
  }

  @Test("an embedding is recognized by its names")
  func recognized() throws {
    for (file, kind) in [
      ("a1111.pt", "textual-inversion"), ("kohya.safetensors", "textual-inversion"),
      ("sdxl.safetensors", "textual-inversion-xl"),
    ] {
      let weights = try WeightsFile(contentsOf: Self.folder.appending(path: file))
      #expect(WeightsKind(names: weights.entries.map(\.name))?.name == kind)
    }
  }

  private static func inversion(_ file: String, word: String? = nil) throws -> TextualInversion {
    try TextualInversion(contentsOf: folder.appending(path: file), word: word)
  }
}
