/// How a record of JSON lies in the comments of a text: a line of JSON is a comment.
enum ShapeRecord {
  /// What the comments begin with.
  static let mark = "inkwell "

  /// The comments of a record, in ASCII.
  ///
  /// Other readers take the header of a PLY for ASCII, so other characters, which JSON has in
  /// strings only, are written as its escapes.
  static func comments(_ record: String) throws(ShapeError) -> [String] {
    guard !record.unicodeScalars.contains(where: { $0 != "\n" && $0.value < 32 }) else {
      throw .record(reason: "expected no control characters but ends of lines, found one")
    }
    return record.split(separator: "\n", omittingEmptySubsequences: false).map {
      mark + escaped($0)
    }
  }

  /// The record in the comments of a file, if there is one.
  static func record(_ comments: [String]) -> String? {
    let lines = comments.filter { $0.hasPrefix(mark) }.map { $0.dropFirst(mark.count) }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  private static func escaped(_ text: Substring) -> String {
    text.utf16.reduce(into: "") { result, unit in
      if unit < 127, let scalar = Unicode.Scalar(unit) {
        result.unicodeScalars.append(scalar)
      } else {
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }
}
