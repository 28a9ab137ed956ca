import Foundation
import Testing

@testable import Inkwell

/// How sizes are written.
@Suite struct PictureSizeTests {
  @Test("a size is a number or two with an x between them, in words and in JSON")
  func texts() throws {
    for (text, json, size) in [
      ("512", "512", PictureSize(square: 512)),
      ("640x384", #""640x384""#, PictureSize(width: 640, height: 384)),
    ] {
      #expect(PictureSize(text) == size && size.description == text)
      let written = try JSONEncoder().encode([size])
      #expect(String(decoding: written, as: UTF8.self) == "[\(json)]")
      #expect(try JSONDecoder().decode([PictureSize].self, from: written) == [size])
    }
  }

  @Test("other texts are no sizes", arguments: ["", "x", "5x", "x5", "5x5x5", "5 x 5", "-"])
  func refusals(text: String) {
    #expect(PictureSize(text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([PictureSize].self, from: Data(#"["\#(text)"]"#.utf8))
    }
  }
}
