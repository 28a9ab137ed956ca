import Diffusion
import Foundation
import TestSupport
import Testing

@testable import Inkwell

/// What captions are asked to be, and which of several is said.
@Suite struct CaptionRuleTests {
  @Test("the most frequent caption is said, of equals the first in the alphabet")
  func agreement() {
    func caption(_ said: [String], needed: Double = 0.5) -> PictureCaption {
      PictureCaption(of: said, file: "a.png", sha256: "", needed: needed)
    }
    let most = caption(["cat", "dog", "cat", "ant"])
    #expect(most.text == "cat" && most.agreement == 0.5 && most.isSure)
    #expect(most.others == ["ant", "dog"])
    let few = caption(["dog", "cat"], needed: 0.6)
    #expect(few.text == "cat" && !few.isSure)
    #expect(!caption(["", "", "cat"]).isSure)
  }

  @Test("a name's words are found in a caption, whatever stands between them")
  func recall() {
    #expect(CaptionEvaluation.recall(of: "flag: france", in: "france, a flag") == 1)
    #expect(CaptionEvaluation.recall(of: "red apple", in: "green apple") == 0.5)
    #expect(CaptionEvaluation.recall(of: "red apple", in: "") == 0)
  }

  @Test("values out of range are refused by name, in a record too")
  func requests() throws {
    func refusal(_ make: @autoclosure () throws -> CaptionPictures.Request) -> String {
      do {
        return "\(try make())"
      } catch {
        return "\(error)"
      }
    }
    let steps = Unmasking(steps: 0)
    let hot = Unmasking(steps: 1, temperature: -1)
    for (found, expected) in [
      (refusal(try .init(pictures: [])), "pictures: expected a file or a folder, found none"),
      (refusal(try .init(pictures: ["a"], samples: 0)), "samples: expected 1 to 256, found 0"),
      (
        refusal(try .init(pictures: ["a"], agreement: 1.5)),
        "agreement: expected 0 to 1, found 1.5"
      ),
      (
        refusal(try .init(pictures: ["a"], guidance: -1)), "guidance: expected 0 to 100, found -1.0"
      ),
      (refusal(try .init(pictures: ["a"], sampling: steps)), "steps: expected 1 or more, found 0"),
      (
        refusal(try .init(pictures: ["a"], sampling: hot)),
        "temperature: expected 0 to 100, found -1.0"
      ),
    ] { #expect(found == expected) }
    let request = try CaptionPictures.Request(pictures: ["a"], sampling: Unmasking(steps: 3))
    let json = try JSONEncoder().encode(request)
    #expect(try JSONDecoder().decode(CaptionPictures.Request.self, from: json) == request)
    let wrong = String(decoding: json, as: UTF8.self).replacing(
      "\"samples\":8", with: "\"samples\":0")
    #expect(throws: GenerateError.self) {
      try JSONDecoder().decode(CaptionPictures.Request.self, from: Data(wrong.utf8))
    }
  }

  @Test("a record of another version, of another task or of none is refused")
  func records() throws {
    let folder = try TemporaryFolder()
    let record = CaptionRecord(
      request: try .init(pictures: ["a"]), files: [:], captions: [], threads: 1)
    let file = folder.file("captions.json")
    try record.write(to: file)
    let text = try String(contentsOf: file, encoding: .utf8)
    for (old, new) in [
      ("\"version\" : 1", "\"version\" : 2"), ("\"caption\"", "\"music\""), ("{", "["),
      ("\"threads\" : 1", "\"threads\" : 0"),
    ] {
      #expect(text.contains(old))
      try folder.write(text.replacing(old, with: new).utf8, to: "captions.json")
      #expect(throws: ProvenanceError.self) { try CaptionRecord(contentsOf: file) }
    }
  }

  @Test("recipes out of range, pictures without a name and texts that are too long are refused")
  func recipes() throws {
    let folder = try CaptionFixture.make()
    let training = try CaptionFixture.training(folder)
    func refusal(_ change: (inout PictureToTextTraining) -> Void) -> String {
      var other = training
      change(&other)
      do {
        try CaptionFixture.train(folder, other)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal { $0.framings = 5 } == "framings: expected 1 to 4, found 5")
    #expect(refusal { $0.seenSide = 16 } == "seenSide: expected 32 to 512, found 16")
    #expect(refusal { $0.trainedStages = 7 } == "trainedStages: expected 0 to 6, found 7")
    #expect(refusal { $0.layers = 0 } == "layers: expected 1 or more, found 0")
    #expect(
      refusal { $0.featureDropout = 1 } == "featureDropout: expected 0 to less than 1, found 1.0")
    // Two tokens and an end are too many for two.
    #expect(
      refusal { $0.maximumTokens = 2 }
        == "maximumTokens: expected room for the texts, found 2, fewer than any has")
    // The encoder has two layers.
    #expect(refusal { $0.layers = 3 }.contains("encoder.layer.2.attention.self.query.weight"))
    let lines = folder.file("pictures/metadata.jsonl")
    let text = try String(contentsOf: lines, encoding: .utf8)
    try Data(text.replacing("\"name\": \"green cat\", ", with: "").utf8).write(to: lines)
    #expect(refusal { _ in } == "1.png: expected a name, found none")
    #expect(refusal { $0.words = .text } == "none")
  }
}
