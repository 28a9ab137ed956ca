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
