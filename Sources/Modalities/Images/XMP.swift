/// What a picture's file says of itself to other programs, as XMP.
///
/// ISO 16684-1:2019 with the properties of Dublin Core and XMP, and of IPTC Photo Metadata 2023.2.
public struct XMP: Sendable, Hashable {
  /// Where a picture comes from: a word of IPTC's vocabulary,
  /// http://cv.iptc.org/newscodes/digitalsourcetype.
  public enum Source: String, Sendable, Hashable {
    /// A model made it of noise or of a prompt.
    case trainedAlgorithmicMedia
    /// A model changed or added to a picture that was there.
    case compositeWithTrainedAlgorithmicMedia
  }

  /// The program that made the file, `xmp:CreatorTool`.
  public var creatorTool: String
  /// What is to be seen, `dc:description`.
  public var description: String
  /// Where the picture comes from, `Iptc4xmpExt:DigitalSourceType`.
  public var source: Source

  /// Says what a file is.
  public init(creatorTool: String, description: String, source: Source) {
    self.creatorTool = creatorTool
    self.description = description
    self.source = source
  }

  /// The packet: XML in UTF-8.
  ///
  /// Characters that XML 1.0 cannot hold (its production 2) become U+FFFD.
  public var packet: String {
    """
    <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
    <x:xmpmeta xmlns:x="adobe:ns:meta/">
     <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
        xmlns:xmp="http://ns.adobe.com/xap/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
       <xmp:CreatorTool>\(Self.escaped(creatorTool))</xmp:CreatorTool>
       <dc:description><rdf:Alt><rdf:li xml:lang="x-default">\(Self.escaped(description))</rdf:li>\
    </rdf:Alt></dc:description>
       <Iptc4xmpExt:DigitalSourceType>\
    http://cv.iptc.org/newscodes/digitalsourcetype/\(source.rawValue)</Iptc4xmpExt:DigitalSourceType>
      </rdf:Description>
     </rdf:RDF>
    </x:xmpmeta>
    <?xpacket end="r"?>
    """
  }

  /// The keyword of the packet in a PNG file: XMP's part 3, section 1.1.5.
  public static let keyword = "XML:com.adobe.xmp"

  /// The packet as a text of a PNG file.
  public var text: PNGText {
    get throws(PNGError) { try PNGText(keyword: Self.keyword, text: packet) }
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\r": result += "&#13;"
      case "\t", "\n", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}",
        "\u{10000}"..."\u{10FFFF}":
        result.unicodeScalars.append(scalar)
      default: result += "\u{FFFD}"
      }
    }
    return result
  }
}
