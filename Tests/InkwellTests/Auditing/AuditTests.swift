import Evaluation
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// An audit with a tiny model, a tiny network and pictures of waves.
@Suite struct AuditTests {
  let fixture: AuditFixture

  init() throws {
    fixture = try AuditFixture()
  }

  @Test("every check is made of a picture that says how it was made, and tells what is usual")
  func whole() async throws {
    let calibration = try fixture.calibrated()
    try await fixture.generate("red apple", seed: 7, to: "made.png")
    let result = try fixture.audit(["made.png"])
    let picture = try #require(result.pictures.first)
    #expect(picture.findings.map(\.check) == AuditCheck.allCases)
    #expect(picture.notMade.isEmpty)
    #expect(picture.prompt == "red apple")
    for finding in picture.findings {
      let usual = try #require(calibration.real[finding.check])
      // The allowance of 5 % is spread over ten checks.
      let level = 0.05 / 10
      let isLow = [.copy, .contrast].contains(finding.check)
      #expect(finding.limit == usual.value(at: isLow ? level : 1 - level))
      #expect(
        finding.isFlagged
          == (isLow ? finding.value < finding.limit : finding.value > finding.limit))
    }
    #expect(picture.verdict == (picture.flagged.isEmpty ? .fine : .lookAtIt))
    #expect(picture.nearest?.hasPrefix("train-") == true)
    #expect(try fixture.audit(["made.png"]) == result)
  }

  @Test("a frame of one colour, a copy and burnt colours are flagged for what they are")
  func planted() throws {
    try fixture.calibrated()
    let (width, height) = (16, 16)
    try Image(width: width, height: height, color: Color(red: 90, green: 90, blue: 90))
      .save(to: fixture.folder.file("frame.png"))
    let burnt = try PictureDefect.burnt.planted(
      in: AuditFixture.wave(100).bytes, other: AuditFixture.wave(101).bytes,
      using: Generator(seed: 0))
    try Image(tensor: Image.scaled(burnt)).save(to: fixture.folder.file("burnt.png"))
    let result = try fixture.audit(
      ["frame.png", "data/train-3.png", "burnt.png"])
    func flagged(_ index: Int) -> [AuditCheck] { result.pictures[index].flagged.map(\.check) }
    #expect(flagged(0).contains(.contrast))
    let copy = try #require(result.pictures[1].flagged.first { $0.check == .copy })
    #expect(copy.about == "train-3.png" && copy.value == 0)
    #expect(flagged(2).contains(.clipping))
    #expect(result.pictures.allSatisfy { $0.verdict == .lookAtIt })
  }

  @Test("what cannot be checked is said, with the reason")
  func lacking() async throws {
    try fixture.calibrated()
    let plain = "data/heldout-pair-41.png"
    let bare = try #require(try fixture.audit([plain]).pictures.first)
    #expect(Set(bare.notMade.keys) == [.words, .seeds])
    let told = try #require(
      try fixture.audit([plain]) { $0.prompt = "red apple" }.pictures.first)
    #expect(Set(told.notMade.keys) == [.seeds])
    let alone = try #require(
      try fixture.audit([plain], data: false) { $0.skipped = [.seam] }.pictures.first)
    #expect(Set(alone.notMade.keys) == [.words, .seeds, .place, .unfamiliar, .copy, .seam])
    #expect(alone.places == nil && alone.nearest == nil)

    try await fixture.generate("red apple", seed: 7, to: "made.png")
    // The same pictures by other weights: one number is another.
    let index = fixture.folder.file("models/tiny/scheduler/scheduler_config.json")
    let other = String(decoding: try Data(contentsOf: index), as: UTF8.self) + "\n"
    try Data(other.utf8).write(to: index)
    try fixture.calibrated()
    let foreign = try #require(try fixture.audit(["made.png"]).pictures.first)
    #expect(foreign.notMade == [.seeds: "another model drew the picture"])
  }

  @Test("a broken picture of a folder is named and skipped, and one that is named is an error")
  func broken() throws {
    try fixture.calibrated()
    try fixture.folder.write([1, 2, 3], to: "some/broken.png")
    try AuditFixture.wave(100).save(to: fixture.folder.file("some/wave.png"))
    let result = try fixture.audit(["some"])
    #expect(result.pictures.map(\.file) == [fixture.path("some/wave.png")])
    #expect(Array(result.broken.keys) == [fixture.path("some/broken.png")])
    #expect(throws: ImageError.self) { try fixture.audit(["some/broken.png"]) }
  }

  @Test("results and what is usual are read again as they were written")
  func reading() throws {
    let calibration = try fixture.calibrated()
    let file = AuditCalibration.file(in: fixture.model)
    #expect(try AuditCalibration(contentsOf: file) == calibration)
    let result = try fixture.audit(["data/heldout-pair-41.png"])
    try result.write(to: fixture.folder.file("audit.json"))
    let data = try Data(contentsOf: fixture.folder.file("audit.json"))
    #expect(try JSONDecoder().decode(AuditResult.self, from: data) == result)
  }

  @Test("the page shows the most suspicious picture first, and no text of a picture as its own")
  func page() throws {
    try fixture.calibrated()
    let usual = try fixture.mostUsual()
    let result = try fixture.audit([usual, "data/train-3.png"]) { $0.prompt = "<script>apple" }
    let html = try AuditPage(result, data: fixture.folder.file("data")).html
    let copy = try #require(html.range(of: "data/train-3.png"))
    let fine = try #require(html.range(of: usual))
    #expect(copy.lowerBound < fine.lowerBound)
    #expect(html.contains("&lt;script&gt;apple") && !html.contains("<script>"))
    #expect(html.contains("how strange each place is"))
    #expect(html.contains("nearest training picture: train-3.png"))
  }

  @Test("a place's name says where it is")
  func places() {
    func name(_ index: Int) -> String? {
      var strangeness = [Double](repeating: 0, count: 9)
      strangeness[index] = 1
      return PictureAudit.Places(columns: 3, strangeness: strangeness).strangest
    }
    #expect(name(0) == "at the upper left")
    #expect(name(4) == "in the middle")
    #expect(name(7) == "at the lower middle")
  }
}
