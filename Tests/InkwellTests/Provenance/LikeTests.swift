import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

/// Requests for pictures like others.
@Suite struct LikeTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A picture that says something.
  private func picture(_ texts: [String: String], _ name: String = "a.png") throws -> String {
    let png = try Image(width: 1, height: 1, channels: .rgb, pixels: [1, 2, 3]).encoded(as: .png)
    let all = try texts.map { try PNGText(keyword: $0.key, text: $0.value) }
    return try folder.write(PNGText.embed(all, in: png), to: name).path(percentEncoded: false)
  }

  private static let infotext = """
    a red apple, a<b <lora:ink:0.7>
    Negative prompt: blurry
    Steps: 2, Sampler: Euler a, Schedule type: Karras, CFG scale: 3.5, Seed: 9, Size: 16x24, \
    Model hash: 0123456789, Model: v1-5, Clip skip: 2
    """

  @Test("the web UI's settings are taken in its syntax, with what is asked for before them")
  func webUI() throws {
    let path = try picture(["parameters": Self.infotext])
    var wishes = Generate.Options(steps: 7)
    wishes.loras = [Generate.Adapter(path: "ink.safetensors", weight: 0.7)]
    let request = try Generate.Request(like: path, model: "m", options: wishes)
    var expected = Generate.Options(
      steps: 7, guidance: 3.5, negative: "blurry", sampler: "euler-ancestral",
      size: PictureSize(width: 16, height: 24))
    (expected.spacing, expected.clipSkip, expected.syntax) = ("karras", 1, .a1111)
    expected.loras = wishes.loras
    #expect(
      try request
        == Generate.Request(prompts: ["a red apple, a<b"], model: "m", seed: 9, options: expected))
    let other = try Generate.Request(
      like: path, prompts: ["a pear"], model: "m", count: 2, seed: 4, options: wishes)
    #expect(other.prompts == ["a pear"] && other.seed == 4 && other.total == 2)
  }

  @Test("what a picture does not say, and what is not here, are errors that name it")
  func refusals() throws {
    func error(_ text: String, model: String? = "m") throws -> GenerateError? {
      let path = try picture(["parameters": text])
      return #expect(throws: GenerateError.self) {
        try Generate.Request(like: path, model: model)
      }
    }
    let lora = GenerateError.value("lora", expected: "the files of ink=0.7", found: "")
    #expect(try error(Self.infotext) == lora)
    let line = "a\nSteps: 2, Seed: 1, Model: v1-5, Model hash: 01"
    #expect(
      try error(line, model: nil)
        == .value("model", expected: "the picture's, v1-5 (01)", found: ""))
    let sampler = try error(line + ", Sampler: Restart of mine")
    #expect(
      sampler
        == .value(
          "sampler", expected: "one that is here in place of the picture's",
          found: "Restart of mine"))
    let path = try picture(["parameters": line + ", Sampler: Restart of mine"])
    let given = try Generate.Request(
      like: path, model: "m", options: Generate.Options(sampler: "euler"))
    #expect(given.sampler == "euler")
    #expect(throws: PictureSettingsError.self) {
      try Generate.Request(like: picture(["Title": "x"]), model: "m")
    }
  }

  @Test("a picture of our own gives its whole request")
  func own() throws {
    var options = Generate.Options(steps: 3, guidance: 2, sampler: "heun", size: 128)
    options.guidanceRescale = 0.5
    let made = try Generate.Request(
      prompts: ["a slice of melon"], model: "inkwell-emoji", seed: 5, options: options)
    let provenance = Provenance(
      request: made, files: [:], batch: PictureBatch(size: 1, place: 0), threads: 2)
    let image = try Image(width: 1, height: 1, channels: .rgb, pixels: [1, 2, 3])
    let file = folder.file("own.png")
    try MadePicture(index: 0, image: image, provenance: provenance, seconds: 1).save(to: file)
    let path = file.path(percentEncoded: false)
    #expect(try Generate.Request(like: path) == made)
    let changed = try Generate.Request(like: path, options: Generate.Options(steps: 9))
    #expect(changed.steps == 9 && changed.sampler == "heun" && changed.guidanceRescale == 0.5)
  }

  @Test("the command takes a picture in place of a prompt")
  func command() throws {
    _ = try picture([
      "parameters": """
      a red apple
      Negative prompt: blurry
      Steps: 2, Sampler: Euler a, CFG scale: 3.5, Seed: 9, Size: 16x16, Model: v1-5
      """
    ])
    let model = Golden.file("../StableDiffusion/sd1", beside: #filePath)
      .path(percentEncoded: false)
    let like = try CommandRun(
      ["generate", "--like", "a.png", "--model", model, "--output", "like.png"], in: folder
    ).finish()
    #expect(like.status == 0, "\(like.errors)")
    let plain = try CommandRun(
      [
        "generate", "a red apple", "--negative", "blurry", "--steps", "2", "--sampler",
        "euler-ancestral", "--guidance", "3.5", "--seed", "9", "--size", "16", "--syntax", "a1111",
        "--model", model, "--output", "plain.png",
      ], in: folder
    ).finish()
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(
      try Data(contentsOf: folder.file("like.png"))
        == Data(contentsOf: folder.file("plain.png")))
    let neither = try CommandRun(["generate"], in: folder).finish()
    #expect(neither.status == 64 && neither.errors.contains("--like"))
  }
}
