import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite struct SampleRequestTests {
  @Test("a request survives being written and read")
  func roundTrip() throws {
    let request = try Sample.Request(
      model: "m", labels: ["7", "8"], count: 3, seed: 5,
      options: Sample.Options(
        steps: 4, sampler: "heun", spacing: "karras", guidance: 2, classifierGuidance: 3,
        relief: true))
    let data = try JSONEncoder().encode(request)
    #expect(try JSONDecoder().decode(Sample.Request.self, from: data) == request)
    #expect(request.total == 6 && request.subject(of: 3) == "8" && request.seed(of: 3) == 8)
  }

  @Test("only the model must be there; a seed is then drawn")
  func defaults() throws {
    let request = try JSONDecoder().decode(Sample.Request.self, from: Data(#"{"model":"m"}"#.utf8))
    #expect(request.total == 1 && request.labels.isEmpty && request.subject(of: 0) == "any")
    #expect(request.seed < 1 << 32 && request.steps == nil)
  }

  @Test(
    "what cannot be is refused",
    arguments: [
      (#"{"model":""}"#, "model: expected a name, found nothing"),
      (#"{"model":"m","count":0}"#, "count: expected 1 to 10000, found 0"),
      (#"{"model":"m","steps":1001}"#, "steps: expected 1 to 1000, found 1001"),
      (#"{"model":"m","guidance":-1}"#, "guidance: expected 0.0 to 100.0, found -1.0"),
      (#"{"model":"m","classifierGuidance":101}"#, "classifier-guidance: expected 0.0 to 100.0"),
      (#"{"model":"m","labels":["\u0000"]}"#, "label: expected a text without U+0000"),
      (#"{"model":"m","version":2}"#, "version of the request: expected 1, found 2"),
    ])
  func refused(json: String, reason: String) {
    let error = #expect(throws: SampleError.self) {
      try JSONDecoder().decode(Sample.Request.self, from: Data(json.utf8))
    }
    #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
  }

  @Test("a sampler or a spacing that there is not names the nearest")
  func unknown() {
    #expect(throws: CatalogError.self) {
      try Sample.Request(model: "m", options: Sample.Options(sampler: "uler"))
    }
    #expect(throws: CatalogError.self) {
      try Sample.Request(model: "m", options: Sample.Options(spacing: "liner"))
    }
  }

  @Test("files are named by the label")
  func files() throws {
    let request = try Sample.Request(model: "m", labels: ["7"], count: 2, seed: 1)
    let files = try OutputPattern(nil, subject: "label").files(for: request)
    #expect(files.map(\.relativePath) == ["7-1.png", "7-2.png"])
    #expect(throws: OutputError.unknownPlace("prompt", subject: "label")) {
      try OutputPattern("{prompt}.png", subject: "label")
    }
  }
}
