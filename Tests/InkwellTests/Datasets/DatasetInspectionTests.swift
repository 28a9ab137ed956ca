import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite("inspecting a data set")
struct DatasetInspectionTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let colors = [UInt8(0), 50, 100, 100]
    for (index, red) in colors.enumerated() {
      let image = Image(width: 8 + index % 2, height: 8, color: Color(red: red, green: 0, blue: 0))
      let square = try image.resized(width: 8, height: 8)
      try folder.write(square.encoded(as: .png), to: "\(index).png")
    }
    try folder.write("no picture".utf8, to: "4.png")
    try folder.write(
      """
      {"file_name":"0.png","text":"red apple","weight":3,"group":"food","style":"a","base":"x"}
      {"file_name":"1.png","text":"red car","group":"travel","style":"b","license":"CC0-1.0"}
      {"file_name":"2.png","text":"Red rose","group":"plants","style":"b","split":"heldout"}
      {"file_name":"3.png","text":"x","captions":["a tree","a leaf"],"group":"plants","base":"x"}
      {"file_name":"4.png","text":"broken"}
      """.utf8, to: "metadata.jsonl")
  }

  @Test("the figures are counted over the pictures that can be read")
  func counts() throws {
    let figures = try DatasetInspection(folder.url).figures
    #expect((figures.pictures, figures.bases) == (4, 3))
    #expect(figures.broken.count == 1 && figures.broken[0].hasPrefix("4.png is skipped: "))
    #expect(figures.sizes == ["8 x 8": 4])
    #expect(figures.styles == ["a": 1, "b": 2, "none": 1])
    #expect(figures.splits == ["train": 3, "heldout": 1])
    #expect(figures.licenses == ["CC0-1.0": 1, "none": 3])
    #expect(figures.groups == ["food": 1, "travel": 1, "plants": 2])
    #expect(figures.weightedGroups == ["food": 0.6, "travel": 0.2, "plants": 0.2])
    #expect((figures.words, figures.commonWords) == (7, 1))
    #expect(figures.captionsPerPicture == 1.25)
    #expect((figures.duplicates, figures.leaks) == (1, ["3.png = 2.png"]))
    for line in ["4 pictures of 3 bases", "  plants: 2 (20.0 %)", "1 pictures are broken"] {
      #expect(figures.description.split(separator: "\n").contains(Substring(line)))
    }
    let decoded = try JSONDecoder().decode(
      DatasetInspection.Figures.self, from: Data(figures.json().utf8))
    #expect(decoded == figures)
  }

  @Test("the contact sheet shows the pictures that can be read")
  func showsSheet() throws {
    let inspection = try DatasetInspection(folder.url)
    #expect(try inspection.contactSheet(count: 100).width == 4 * 100 + 4)
    #expect(try inspection.contactSheet(count: 2).width == 2 * 100 + 4)
    try inspection.saveContactSheet(count: 3, to: folder.file("sheet.png"))
    #expect(try Image(contentsOf: folder.file("sheet.png")).width == 3 * 100 + 4)
  }
}
