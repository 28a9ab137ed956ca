import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

/// How pictures were made, by the words of the programs that made them.
@Suite struct InspectPictureTests {
  /// A picture of the golden script, and the settings that it wrote into it.
  struct Case: Decodable, CustomTestStringConvertible, Sendable {
    let name: String
    let picture: Data
    let settings: PictureSettings

    var testDescription: String { name }

    static func all() throws -> [Case] {
      try JSONDecoder().decode(
        [Case].self, from: Data(contentsOf: Golden.file("pictures.json")))
    }
  }

  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func inspect(_ bytes: some Sequence<UInt8>) throws -> PictureSettings {
    try InspectPicture(
      path: folder.write(bytes, to: "a.png").path(percentEncoded: false))()
  }

  private func inspect(_ keyword: String, _ text: String) throws -> PictureSettings {
    let png = try Image(width: 1, height: 1, channels: .rgb, pixels: [1, 2, 3]).encoded(as: .png)
    return try inspect(PNGText.embed([PNGText(keyword: keyword, text: text)], in: png))
  }

  private func problem(_ keyword: String, _ text: String) throws -> PictureSettingsError.Problem {
    let error = #expect(throws: PictureSettingsError.self) { try inspect(keyword, text) }
    guard case .malformed(_, let problem)? = error else {
      throw try #require(error, "expected a malformed record")
    }
    return problem
  }

  @Test("every setting that a program wrote is read, and the rest is kept")
  func golden() throws {
    for picture in try Case.all() {
      do {
        #expect(try inspect(picture.picture) == picture.settings, "\(picture.name)")
      } catch {
        Issue.record("\(picture.name): \(error)")
      }
    }
  }

