import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

@Suite("the data set of stamps")
struct StampDatasetTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let photograph = Image(width: 40, height: 20, color: Color(red: 200, green: 30, blue: 30))
    try write(photograph.encoded(as: .png), "animals/birds/parrot.png")
    try write("A red parrot.\nde.utf8=Ein roter Papagei.\n".utf8, "animals/birds/parrot.txt")
    try write(photograph.encoded(as: .png), "animals/birds/parrot_mirror.png")
    // Drawn twice; the SVG is the one that counts.
    try write(photograph.encoded(as: .png), "town/tower.png")
    try write(Self.drawing.utf8, "town/tower.svg")
    try write("  A blue tower. \n".utf8, "town/tower.txt")
    try write(photograph.encoded(as: .png), "town/unsaid.png")
    try write("a broken file".utf8, "town/broken.png")
    try write("A broken file.".utf8, "town/broken.txt")
    try write("a sound".utf8, "town/tower_desc_fr.ogg")
  }

  private static let drawing = """
    <svg xmlns="http://www.w3.org/2000/svg" width="10" height="20">
    <rect width="10" height="20" fill="#0000ff"/></svg>
    """

  private func write(_ bytes: some Sequence<UInt8>, _ name: String) throws {
    try folder.write(
      bytes, to: "sources/tuxpaint-stamps-default/usr/share/tuxpaint/stamps/\(name)")
  }

  private var build: StampDataset {
    var build = StampDataset(output: folder.file("stamps"), sources: folder.file("sources"))
    build.size = 32
    return build
  }

  @Test("each stamp of which something is said becomes a square with its sentence")
  func builds() throws {
    let summary = try build()
    #expect(summary.pictures == 2 && summary.byGroup == ["animals": 1, "town": 1])
    #expect(summary.leftOut == ["town/broken.png", "town/unsaid.png"])
    let read = try ImageFolder(contentsOf: folder.file("stamps"))
    #expect(read.records.map(\.fileName) == ["animals/birds/parrot.png", "town/tower.png"])
    #expect(read.records.map(\.text) == ["A red parrot.", "A blue tower."])
    #expect(read.records.map(\.name) == ["A red parrot.", "A blue tower."])
    let parrot = try Image(contentsOf: folder.file("stamps/animals/birds/parrot.png"))
    #expect(parrot.width == 32 && parrot.height == 32)
    // As wide as the picture and half as high, on white.
    #expect(parrot.bytes.selected(dim: 1, index: 1).values(as: Int.self).allSatisfy { $0 == 255 })
    #expect(
      parrot.bytes.selected(dim: 1, index: 16).selected(dim: 1, index: 16).values(as: Int.self)
        == [200, 30, 30])
    let tower = try Image(contentsOf: folder.file("stamps/town/tower.png"))
    #expect(
      tower.bytes.selected(dim: 1, index: 16).selected(dim: 1, index: 16).values(as: Int.self)
        == [0, 0, 255])
    let licenses = try String(contentsOf: folder.file("stamps/LICENSES.md"), encoding: .utf8)
    #expect(licenses.contains("GPL-2.0-only") && licenses.contains("Bill Kendrick"))
  }

  @Test("pictures of which the same is said are in one split, and a tenth is held out")
  func splits() throws {
    let package = try EmojiSources.stamps().packages[0]
    func split(_ path: String, _ sentence: String) -> String {
      StampPicture(path, sentence: sentence, package: package).split
    }
    for number in 0..<200 {
      #expect(split("a/\(number)", "A \(number).") == split("b", "a \(number)."))
    }
    let heldOut = (0..<2000).count { split("a", "Thing \($0).") == "heldout" }
    // Five standard deviations of a draw of 2,000.
    #expect(abs(heldOut - 200) < 67)
  }

  @Test("sizes that cannot be, another package and an occupied place are refused")
  func refusals() throws {
    var wrong = build
    wrong.size = 7
    #expect(throws: DatasetError.size(7)) { try wrong() }
    wrong = build
    wrong.sources = folder.file("none")
    #expect(throws: DatasetError.self) { try wrong() }
    try folder.write("x".utf8, to: "sources/other/x")
    try FileManager.default.removeItem(at: folder.file("sources/tuxpaint-stamps-default/usr/share"))
    #expect {
      try build()
    } throws: { error in
      "\(error)".contains("The package tuxpaint-stamps-default ought to have it.")
    }
    try folder.write("mine".utf8, to: "stamps/notes.txt")
    #expect(
      throws: DatasetError.occupied(path: folder.file("stamps").path(percentEncoded: false))
    ) { try build() }
  }
}
