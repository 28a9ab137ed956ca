/// A table of comma-separated values, as RFC 4180 has it.
///
/// A value with commas, quotes or line breaks stands in quotes, and its quotes are doubled.
package struct CSVTable: Sendable {
  /// A row, with the number of the line that it begins at, counted from 1.
  package struct Row: Sendable {
    package let line: Int
    /// The values; nothing where the row is cut off within quotes, or has others after them.
    package let values: [String]?
  }

  /// All rows but empty ones.
  package let rows: [Row]

  /// Reads a table.
  package init(_ text: String) {
    var rows: [Row] = []
    var (line, first) = (1, 1)
    var (values, value): ([String], String) = ([], "")
    var (isQuoted, wasQuoted, isBroken) = (false, false, false)
    func end() {
      if isBroken {
        rows.append(Row(line: first, values: nil))
      } else if values.count > 0 || wasQuoted
        || !value.allSatisfy(\.isWhitespace)
      {
        rows.append(Row(line: first, values: values + [value]))
      }
      (values, value, wasQuoted, isBroken) = ([], "", false, false)
    }
    var characters = text.makeIterator()
    var next = characters.next()
    while let character = next {
      next = characters.next()
      switch character {
      case "\"" where isQuoted && next == "\"":
        value.append("\"")
        next = characters.next()
      case "\"" where isQuoted: isQuoted = false
      case "\"" where value.isEmpty && !wasQuoted: (isQuoted, wasQuoted) = (true, true)
      case _ where character.isNewline:
        if isQuoted { value.append(character) } else { end() }
        line += 1
        if !isQuoted { first = line }
      case _ where isQuoted: value.append(character)
      case ",":
        values.append(value)
        (value, wasQuoted) = ("", false)
      default:
        if wasQuoted, !character.isWhitespace { isBroken = true }
        if !wasQuoted { value.append(character) }
      }
    }
    if isQuoted { isBroken = true }
    end()
    self.rows = rows
  }

  /// Writes rows.
  package static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func quoted(_ value: String) -> String {
    let needsQuotes = value.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    return needsQuotes
      ? "\""
        + value.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\"" : value
  }
}