  @Test("the command prints them, as text or as JSON")
  func command() throws {
    let picture = try #require(try Case.all().first)
    try folder.write(picture.picture, to: "b.png")
    let json = try CommandRun(["inspect", "b.png", "--json"], in: folder).finish()
    #expect(json.status == 0)
    #expect(
      try JSONDecoder().decode(PictureSettings.self, from: Data(json.output.utf8))
        == picture.settings)
    let text = try CommandRun(["inspect", "b.png"], in: folder).finish()
    #expect(text.output.contains("sampler     dpmpp-2m-sde (there: DPM++ 2M SDE)\n"))
    #expect(text.output.contains("lora        grain at 0.8, text 0.5\n"))
    #expect(text.output.contains("0.8>\n            second line, Größe 100 %\n"))
    let nothing = try CommandRun(["inspect", "c.png"], in: folder).finish()
    #expect(nothing.status == 3 && nothing.errors.contains("c.png"))
  }

  @Test("our own record is told from others that write the same text")
  func own() throws {
    let png = try Image(width: 1, height: 1, channels: .rgb, pixels: [1, 2, 3]).encoded(as: .png)
    let texts = [
      try PNGText(keyword: "parameters", text: "a\nSteps: 3, Sampler: heunpp2, Seed: 4"),
      try PNGText(keyword: "inkwell", text: "{}"),
    ]
    let settings = try inspect(PNGText.embed(texts, in: png))
    #expect(settings.program == .inkwell && settings.steps == 3 && settings.seed == 4)
    #expect(settings.sampler == .init(theirs: "heunpp2", ours: "heunpp2"))
  }

  @Test("every name of theirs that is known is one of our catalogues")
  func names() throws {
    let a1111 = [
      "Euler a", "Euler", "LMS", "Heun", "DPM2", "DPM2 a", "DPM++ 2S a", "DPM++ 2M", "DPM++ SDE",
      "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 3M SDE", "DPM fast", "DPM adaptive", "Restart",
      "DDIM", "PLMS", "UniPC", "LCM", "DPM2 a Karras", "DPM++ 2M SDE Exponential",
    ]
    let comfy = [
      "euler", "euler_ancestral", "heun", "heunpp2", "dpm_2", "dpm_2_ancestral", "lms", "dpm_fast",
      "dpm_adaptive", "dpmpp_2s_ancestral", "dpmpp_sde", "dpmpp_sde_gpu", "dpmpp_2m",
      "dpmpp_2m_sde", "dpmpp_2m_sde_gpu", "dpmpp_2m_sde_heun", "dpmpp_3m_sde", "ddpm", "lcm",
      "ipndm", "ipndm_v", "deis", "res_multistep", "gradient_estimation", "er_sde", "seeds_2",
      "seeds_3", "sa_solver", "ddim", "uni_pc", "uni_pc_bh2",
    ]
    for name in a1111 + comfy {
      let (sampler, spacing) = TheirNames.sampler(name)
      #expect(Samplers.all.contains { $0.name == sampler.ours }, "\(name)")
      #expect(spacing.map { $0.ours != nil } ?? true)
    }
    #expect(TheirNames.sampler("DPM2 a Karras").spacing == .init(theirs: "Karras", ours: "karras"))
    #expect(TheirNames.sampler("euler_cfg_pp").sampler.ours == nil)
    let types = [
      "Uniform", "Karras", "Exponential", "SGM Uniform", "KL Optimal", "Align Your Steps", "Simple",
      "Normal", "DDIM", "Beta",
    ]
    let schedulers = [
      "normal", "karras", "exponential", "sgm_uniform", "simple", "ddim_uniform", "beta",
      "kl_optimal",
    ]
    let spacings =
      types.map { TheirNames.scheduleType($0)?.ours }
      + schedulers.map { TheirNames.scheduler($0).ours }
    for ours in spacings {
      #expect(Spacings.all.contains { $0.name == ours }, "\(ours ?? "none")")
    }
    #expect(TheirNames.scheduleType("Automatic") == nil)
    #expect(TheirNames.scheduleType("Turbo") == .init(theirs: "Turbo", ours: nil))
  }

  @Test("a value that its program never writes is an error that says what was found")
  func refusedValues() throws {
    for (field, value, expected) in [
      ("Steps", "many", "a whole number"), ("Seed", "-1", "a whole number from 0 on"),
      ("CFG scale", "high", "a number"), ("Denoising strength", "x", "a number"),
      ("Size", "512", "a width x a height"), ("Size", "5x6x7", "a width x a height"),
    ] {
      let found = try problem("parameters", "a\nVersion: 1, Model: m, RNG: CPU, \(field): \(value)")
      #expect(
        found == .init(place: "parameters, \(field)", expected: expected, found: value))
    }
    #expect(
      try problem("parameters", #"{"sui_image_params": {"prompt": "a"}}"#).expected
        == "a prompt and a line of settings")
    #expect(try inspect("parameters", "{red|blue} car").prompt == "{red|blue} car")
    #expect(try problem("prompt", "[]").expected == "an object of nodes")
    #expect(try problem("prompt", "{").expected == "JSON")
    #expect(try problem("prompt", #"{"1": {"inputs": {}}}"#).place == "prompt, node 1")
    #expect(
      try problem("prompt", #"{"1": {"class_type": "SaveImage", "inputs": {}}}"#)
        == .init(place: "prompt", expected: "a node that samples", found: "SaveImage"))
    #expect(try problem("invokeai_metadata", "3").expected == "an object")
    #expect(try problem("Comment", "a comment").expected == "JSON")
  }

  @Test("files that are none, damaged or silent are errors")
  func refusedFiles() throws {
    let missing = folder.file("missing").path(percentEncoded: false)
    let unreadable = #expect(throws: PictureSettingsError.self) {
      try InspectPicture(path: missing)()
    }
    guard case .unreadable? = unreadable else {
      Issue.record("expected unreadable")
      return
    }
    let path = folder.file("a.png").path(percentEncoded: false)
    #expect(throws: PictureSettingsError.none(file: path, found: [])) { try inspect([]) }
    #expect(throws: PictureSettingsError.none(file: path, found: ["Title"])) {
      try inspect("Title", "x")
    }
    #expect(throws: PictureSettingsError.none(file: path, found: ["EXIF UserComment"])) {
      try inspect(jpeg(Array("ASCII\0\0\0".utf8), Array("My holidays: Rome, Paris".utf8)))
    }
    let large = try folder.write([0], to: "large.png").path(percentEncoded: false)
    try #require(truncate(large, off_t(InspectPicture.largest + 1)) == 0)
    #expect(throws: PictureSettingsError.self) { try InspectPicture(path: large)() }
    #expect(
      PictureSettingsError.none(file: "a", found: ["\u{1B}"]).description
        == #"a: expected a picture that says how it was made, found one with "\u{1B}" alone"#)
    #expect(Failure(PictureSettingsError.none(file: "a", found: [])) == .file)
  }

  @Test("hostile texts end in an error or in words, and soon")
  func hostile() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(try problem("prompt", deep).expected == "values nested at most 64 deep")
    #expect(try problem("prompt", #"{"a":"# + deep).expected == "values nested at most 64 deep")
    let long = String(repeating: "a", count: (1 << 20) + 1)
    #expect(try problem("parameters", long).expected == "at most 1048576 bytes")
    let nodes = (0...5000).map { #""\#($0)": {"class_type": "KSampler", "inputs": {}}"# }
    #expect(
      try problem("prompt", "{\(nodes.joined(separator: ","))}").expected == "at most 5000 nodes")
    // A ring of links, and a node that links to itself.
    let ring = #"""
      {"1": {"class_type": "KSampler", "inputs": {"seed": ["1", 0], "latent_image": ["2", 0],
        "positive": ["2", 0], "model": ["2", 0], "cfg": ["9", 0]}},
       "2": {"class_type": "X", "inputs": {"positive": ["3", 0], "text": ["3", 0], "model": ["3", 0]}},
       "3": {"class_type": "X", "inputs": {"positive": ["2", 0], "text": ["2", 0], "samples": ["1", 0]}}}
      """#
    let found = try inspect("prompt", ring)
    #expect(found.prompt == nil && found.seed == nil && found.model == nil)
    var odd = PictureSettings(program: .comfyUI)
    odd.prompt = "\u{1B}[2Jgone\u{202E}\nx"
    #expect(!odd.description.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    for text in [
      "\n", ":", "\"", "a: \"", "Steps: \"\\", "<lora:", "<lora:>", "<lora:a:b:c:d>", ",,,,,:::::",
      "Negative prompt:", "x\nNegative prompt: y\nNegative prompt: z",
    ] {
      _ = try PictureSettings(infotext: text)
    }
    #expect(try PictureSettings(infotext: "x\nNegative prompt: y\nz").negative == "y\nz")
  }

  @Test("a JPEG or WebP file cut off or changed anywhere is read, silent or an error")
  func damagedComments() throws {
    let cases = try Case.all().filter { $0.name.hasSuffix("JPEG") || $0.name.hasSuffix("WebP") }
    #expect(cases.count == 2)
    for picture in cases {
      let whole = try #require(try PictureComment.read(from: picture.picture))
      var (same, others) = (0, 0)
      for length in 0..<picture.picture.count {
        do {
          let found = try PictureComment.read(from: picture.picture.prefix(length))
          if found == whole { same += 1 } else { others += found == nil ? 0 : 1 }
        } catch {
          #expect(error.description.hasPrefix("its EXIF record is damaged: "))
        }
      }
      // The comment stands whole in what follows it, and in no other part is it half there.
      #expect(others == 0 && same < picture.picture.count)
      for index in picture.picture.indices {
        var damaged = picture.picture
        damaged[index] ^= 0xFF
        do {
          _ = try PictureComment.read(from: damaged)
        } catch {
          #expect(error.description.hasPrefix("its EXIF record is damaged: "))
        }
      }
    }
  }

  /// A JPEG file with nothing but a comment of that encoding and text.
  private func jpeg(_ code: [UInt8], _ text: [UInt8], isLittle: Bool = false) -> Data {
    func number(_ value: Int, _ length: Int) -> [UInt8] {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      return isLittle ? bytes : bytes.reversed()
    }
    let comment = code + text
    var tiff: [UInt8] = isLittle ? [0x49, 0x49] : [0x4D, 0x4D]
    tiff += number(42, 2) + number(8, 4)
    tiff += number(1, 2) + number(0x8769, 2) + number(4, 2) + number(1, 4) + number(26, 4)
    tiff += number(0, 4)
    tiff += number(1, 2) + number(0x9286, 2) + number(7, 2) + number(comment.count, 4)
    tiff += number(44, 4) + number(0, 4) + comment
    let data = Array("Exif\0\0".utf8) + tiff
    let length = data.count + 2
    return Data(
      [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + data + [0xFF, 0xD9])
  }

  @Test("comments in every encoding and byte order are read, others are refused")
  func encodings() throws {
    let unicode = Array("UNICODE\0".utf8)
    let text = "a ü 猫 🐈"
    let big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    let little = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    for isLittle in [false, true] {
      for bytes in [big, little, [0xFE, 0xFF] + big, [0xFF, 0xFE] + little] {
        #expect(try PictureComment.read(from: jpeg(unicode, bytes, isLittle: isLittle)) == text)
      }
    }
    for code in [Array("ASCII\0\0\0".utf8), Array(repeating: 0, count: 8)] {
      #expect(try PictureComment.read(from: jpeg(code, Array(text.utf8))) == text)
      #expect(try PictureComment.read(from: jpeg(code, [0, 0])) == nil)
    }
    let refused: [(code: [UInt8], bytes: [UInt8])] = [
      (Array("JIS\0\0\0\0\0".utf8), [65]), (unicode, [0]), (unicode, [0xD8, 1]),
      (Array("ASCII\0\0\0".utf8), [0xFF]),
    ]
    for (code, bytes) in refused {
      #expect(throws: PictureCommentError.self) {
        try PictureComment.read(from: jpeg(code, bytes))
      }
    }
  }
}
