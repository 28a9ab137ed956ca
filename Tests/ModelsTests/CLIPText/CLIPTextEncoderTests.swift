import Checkpoints
import Foundation
import Layers
import Modalities
import TestSupport
import Testing
import Torch

@testable import Models

/// What the small encoder makes of prompts, against AUTOMATIC1111's web UI.
@Suite struct CLIPTextEncoderTests {
  @Test("prompts with weights, short and long, have the web UI's states")
  func weights() throws {
    let golden = try Golden("a1111.safetensors")
    let prompts = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: Golden.file("a1111.json")))
    let ways: [(name: String, emphasis: PromptEmphasis, skipped: Int)] = [
      ("mean.1", .restoringMean, 0), ("plain.1", .plain, 0), ("mean.2", .restoringMean, 1),
    ]
    for way in ways {
      let encoder = try Self.encoder(.init(skipped: way.skipped, isNormalized: true))
      for (number, prompt) in prompts.enumerated() {
        let encoding = try encoder.encode(try EmphasizedPrompt(prompt), emphasis: way.emphasis)
        let expected = try golden["\(way.name).\(number)"].unsqueezed(0)
        // The mean that is restored may be small, which makes float32's rounding large.
        #expect(relativeDistance(encoding.states, expected) < 1e-4, "\(way.name) \(prompt)")
      }
    }
  }

  @Test("ignored weights are no weights, and a prompt without any is what diffusers encodes")
  func withoutWeights() throws {
    let encoder = try Self.encoder(.last)
    let weighted = try EmphasizedPrompt("a (red:1.5) hat")
    let ignored = try encoder.encode(weighted, emphasis: .ignored)
    let plain = try encoder.encode(["a red hat", "on a cat"])
    #expect(plain.states.shape == [2, 77, 8])
    let first = plain.states.narrowed(dim: 0, start: 0, length: 1)
    #expect(distance(ignored.states, first) < 1e-6)
    #expect(distance(ignored.pooled, plain.pooled.narrowed(dim: 0, start: 0, length: 1)) < 1e-6)
    let emphasized = try encoder.encode(weighted, emphasis: .plain)
    #expect(distance(emphasized.states, first) > 0.1)
  }

  @Test("a prompt of several chunks is pooled in the first, and cut where chunks are not asked for")
  func longPrompts() throws {
    let encoder = try Self.encoder(.last)
    let words = Array(repeating: "in", count: 80).joined(separator: " ")
    let chunks = try encoder.encode(EmphasizedPrompt(literal: words))
    let plain = try encoder.encode([words, "in"])
    #expect(chunks.states.shape == [1, 154, 8])
    #expect(distance(chunks.pooled, plain.pooled.narrowed(dim: 0, start: 0, length: 1)) < 1e-6)
    #expect(plain.cut[0]?.dropped == "in in in in in")
    #expect(plain.cut[1] == nil)
  }

  @Test("prompts in compel's syntax, short and long, have compel's states")
  func compel() throws {
    let golden = try Golden("compel.safetensors")
    let prompts = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: Golden.file("compel.json")))
    let encoder = try Self.encoder(.last)
    for (number, prompt) in prompts.enumerated() {
      let encoding = try encoder.encode(try CompelPrompt(prompt))
      #expect(relativeDistance(encoding.states, try golden["\(number)"]) < 1e-5, "\(prompt)")
    }
    let penultimate = try Self.encoder(.penultimate).encode(try CompelPrompt(prompts[1]))
    #expect(relativeDistance(penultimate.states, try golden["penultimate"]) < 1e-5)
  }

  @Test("an encoder that projects pools what it projects")
  func projecting() throws {
    let tokenizer = try CLIPTokenizer(folder: Golden.file("tokenizer"))
    let encoder = try CLIPTextEncoder(
      folder: Golden.file("projected"), tokenizer: tokenizer, layer: .penultimate, projects: true)
    let encoding = try encoder.encode(["in"])
    #expect(encoding.pooled.shape == [1, 6])
    #expect(encoding.states.shape == [1, 77, 8])
    #expect(encoder.channels == 8 && encoder.chunkLength == 77)
  }

  @Test("more layers than there are cannot be left out", arguments: [-1, 4])
  func layers(_ skipped: Int) throws {
    let error = TextEncoderError.layer(expected: 0...3, found: skipped)
    #expect(throws: error) {
      try Self.encoder(.init(skipped: skipped, isNormalized: true))
    }
    #expect(
      error.description
        == "layers of the text encoder to leave out: expected 0 to 3, found \(skipped)")
  }

  static func encoder(_ layer: ConditioningLayer) throws -> CLIPTextEncoder {
    let tokenizer = try CLIPTokenizer(folder: Golden.file("tokenizer"))
    return try CLIPTextEncoder(
      folder: Golden.file("tiny"), tokenizer: tokenizer, layer: layer)
  }
}
