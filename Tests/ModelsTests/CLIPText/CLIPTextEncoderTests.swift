import Checkpoints
import Foundation
import Layers
import Modalities
import TestSupport
import Testing
import Torch

@testable import Models

/// What the small encoder makes of prompts; its model's states are in `CLIPTextModelTests`.
@Suite struct CLIPTextEncoderTests {
  @Test("a prompt has the same states alone, and is cut where it is too long")
  func prompts() throws {
    let encoder = try Self.encoder(.last)
    let words = Array(repeating: "in", count: 80).joined(separator: " ")
    let both = try encoder.encode([words, "a red hat"])
    let alone = try encoder.encode(["a red hat"])
    #expect(both.states.shape == [2, 77, 8])
    #expect(distance(alone.states, both.states.narrowed(dim: 0, start: 1, length: 1)) < 1e-6)
    #expect(distance(alone.pooled, both.pooled.narrowed(dim: 0, start: 1, length: 1)) < 1e-6)
    #expect(both.cut[0]?.dropped == "in in in in in")
    #expect(both.cut[1] == nil)
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
