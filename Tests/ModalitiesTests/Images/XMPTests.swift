import Foundation
#if canImport(FoundationXML)
  import FoundationXML
#endif
import Testing

@testable import Modalities

@Suite struct XMPTests {
  private let xmp = XMP(
    creatorTool: "inkwell 1", description: "a <b> & \"c\" ' \u{7} 日本\r\n]]>",
    source: .trainedAlgorithmicMedia)

  @Test("the packet is XML that says what was given, for which a character of control is none")
  func packet() throws {
    let reader = Reader()
    let parser = XMLParser(data: Data(xmp.packet.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.texts["xmp:CreatorTool"] == "inkwell 1")
    #expect(reader.texts["rdf:li"] == "a <b> & \"c\" ' \u{FFFD} 日本\r\n]]>")
    #expect(
      reader.texts["Iptc4xmpExt:DigitalSourceType"]
        == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia")
  }

  @Test("in a PNG file it is in a chunk of UTF-8, Latin or not")
  func chunk() throws {
    let text = try PNGText(keyword: XMP.keyword, text: "plain")
    let chunk = try text.chunk()
    #expect(chunk.type == "iTXt")
    #expect(chunk.data == Array("XML:com.adobe.xmp".utf8) + [0, 0, 0, 0, 0] + Array("plain".utf8))
  }

  @Test("in JPEG and WebP it is where their formats have it, and the pixels are the same")
  func files() throws {
    let image = try noise(width: 9, height: 7, channels: .rgb)
    let packet = Array(xmp.packet.utf8)
    for (format, mark) in [
      (.jpeg(quality: 90), Array("http://ns.adobe.com/xap/1.0/\0".utf8)),
      (
        .losslessWebP,
        Array("XMP ".utf8) + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: packet.count >> $0) }
      ),
    ] as [(ImageFormat, [UInt8])] {
      let bytes = [UInt8](try image.encoded(as: format, xmp: xmp))
      let (needle, plain) = (mark + packet, try image.encoded(as: format))
      let isThere = bytes.indices.contains { bytes[$0...].starts(with: needle) }
      #expect(isThere, "\(format)")
      #expect(try Image(decoding: Data(bytes)) == Image(decoding: plain))
      #expect(bytes.count > plain.count)
    }
    // What the formats cannot hold is an error: a segment of JPEG has two bytes for its length.
    let long = XMP(
      creatorTool: "t", description: String(repeating: "x", count: 70_000),
      source: .trainedAlgorithmicMedia)
    let png = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).png")
    try image.save(to: png, as: .png, xmp: long)
    defer { unlink(png.path(percentEncoded: false)) }
    #expect(try PNGText.read(from: Data(contentsOf: png)).map(\.text) == [long.packet])
  }

  /// The text of every element by its qualified name.
  private final class Reader: NSObject, XMLParserDelegate {
    var texts: [String: String] = [:]
    private var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) { text = "" }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      texts[name] = text
      text = ""
    }
  }
}
