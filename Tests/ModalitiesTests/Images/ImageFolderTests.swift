import Foundation
import Modalities
import TestSupport
import Testing

@Suite("folders of pictures")
struct ImageFolderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func error(_ lines: String) throws -> ImageFolderError? {
    try folder.write(lines.utf8, to: "metadata.jsonl")
    return #expect(throws: ImageFolderError.self) { try ImageFolder(contentsOf: folder.url) }
  }

  @Test("lines are read in order, with what else they say, and unknown fields are passed over")
  func reads() throws {
    let lines = """
      {"file_name": "a/1.png", "text": "eins", "captions": ["eins", "one"], "weight": 0.5, \
      "split": "heldout-base", "style": "noto", "width": 64, "objects": {"bbox": [1, 2]}}
      {"file_name": "2.png", "text": ""}
      """
    for text in [lines, lines + "\n", lines.replacing("\n", with: "\r\n")] {
      try folder.write(text.utf8, to: "metadata.jsonl")
      let records = try ImageFolder(contentsOf: folder.url).records
      #expect(records.map(\.fileName) == ["a/1.png", "2.png"])
      #expect(records.map(\.text) == ["eins", ""])
      #expect(records[0].captions == ["eins", "one"])
      #expect(records.map(\.weight) == [0.5, nil])
      #expect(records.map(\.split) == ["heldout-base", nil])
      #expect(records.map(\.style) == ["noto", nil])
    }
  }

  @Test(
    "a broken line is an error with its file and number",
    arguments: [
      ("", "it is not valid JSON"),
      ("{", "it is not valid JSON"),
      ("[]", "expected Dictionary<String, Any>"),
      (#"{"text": "x"}"#, "it has no file_name"),
      (#"{"file_name": "b.png"}"#, "it has no text"),
      (#"{"file_name": "b.png", "text": null}"#, "text: expected String, found null"),
      (#"{"file_name": "b.png", "text": 7}"#, "text: expected String"),
      (
        #"{"file_name": "b.png", "text": "x", "captions": ["y", 1]}"#,
        "captions.Index 1: expected String"
      ),
      (
        #"{"file_name": "b.png", "text": "x", "captions": []}"#,
        "captions: expected at least one, found none"
      ),
      (
        #"{"file_name": "b.png", "text": "x", "weight": -1}"#,
        "weight: expected a number of at least 0, found -1.0"
      ),
      (#"{"file_name": "a.png", "text": "x"}"#, "a.png is on line 1 already"),
      (
        #"{"file_name": "../b.png", "text": "x"}"#,
        #"file_name: expected a path inside the folder, found "../b.png""#
      ),
      (
        #"{"file_name": "b.wav", "text": "x", "melody": "../b.wav"}"#,
        #"melody: expected a path inside the folder, found "../b.wav""#
      ),
      (
        #"{"file_name": "b.ply", "text": "x", "picture": "/b.png"}"#,
        #"picture: expected a path inside the folder, found "/b.png""#
      ),
    ])
  func namesBrokenLine(line: String, reason: String) throws {
    let good = #"{"file_name": "a.png", "text": "a"}"#
    let later = #"{"file_name": "c.png", "text": "c"}"#
    let path = folder.file("metadata.jsonl").path(percentEncoded: false)
    let error = try error("\(good)\n\(line)\n\(later)\n")
    #expect(error == .malformedLine(path: path, line: 2, reason: reason))
    #expect(error?.description == "\(path):2: \(reason)")
  }

  @Test(
    "paths that lead out of the folder are refused",
    arguments: ["/etc/passwd", "a/../../b.png", "./a.png", "a//b.png", "", "a/"])
  func refusesPaths(path: String) throws {
    let error = try error(#"{"file_name": "\#(path)", "text": "x"}"#)
    guard case .malformedLine(_, line: 1, _) = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
  }

  @Test("a file without lines and a folder without the file are errors")
  func refusesNothing() throws {
    let path = folder.file("metadata.jsonl").path(percentEncoded: false)
    let missing = #expect(throws: ImageFolderError.self) {
      try ImageFolder(contentsOf: folder.url)
    }
    #expect(missing?.description.hasPrefix("cannot read \(path): ") == true)
    #expect(try error("") == .empty(path: path))
  }

  @Test("a broken picture is named and skipped")
  func skipsBroken() throws {
    let png = try noise(width: 4, height: 4, channels: .rgb).encoded(as: .png)
    try folder.write(png, to: "a/good.png")
    try folder.write(png.prefix(40), to: "cut.png")
    try folder.write("text".utf8, to: "text.png")
    let names = ["cut.png", "a/good.png", "text.png", "missing.png"]
    let lines = names.map { #"{"file_name": "\#($0)", "text": "x"}"# }.joined(separator: "\n")
    try folder.write(lines.utf8, to: "metadata.jsonl")

    let pictures = try ImageFolder(contentsOf: folder.url)
    var read: [String] = []
    var broken: [ImageFolder.Broken] = []
    pictures.forEachPicture(broken: { broken.append($0) }, { read.append($0.record.fileName) })
    #expect(read == ["a/good.png"])
    #expect(broken.map(\.fileName) == ["cut.png", "text.png", "missing.png"])
    #expect(broken.allSatisfy { $0.description.hasPrefix("\($0.fileName) is skipped: ") })
    pictures.forEachPicture(where: { $0.fileName == "a/good.png" }, broken: { broken.append($0) }) {
      #expect($0.image.width == 4)
    }
    #expect(broken.count == 3)
  }
}
