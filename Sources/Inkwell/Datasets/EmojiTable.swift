/// An emoji of Unicode's list.
struct Emoji: Equatable, Sendable {
  /// Its code points, with variation selectors.
  let codePoints: [UInt32]
  /// Its English short name, such as "red apple".
  let name: String
  /// Its group, such as "Food & Drink".
  let group: String
  /// Its subgroup, such as "food-fruit".
  let subgroup: String
}

/// Unicode's list of emoji, `emoji-test.txt`: UTS #51 section 1.5.
enum EmojiTable {
  /// The fully qualified emoji in the list's order.
  /// - Parameters:
  ///   - text: The list.
  ///   - file: What to name in errors.
  /// - Returns: The emoji.
  /// - Throws: `DatasetError.malformedLine`.
  static func parse(_ text: String, file: String) throws(DatasetError) -> [Emoji] {
    var emoji: [Emoji] = []
    var group = ""
    var subgroup = ""
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if let name = heading("# group: ", line) {
        group = name
      } else if let name = heading("# subgroup: ", line) {
        subgroup = name
      } else if !line.hasPrefix("#"), !line.allSatisfy(\.isWhitespace) {
        guard let (codePoints, status, name) = entry(line) else {
          throw .malformedLine(
            file: file, line: index + 1,
            expected: "`code points ; status # emoji Eversion name`", found: String(line))
        }
        guard status == "fully-qualified" else { continue }
        emoji.append(
          Emoji(codePoints: codePoints, name: name, group: group, subgroup: subgroup))
      }
    }
    return emoji
  }

  private static func heading(_ prefix: String, _ line: Substring) -> String? {
    line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)).trimmed : nil
  }

  /// Reads `1F34E ; fully-qualified # 🍎 E0.6 red apple`.
  ///
  /// By scalars and not by characters: a skin tone would join the space before it.
  private static func entry(_ line: Substring) -> ([UInt32], String, String)? {
    let halves = line.unicodeScalars.split(separator: ";", maxSplits: 1)
    guard halves.count == 2 else { return nil }
    let codePoints = halves[0].split(separator: " ").map { UInt32(String($0), radix: 16) }
    // The first # of the second half: the emoji or its name may hold another.
    let fields = halves[1].split(separator: "#", maxSplits: 1)
    guard fields.count == 2, !codePoints.isEmpty else { return nil }
    let words = fields[1].split(separator: " ", maxSplits: 2)
    guard words.count == 3, words[1].first == "E" else { return nil }
    let known = codePoints.compactMap(\.self)
    guard known.count == codePoints.count else { return nil }
    return (known, String(fields[0]).trimmed, String(words[2]).trimmed)
  }
}

extension String {
  /// The string without white space at its ends.
  var trimmed: String {
    let body = drop(while: \.isWhitespace)
    guard let last = body.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(body[...last])
  }
}
