import Diffusion
import Foundation
import Testing

@testable import Inkwell

/// What a request says, and what it refuses.
@Suite struct GenerateRequestTests {
  @Test("pages say what is not computed in every step")
  func steps() {
    var settings = SamplingSettings(steps: 24)
    #expect(settings.stepsInWords == "24 steps")
    settings.cache = Generate.StepCache(interval: 3, order: 1, kept: .whole)
    #expect(
      settings.stepsInWords
        == "24 steps (the network computed in one of 3, "
        + "and else foreseen by a polynomial of degree 1)")
    settings.cache = Generate.StepCache(threshold: 0.1)
    #expect(
      settings.stepsInWords
        == "24 steps (the deep blocks computed where they changed by more than a threshold, "
        + "and else foreseen by a polynomial of degree 0)")
  }

  @Test("what is not computed in every step, and where guidance is on, have ranges")
  func parts() {
    func message(_ change: (inout Generate.Options) -> Void) -> String? {
      var options = Generate.Options()
      change(&options)
      return #expect(throws: GenerateError.self) {
        try Generate.Request(prompts: ["a"], options: options)
      }?.description
    }
    #expect(
      message { $0.cache = .init(interval: 0) } == "cache interval: expected 1 to 100, found 0")
    let both = Generate.StepCache(interval: 2)
    #expect(
      message {
        $0.cache = both
        $0.cache?.threshold = 0.1
      } == "cache: expected an interval or a threshold, found both")
    #expect(
      message {
        $0.cache = both
        $0.cache?.interval = nil
      } == "cache: expected an interval or a threshold, found neither")
    #expect(
      message { $0.cache = .init(interval: 2, order: 4) }
        == "cache order: expected 0 to 3, found 4")
    #expect(
      message { $0.cache = .init(interval: 2, depth: -1) }
        == "cache depth: expected 0 to 100, found -1")
    #expect(
      message { $0.guidanceEnd = 1.5 } == "guidance end: expected 0.0 to 1.0, found 1.5")
    #expect(
      message { ($0.guidanceStart, $0.guidanceEnd) = (0.6, 0.5) }
        == "guidance start: expected 0.0 to 0.5, found 0.6")
  }

  @Test("a request survives JSON")
  func roundTrip() throws {
    let request = try Generate.Request(
      prompts: ["a", "b"], model: "m", count: 3, seed: .max,
      options: Generate.Options(
        steps: 7, guidance: 2.5, negative: "blur", sampler: "heun", size: 128))
    let json = try JSONEncoder().encode(request)
    #expect(try JSONDecoder().decode(Generate.Request.self, from: json) == request)
  }

  @Test("only the prompts must be given; the rest is the model's own")
  func defaults() throws {
    let json = Data(#"{"prompts": ["a red apple"]}"#.utf8)
    let request = try JSONDecoder().decode(Generate.Request.self, from: json)
    #expect(request.total == 1 && request.model == "inkwell-emoji" && request.steps == nil)
    #expect(request.seed <= UInt64(UInt32.max))
    let own = SamplingSettings(steps: 9, guidance: 3, negative: "x", sampler: "euler")
    #expect(request.options.settings(over: own) == own)
  }

  @Test("a model's cache belongs to its sampler and steps, and a cache that is asked for counts")
  func ownCache() throws {
    var own = SamplingSettings(steps: 30, guidance: 4, sampler: "unipc")
    own.cache = Generate.StepCache(interval: 3, order: 1, kept: .whole)
    func cache(_ options: Generate.Options) -> Generate.StepCache? {
      options.settings(over: own).cache
    }
    #expect(cache(Generate.Options(guidance: 2)) == own.cache)
    #expect(cache(Generate.Options(steps: 30)) == nil)
    #expect(cache(Generate.Options(sampler: "ddim")) == nil)
    var asked = Generate.Options(steps: 12)
    asked.cache = Generate.StepCache(interval: 2)
    #expect(cache(asked) == asked.cache)
    // What a record says is drawn so again.
    var taken = Generate.Options()
    taken.take(own)
    #expect(taken.settings(over: SamplingSettings()) == own)
  }

  @Test("pictures are counted prompt by prompt, and each has the next seed")
  func places() throws {
    let request = try Generate.Request(prompts: ["a", "b"], count: 2, seed: .max)
    #expect((0..<request.total).map { request.prompt(of: $0) } == ["a", "a", "b", "b"])
    #expect((0..<request.total).map { request.seed(of: $0) } == [.max, 0, 1, 2])
  }

  @Test(
    "every value outside its range is named with the range",
    arguments: [
      (Generate.Options(steps: 0), "steps: expected 1 to 1000, found 0"),
      (Generate.Options(steps: 1001), "steps: expected 1 to 1000, found 1001"),
      (Generate.Options(guidance: -1), "guidance: expected 0.0 to 100.0, found -1.0"),
      (Generate.Options(guidance: .nan), "guidance: expected 0.0 to 100.0, found nan"),
      (Generate.Options(size: 15), "size: expected 16 to 8192, found 15"),
      (Generate.Options(size: 8193), "size: expected 16 to 8192, found 8193"),
      (
        Generate.Options(size: PictureSize(width: 64, height: 8)),
        "size: expected 16 to 8192, found 64x8"
      ),
      (
        Generate.Options(negative: "a\0"), #"negative: expected a text without U+0000, found "a\0""#
      ),
    ])
  func ranges(options: Generate.Options, message: String) {
    let error = #expect(throws: GenerateError.self) {
      try Generate.Request(prompts: ["a"], options: options)
    }
    #expect(error?.description == message)
    #expect(error.map { Failure($0) } == .request)
  }

  @Test("what no run could use is refused")
  func refusals() {
    #expect(throws: GenerateError.noPrompts) { try Generate.Request(prompts: []) }
    #expect(throws: GenerateError.value("model", expected: "a name", found: "")) {
      try Generate.Request(prompts: ["a"], model: "")
    }
    #expect(throws: GenerateError.value("count", expected: "1 to 10000", found: "0")) {
      try Generate.Request(prompts: ["a"], count: 0)
    }
    #expect(throws: GenerateError.self) { try Generate.Request(prompts: ["a", "b\0"]) }
  }

  @Test("an unknown sampler names the nearest ones")
  func sampler() {
    let error = #expect(throws: CatalogError.self) {
      try Generate.Request(prompts: ["a"], options: Generate.Options(sampler: "uler"))
    }
    #expect(error?.nearest.first == "euler")
  }

  @Test("a request in the layout of another version is refused, and so are broken values")
  func versions() {
    let later = Data(#"{"version": 2, "prompts": ["a"]}"#.utf8)
    #expect(throws: GenerateError.version(expected: 1, found: 2)) {
      try JSONDecoder().decode(Generate.Request.self, from: later)
    }
    let broken = Data(#"{"prompts": ["a"], "steps": 0}"#.utf8)
    #expect(throws: GenerateError.value("steps", expected: "1 to 1000", found: "0")) {
      try JSONDecoder().decode(Generate.Request.self, from: broken)
    }
  }
}
