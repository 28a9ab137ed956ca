/// Keywords for emoji from the Unicode CLDR: UTS #35 part 7, "Annotations".
struct CLDRAnnotations {
  /// Keywords by code points without variation selectors.
  private var keywords: [[UInt32]: [String]] = [:]

  /// The keywords of an emoji; none for one that is not annotated.
  subscript(codePoints: [UInt32]) -> [String] {
    keywords[codePoints.filter { $0 != 0xFE0F }] ?? []
  }

  /// Adds the keywords of a file such as `annotations/en.xml`.
  ///
  /// The files hold an `<annotation cp="…">a | b</annotation>` on each line, one with
  /// `type="tts"` for the name, which `emoji-test.txt` has already.
  /// - Parameters:
  ///   - xml: The file's text.
  ///   - file: What to name in errors.
  /// - Throws: `DatasetError.malformedLine`.
  mutating func add(_ xml: String, file: String) throws(DatasetError) {
    for (index, line) in xml.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = String(line).trimmed
      guard line.hasPrefix("<annotation ") || line.hasPrefix("<annotation>") else { continue }
      guard let (attributes, content) = Self.element(line), let cp = attributes["cp"] else {
        throw .malformedLine(
          file: file, line: index + 1,
          expected: "`<annotation cp=\"…\">…</annotation>` on one line", found: line)
      }
      guard attributes["type"] == nil else { continue }
      let key = cp.unicodeScalars.map(\.value).filter { $0 != 0xFE0F }
      keywords[key] = content.split(separator: "|").map { String($0).trimmed }
    }
  }

  /// Takes apart one element that stands alone on its line.
  ///
  /// By scalars and not by characters: a skin tone would join the quotation mark before it.
  private static func element(_ line: String) -> (attributes: [String: String], content: String)? {
    let scalars = line.unicodeScalars
    guard let open = scalars.firstIndex(of: ">"),
      let close = scalars[open...].firstIndex(of: "<"),
      String(scalars[close...]).hasPrefix("</annotation>"),
      let content = unescape(scalars[open..<close].dropFirst())
    else { return nil }
    var attributes: [String: String] = [:]
    var rest = scalars[..<open].dropFirst("<annotation".count).drop { $0 == " " }
    while !rest.isEmpty {
      guard let equals = rest.firstIndex(of: "=") else { return nil }
      let value = rest[equals...].dropFirst()
      guard value.first == "\"", let close = value.dropFirst().firstIndex(of: "\""),
        let text = unescape(value[..<close].dropFirst())
      else { return nil }
      attributes[String(rest[..<equals])] = text
      rest = value[close...].dropFirst().drop { $0 == " " }
    }
    return (attributes, content)
  }

  private static let entities: [String: Unicode.Scalar] = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
  ]

  /// Resolves XML's own entities and numbers; nothing for any other.
  private static func unescape(_ text: Substring.UnicodeScalarView) -> String? {
    var result = String.UnicodeScalarView()
    var rest = text
    while let ampersand = rest.firstIndex(of: "&") {
      result.append(contentsOf: rest[..<ampersand])
      rest = rest[ampersand...].dropFirst()
      guard let end = rest.firstIndex(of: ";"), let scalar = entity(String(rest[..<end])) else {
        return nil
      }
      result.append(scalar)
      rest = rest[end...].dropFirst()
    }
    result.append(contentsOf: rest)
    return String(result)
  }

  private static func entity(_ name: String) -> Unicode.Scalar? {
    if let scalar = entities[name] { return scalar }
    guard name.hasPrefix("#") else { return nil }
    let digits = name.dropFirst()
    let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return number.flatMap(Unicode.Scalar.init)
  }
}
